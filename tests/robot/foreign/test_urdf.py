"""What is particular to URDF: packages, every link kept, limits, mimic joints, odd inertias."""

from __future__ import annotations

import json

import numpy as np
import pytest

import robodiff as rd
from robodiff.errors import InputError
from robodiff.io.urdf import export_urdf
from robodiff.robot.foreign.convert import convert
from robodiff.robot.load import parse_robot
from tests.robot.foreign.meshes import WEDGE, write_hull

BODY = """<inertial><mass value="{mass}"/>
<inertia ixx="{ixx}" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>"""
PACKAGED = (
    '<collision><geometry><mesh filename="package://arm/meshes/m.stl"/></geometry></collision>'
)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def link(name: str, inside: str = "", mass: float | str = 1, ixx: float | str = 1) -> str:
    return f'<link name="{name}">{BODY.format(mass=mass, ixx=ixx)}\n{inside}</link>\n'


def joint(name: str, kind: str, parent: str, child: str, inside: str = "") -> str:
    ends = f'<parent link="{parent}"/><child link="{child}"/>'
    return f'<joint name="{name}" type="{kind}">{ends}<axis xyz="0 1 0"/>{inside}</joint>\n'


def urdf(folder, *parts: str):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "arm.urdf").write_text(f'<robot name="arm">\n{"".join(parts)}</robot>\n')
    return folder / "arm.urdf"


def problems(path, **options) -> list:
    with pytest.raises(InputError) as error:
        convert(path, **options)
    return error.value.problems


def test_fixed_links_keep_their_names_and_the_robot_its_dynamics(tmp_path):
    parts = link("base"), link("tip"), link("camera", mass=0.1, ixx=1), link("imu")
    path = urdf(
        tmp_path, *parts,
        joint("elbow", "continuous", "base", "tip"),
        joint("mount", "fixed", "tip", "camera"),
        joint("glue", "fixed", "base", "imu"),
    )  # fmt: skip
    model = rd.build_model(rd.load_robot(path))
    assert set(model.topology.link_names) == {"base", "tip", "camera", "imu"}
    assert model.nv == 1


def test_packages_are_found_above_or_where_they_are_said_to_be(tmp_path):
    near = urdf(tmp_path / "arm" / "urdf", link("base", PACKAGED))
    write_hull(tmp_path / "arm" / "meshes" / "m.stl", WEDGE)
    beside = rd.build_model(rd.load_robot(near))
    assert beside.topology.shape_kinds == ("hull",)
    far = urdf(tmp_path / "elsewhere", link("base", PACKAGED))
    (tmp_path / "arm").rename(tmp_path / "moved")
    (problem,) = problems(far)
    assert "no folder 'arm'" in problem.message
    assert "--package arm=" in problem.suggestion
    assert problem.line == 4
    text = convert(far, packages={"arm": tmp_path / "moved"}).text
    assert len(rd.build_model(parse_robot(text)).topology.shape_points[0]) == len(WEDGE)


def test_meshes_of_visuals_are_not_needed(tmp_path):
    visual = PACKAGED.replace("collision", "visual").replace(".stl", ".dae")
    assert not convert(urdf(tmp_path, link("base", visual))).refused


def test_a_mesh_of_an_unknown_format_is_told_with_its_line(tmp_path):
    mesh = PACKAGED.replace("package://arm/meshes/m.stl", "m.dae")
    (problem,) = problems(urdf(tmp_path, link("base", mesh)))
    assert "does not read the mesh 'm.dae'" in problem.message
    assert problem.line == 4


def test_velocity_limits_become_those_of_motors(tmp_path):
    limit = '<limit lower="-1" upper="1" effort="7" velocity="2"/>'
    parts = link("base"), link("tip"), joint("elbow", "revolute", "base", "tip", limit)
    path = urdf(tmp_path, *parts)
    model = rd.build_model(parse_robot(convert(path, actuate="all").text))
    np.testing.assert_allclose(model.actuators.no_load_speed, [2])
    assert "held by motors alone" in convert(path).text


def test_mimic_joints_follow_there_and_back(tmp_path):
    mimic = '\n<mimic joint="a" multiplier="-1.5" offset="0.2"/>'
    parts = link("base"), link("one"), link("two"), joint("a", "continuous", "base", "one")
    path = urdf(tmp_path, *parts, joint("b", "continuous", "one", "two", mimic))
    model = rd.build_model(parse_robot(convert(path).text))
    assert model.topology.coupling_ends == ((1, 0),)
    np.testing.assert_allclose(model.couplings.polynomial, [[0.2, -1.5, 0, 0, 0]])
    back = tmp_path / "back.urdf"
    back.write_text(export_urdf(model))
    again = parse_robot(convert(back).text)
    assert [(one.name, one.ends) for one in again.couplings] == [("b", ((2, 0), (1, 0)))]
    np.testing.assert_allclose([e.value for e in again.couplings[0].polynomial[:2]], [0.2, -1.5])


def test_every_impossible_inertia_is_told_with_its_link_and_line(tmp_path):
    path = urdf(tmp_path, link("base", ixx=3), link("tip", ixx=-1), link("hand", ixx="one"))
    found = [(problem.message.split(":")[0], problem.line) for problem in problems(path)]
    assert found == [('link "base"', 3), ('link "tip"', 6), ('link "hand"', 9)]


def test_the_command_takes_packages(tmp_path):
    from typer.testing import CliRunner

    from robodiff.cli.main import app

    path = urdf(tmp_path / "x", link("base", PACKAGED))
    write_hull(tmp_path / "moved" / "meshes" / "m.stl", WEDGE)
    words = ["import", str(path), "-o", str(tmp_path / "arm.yaml"), "--json", "--package"]
    result = CliRunner().invoke(app, [*words, f"arm={tmp_path / 'moved'}"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["unsupported"] == []
    assert CliRunner().invoke(app, [*words, "arm"]).exit_code == 2
