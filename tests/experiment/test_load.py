import subprocess
import sys
import warnings

import pytest

from robodiff.errors import InputError, RobodiffWarning
from robodiff.experiment.load import load_experiment, read_experiment
from tests.experiment.files import EXPERIMENT, ROBOT, swing, write_files


def problems_of(folder, experiment=EXPERIMENT, robot=ROBOT, overrides=()):
    with pytest.raises(InputError) as caught:
        load_experiment(write_files(folder, experiment, robot), overrides)
    return caught.value.problems


def test_an_experiment_knows_its_parts():
    experiment = swing()
    assert experiment.name == "swing"
    assert experiment.steps == 50
    assert experiment.design.bounds == {"pole_length": (0.3, 0.8)}
    assert experiment.parameters.design["pole_length"] == 0.5
    assert experiment.parameters.control["knots"].shape == (1, 5)


def test_overrides_replace_what_the_file_says(tmp_path):
    settings = ["task.duration=1", "parameters.pole_length.max=0.9", "parameters.pole_radius=free"]
    experiment = load_experiment(write_files(tmp_path), settings)
    assert experiment.steps == 100
    assert experiment.design.bounds == {"pole_length": (0.3, 0.9), "pole_radius": (0.01, 0.05)}
    assert experiment.overrides == tuple(settings)


def test_iterations_that_no_stage_takes_are_told(tmp_path):
    path = write_files(tmp_path)
    stages = "optimizer.stages=[{duration: 0.5, iterations: 2}, {iterations: 3}]"
    with pytest.warns(RobodiffWarning, match="optimizer.iterations has no effect"):
        read_experiment(path, [stages, "optimizer.iterations=6"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_experiment(path, ["optimizer.stages=[{iterations: 2}, {}]", "optimizer.iterations=6"])
        read_experiment(path, [stages])  # the file says iterations, as that of a run folder does


def test_every_parameter_with_bounds_is_free_when_none_is_named(tmp_path):
    text = EXPERIMENT.replace("parameters:\n  pole_length: {min: 0.3, max: 0.8}\n", "")
    assert load_experiment(write_files(tmp_path, text)).design.names == (
        "pole_length",
        "pole_radius",
    )


def test_mistakes_of_the_experiment_and_its_robot_are_told_together(tmp_path):
    experiment = EXPERIMENT.replace("iterations: 5", "itertions: 5").replace("dt: 0.01", "dt: -1")
    robot = ROBOT.replace("parent: cart", "parent: crt")
    problems = problems_of(tmp_path, experiment, robot)
    told = {(p.file.rsplit("/")[-1], p.line, p.suggestion) for p in problems}
    assert ("swing.yaml", 13, "did you mean iterations?") in told
    assert ("cartpole.yaml", 10, "did you mean cart?") in told
    assert any(p.key == "simulation.dt" for p in problems)


def test_names_that_the_robot_lacks_have_a_place_and_a_suggestion(tmp_path):
    text = EXPERIMENT.replace("pose: {hinge", "pose: {hing").replace(
        "type: spline,", "type: spline, actuators: motr,"
    )
    problems = problems_of(tmp_path, text)
    assert {(p.line, p.suggestion) for p in problems} == {
        (6, "did you mean motor?"),
        (10, "did you mean hinge?"),
    }


def test_an_unknown_parameter_is_found_without_jax(tmp_path):
    path = write_files(tmp_path, EXPERIMENT.replace("pole_length:", "pole_lenth:"))
    with pytest.raises(InputError, match=r"swing\.yaml:4:3.*did you mean pole_length"):
        read_experiment(path)
    code = f"""
import sys
from robodiff.experiment.load import read_experiment
from robodiff.errors import InputError
try:
    read_experiment({str(path)!r})
except InputError:
    sys.exit(7 + ("jax" in sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 7


def test_bounds_that_exclude_the_value_are_a_mistake_at_their_place(tmp_path):
    (problem,) = problems_of(tmp_path, EXPERIMENT.replace("min: 0.3", "min: 0.6"))
    assert (problem.line, problem.key) == (4, "parameters.pole_length")


def test_a_robot_file_that_is_not_there_is_a_mistake(tmp_path):
    (problem,) = problems_of(tmp_path, EXPERIMENT.replace("cartpole.yaml", "nobody.yaml"))
    assert problem.line == 2
    assert "no such file" in problem.message


URDF = """<robot name="r">
<link name="base"><inertial><mass value="2"/>
<inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>
<collision><geometry><mesh filename="package://parts/box.obj"/></geometry></collision></link>
<link name="arm"><inertial><mass value="1"/>
<inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial></link>
<joint name="elbow" type="revolute"><parent link="base"/><child link="arm"/><axis xyz="0 1 0"/>
<limit lower="-1" upper="1" effort="5" velocity="0"/></joint>
</robot>"""
TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
READING = "{file: r.urdf, base: floating, actuate: all, packages: {parts: meshes}}"


def write_urdf(folder, reading: str):
    (folder / "meshes").mkdir()
    (folder / "meshes" / "box.obj").write_text(TETRAHEDRON)
    (folder / "r.urdf").write_text(URDF)
    text = EXPERIMENT.replace("cartpole.yaml", reading).replace("pole_length: {", "{")
    return write_files(folder, text.replace("{min: 0.3, max: 0.8}", "{}"))


@pytest.mark.filterwarnings("ignore::robodiff.errors.RobodiffWarning")
def test_an_experiment_says_how_a_urdf_is_read(tmp_path):
    _, robot, _ = read_experiment(write_urdf(tmp_path, READING))
    assert [link.joint.type for link in robot.links] == ["free", "hinge"]
    assert [actuator.name for actuator in robot.actuators] == ["elbow"]


def test_how_a_robot_is_read_must_fit_its_file(tmp_path):
    for reading, word, line in (
        ("{file: cartpole.yaml, base: floating}", "only MJCF and URDF", 2),
        ("{file: r.urdf, packages: {parts: nowhere}}", "no such folder", 2),
        ("{file: r.urdf, base: standing}", "floating", 2),
        ("{files: r.urdf}", "files", 2),
    ):
        (tmp_path / "r.urdf").write_text(URDF)
        problems = problems_of(tmp_path, EXPERIMENT.replace("cartpole.yaml", reading))
        found = [one for one in problems if word in str(one)]
        assert found, (reading, problems)
        assert found[0].line == line


@pytest.mark.parametrize("text", ["", "[1, 2]", "\x00\x01", "name: [", "robot: 3", "just words"])
def test_garbage_is_a_mistake_and_never_a_traceback(tmp_path, text):
    assert problems_of(tmp_path, text)


def test_free_parameters_take_bounds_of_their_own_from_overrides(tmp_path):
    text = EXPERIMENT.replace("pole_length: {min: 0.3, max: 0.8}", "pole_length: free")
    path = write_files(tmp_path, text)
    assert load_experiment(path).design.bounds["pole_length"] == (0.2, 1.0)
    experiment = load_experiment(path, ["parameters.pole_length.max=0.7"])
    assert experiment.design.bounds["pole_length"] == (0.2, 0.7)


@pytest.mark.parametrize("override", ["nonsense", "optimizer.starts=0", "robt=x", "task=3"])
def test_bad_overrides_are_mistakes(tmp_path, override):
    assert problems_of(tmp_path, overrides=[override])
