import json
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.errors import InputError
from robodiff.experiment.load import load_experiment
from robodiff.io.files import read_tree, write_text, write_tree
from robodiff.io.results import FILES, RunFolder
from robodiff.io.run import optimize
from robodiff.optimization.parameters import Parameters
from robodiff.optimization.slopes import Compiled
from robodiff.robot.load import load_robot
from tests.experiment.files import swing, write_files


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, optimize(swing(), folder)


def test_the_loss_falls_and_the_design_moves(run):
    _, result = run
    assert result.after.loss < result.before.loss
    assert result.after.design != result.before.design
    assert result.iterations == 5
    assert result.simulations == 10


def test_the_folder_holds_everything(run):
    folder, result = run
    assert {path.name for path in folder.iterdir()} == set(FILES) == set(result.files)
    written = json.loads((folder / "result.json").read_text())
    length = written["design"]["pole_length"]
    assert written["loss"]["after"] == result.after.loss
    assert (length["min"], length["max"], length["unit"]) == (0.3, 0.8, "m")
    assert length["after"] == result.after.design["pole_length"]


@pytest.mark.parametrize("fading", [False, True])
def test_sensitivities_are_slopes_of_the_loss_at_the_result(run, tmp_path, fading):
    (folder, result), experiment = run, swing()
    if fading:  # updates see gradients that fade within two steps; the result tells the true one
        folder = tmp_path / "run"
        experiment = load_experiment(write_files(tmp_path), ["optimizer.memory=0.02"])
        experiment.compiled.update(swing().compiled)  # the memory is a number to it
        result = optimize(experiment, folder)
        assert all(not iteration.slopes for iteration in result.history)
    row = json.loads((folder / "result.json").read_text())["design"]["pole_length"]
    after, h = result.after.parameters, 2e-3

    def loss(length):
        return experiment.outcome(Parameters({"pole_length": length}, after.control)).loss

    length = after.design["pole_length"]
    slope = (loss(length + h) - loss(length - h)) / (2 * h)
    assert row["gradient"] == pytest.approx(slope, rel=0.02)
    assert row["sensitivity"] == pytest.approx(slope * row["after"] / result.after.loss, rel=0.02)
    gains = [loss(factor * length) - loss(length) for factor in (0.99, 1.01)] if fading else []
    assert row["change"] == pytest.approx([100 * gain / result.after.loss for gain in gains])


def test_no_step_is_made_outside_the_bounds(run):
    _, result = run
    compiled = Compiled.of(swing())
    parameters = Parameters({"pole_length": jnp.asarray(0.8)}, result.after.parameters.control)
    ((less, more),) = compiled.changes(replace(result.after, parameters=parameters)).values()
    assert np.isfinite(less)
    assert np.isnan(more)


@pytest.mark.slow
def test_a_run_without_gradients_has_a_whole_folder_and_is_not_continued(tmp_path):
    overrides = ["optimizer.method=random", "optimizer.iterations=16"]
    experiment = load_experiment(write_files(tmp_path), overrides)
    folder = tmp_path / "run"
    result = optimize(experiment, folder)
    assert result.simulations == 32
    assert result.after.loss <= result.before.loss
    written = json.loads((folder / "result.json").read_text())
    assert written["method"] == "random"
    assert written["design"]["pole_length"]["sensitivity"] is None
    best = RunFolder(folder).read_best(experiment)
    assert float(best.design["pole_length"]) == pytest.approx(result.after.design["pole_length"])
    with pytest.raises(InputError, match="cannot be continued"):
        optimize(experiment, folder, resume=True)


def test_the_robots_load_again(run):
    folder, result = run
    before, after = (load_robot(folder / f"robot_{which}.yaml") for which in ("before", "after"))
    assert before.parameters["pole_length"].value == 0.5
    length = after.parameters["pole_length"].value
    assert length == pytest.approx(result.after.design["pole_length"], rel=1e-14)


def test_the_resolved_experiment_loads_again_and_is_the_same(run):
    folder, _ = run
    again = load_experiment(folder / "experiment.yaml")
    assert again.spec == swing().spec.model_copy(update={"robot": "robot.yaml"})


def test_trajectories_have_poses(run):
    folder, result = run
    arrays = np.load(folder / "trajectory_after.npz")
    assert np.array_equal(arrays["q"], result.after.trajectory.q)
    assert arrays["link_position"].shape == (51, 2, 3)
    angle = arrays["q"][:, 1]
    quaternion = arrays["link_quaternion"][:, 1]
    assert np.abs(quaternion[:, 0]) == pytest.approx(np.abs(np.cos(angle / 2)))
    assert arrays["link_position"][:, 1, 0] == pytest.approx(arrays["q"][:, 0])


def test_the_history_reads_back(run):
    folder, result = run
    history = RunFolder(folder).read_history()
    assert [iteration.loss for iteration in history] == [it.loss for it in result.history]
    assert np.array_equal(history[2].losses, result.history[2].losses)


def test_a_broken_last_line_is_left_out(run, tmp_path):
    folder, _ = run
    text = (folder / "metrics.jsonl").read_text()
    (tmp_path / "metrics.jsonl").write_text(text[:-20])
    assert len(RunFolder(tmp_path).read_history()) == 4


def test_ctrl_c_saves_and_resume_ends_as_the_unbroken_run(run, tmp_path):
    _, whole = run

    def stop(iteration):
        if iteration.index == 2:
            raise KeyboardInterrupt

    part = optimize(swing(), tmp_path, stop)
    assert part.interrupted
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)
    rest = optimize(swing(), tmp_path, resume=True)
    assert rest.iterations == 5
    assert rest.after.loss == whole.after.loss
    last, expected = (r.history[-1].search for r in (rest, whole))
    for one, other in zip(
        *map(jax.tree.leaves, (last.population, expected.population)), strict=True
    ):
        assert np.array_equal(one, other)


def test_a_finished_run_resumes_to_itself(run):
    folder, result = run
    again = optimize(swing(), folder, resume=True)
    assert again.after.loss == result.after.loss
    assert again.iterations == 5
    assert again.seconds["total"] > again.seconds["compile"] + again.seconds["run"]


def test_a_folder_with_a_run_is_not_overwritten(run):
    folder, _ = run
    with pytest.raises(InputError, match="already holds a run"):
        optimize(swing(), folder)


def test_only_a_folder_with_a_run_resumes(tmp_path):
    with pytest.raises(InputError, match="no run to resume"):
        optimize(swing(), tmp_path, resume=True)


def test_new_folders_are_linked_as_latest(tmp_path):
    first = RunFolder.create("swing", base=str(tmp_path))
    second = RunFolder.create("swing", base=str(tmp_path))
    assert first.path != second.path
    assert (tmp_path / "swing" / "latest").resolve() == second.path.resolve()


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = write_text(tmp_path / "a.txt", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_trees_come_back_bit_for_bit_and_others_are_refused(tmp_path):
    tree = {"a": np.array([0.1, np.nan]), "b": 3, "c": float("inf")}
    path = tmp_path / "tree.npz"
    write_tree(path, tree)
    back = read_tree(path, tree)
    assert back["a"].tobytes() == tree["a"].tobytes()
    assert (back["b"], back["c"]) == (3, float("inf"))
    with pytest.raises(InputError, match="another experiment"):
        read_tree(path, {**tree, "a": np.zeros((3, 2))})
    with pytest.raises(InputError, match="cannot read"):
        read_tree(tmp_path / "none.npz", tree)
