"""Robots written as MJCF or URDF and read again: mass matrix and bias forces are kept."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import mujoco
import numpy as np
import pytest

import robodiff as rd
from robodiff.errors import InputError
from robodiff.io.mjcf import export_mjcf
from robodiff.io.urdf import export_urdf
from robodiff.io.urdf_losses import urdf_losses
from robodiff.robot.foreign.convert import convert
from robodiff.robot.load import parse_robot
from tests.oracle import relative_error

SHIPPED = sorted((Path(__file__).parents[2] / "assets" / "robots").glob("*.yaml"))
ANT = Path(str(files("gymnasium"))) / "envs" / "mujoco" / "assets" / "ant.xml"
UPKIE = Path(str(files("upkie_description"))) / "urdf" / "upkie.urdf"
ROBOTS = {path.stem: path for path in (*SHIPPED, ANT, UPKIE)}
WRITERS = {"mjcf": (export_mjcf, "xml", 1e-9), "urdf": (export_urdf, "urdf", 1e-6)}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def mass_and_bias(model, armature: bool) -> list[np.ndarray]:
    """M and bias at random states, by MuJoCo; M without rotor inertias unless asked for."""
    theirs = mujoco.MjModel.from_xml_string(export_mjcf(model))
    if not armature:
        theirs.dof_armature[:] = 0
    data, rng, rows = mujoco.MjData(theirs), np.random.default_rng(0), []
    for _ in range(10):
        data.qpos[:] = theirs.qpos0 + rng.normal(size=theirs.nq)
        data.qvel[:] = rng.normal(size=theirs.nv)
        mujoco.mj_normalizeQuat(theirs, data.qpos)
        mujoco.mj_forward(theirs, data)
        M = np.zeros((theirs.nv, theirs.nv))
        for row, unit in zip(M, np.eye(theirs.nv), strict=True):
            mujoco.mj_mulM(theirs, data, row, unit)
        rows.append((M.ravel(), data.qfrc_bias.copy()))
    return [np.stack(column) for column in zip(*rows, strict=True)]


def read_again(text: str, suffix: str, folder: Path) -> rd.RobotSpec:
    path = folder / f"robot.{suffix}"
    path.write_text(text)
    return parse_robot(convert(path).text)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ROBOTS)
def test_mass_matrix_and_bias_survive(name, kind, tmp_path):
    model = rd.build_model(rd.load_robot(ROBOTS[name]))
    write, suffix, tolerance = WRITERS[kind]
    again = rd.build_model(read_again(write(model), suffix, tmp_path))
    keeps_armature = kind == "mjcf"
    pairs = zip(
        mass_and_bias(again, keeps_armature), mass_and_bias(model, keeps_armature), strict=True
    )
    for found, wanted in pairs:
        assert max(map(relative_error, found[:, None], wanted[:, None])) < tolerance


WALKER = """
name: w
materials: {wood: {density: 600}}
links:
  torso:
    joint: {name: root, type: planar}
    shapes:
      - {capsule: {from: [0, 0, 0], to: [0, 0, 0.4], radius: 0.05}, material: wood}
      - {ellipsoid: {semi_axes: [0.1, 0.1, 0.2]}, collide: false, name: head}
  thigh:
    parent: torso
    position: [0, 0.1, 0]
    rotation: [0.1, 90 deg, 0.3]
    joint: {name: hip, type: hinge, axis: [0, 1, 0], limits: {lower: -1, upper: 2}, armature: 0.1,
            damping: 0.2, friction: 0.3}
    shapes: [{box: {size: [0.1, 0.2, 0.3], rotation: [1, 2, 3]}}]
actuators: {hip: {torque_limit: 5, gear: 4, speed_limit: 20}}
"""


def test_limits_of_motors_and_joints_are_written(tmp_path):
    model = rd.build_model(parse_robot(WALKER))
    path = tmp_path / "w.urdf"
    path.write_text(export_urdf(model, "w", ["wood", "", ""]))
    text = convert(path, actuate="all").text
    again = rd.build_model(parse_robot(text))
    hip = again.topology.actuator_names.index("hip")
    np.testing.assert_allclose(again.actuators.force_limit[hip], 20)
    np.testing.assert_allclose(again.actuators.no_load_speed[hip], 5)
    row = again.topology.limited_joints.index(again.topology.joint_names.index("hip"))
    np.testing.assert_allclose([again.joints.lower[row], again.joints.upper[row]], [-1, 2])
    dof = again.topology.v_names.index("hip")
    np.testing.assert_allclose([again.joints.damping[dof], again.joints.friction[dof]], [0.2, 0.3])
    assert '<material name="wood">' in path.read_text()
    assert "<mechanicalReduction>4.0</mechanicalReduction>" in path.read_text()


def test_what_urdf_cannot_say_is_told():
    model = rd.build_model(parse_robot(WALKER))
    told = " ".join(urdf_losses(model))
    for word in ("Rotor inertia at hip", "planar", "Torque-speed", "head", "Friction"):
        assert word in told
    text = export_urdf(model)
    assert all(loss in text for loss in urdf_losses(model))


def test_a_ball_joint_is_refused():
    text = "links: {a: {joint: {type: ball}, shapes: [{sphere: {radius: 1}}]}}\nname: a\n"
    with pytest.raises(InputError, match="URDF has no ball joint"):
        export_urdf(rd.build_model(parse_robot(text)))
