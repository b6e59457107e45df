"""Robots of other people, read from installed packages, move as in C MuJoCo."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import jax
import mujoco
import numpy as np
import pytest

from robodiff.errors import InputError
from robodiff.io.mjcf import export_mjcf
from robodiff.physics.dynamics import bias_forces, forward_dynamics, mass_matrix
from robodiff.physics.model import Model
from robodiff.robot.build import build_model
from robodiff.robot.design import Design
from robodiff.robot.foreign.convert import convert
from robodiff.robot.load import parse_robot
from tests.oracle import relative_error

GYM = {
    "ant", "half_cheetah", "hopper", "humanoid", "humanoidstandup", "inverted_double_pendulum",
    "inverted_pendulum", "point", "pusher_v5", "reacher", "swimmer", "walker2d_v5",
}  # fmt: skip
REFUSED = {
    "hopper": "contact between bodies",
    "humanoid": "contact between bodies",
    "humanoidstandup": "contact between bodies",
    "pusher_v5": "a plane that is not z = 0",
    "swimmer": "drag of the fluid",
}
ALL = [*sorted(GYM), "upkie"]
OFF = mujoco.mjtDisableBit.mjDSBL_CONSTRAINT | mujoco.mjtDisableBit.mjDSBL_ACTUATION
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def file_of(name: str) -> Path:
    if name == "upkie":
        return Path(str(files("upkie_description"))) / "urdf" / "upkie.urdf"
    return Path(str(files("gymnasium"))) / "envs" / "mujoco" / "assets" / f"{name}.xml"


@cache
def pair(name: str) -> tuple[Model, mujoco.MjModel]:
    """The imported model, and MuJoCo's of the same file (bodies free of fluids)."""
    base = "floating" if name == "upkie" else "fixed"
    text = convert(file_of(name), base=base, ignore=True).text
    spec = mujoco.MjSpec.from_file(str(file_of(name)))
    if name == "upkie":
        spec.body("base").add_freejoint()
    spec.option.density = spec.option.viscosity = 0
    theirs = spec.compile()
    theirs.opt.disableflags |= OFF
    return build_model(parse_robot(text)), theirs


@pytest.mark.parametrize("name", sorted(GYM - set(REFUSED)))
def test_imports_without_a_loss(name):
    assert not convert(file_of(name)).refused


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_is_refused_for_a_reason(name):
    with pytest.raises(InputError, match=REFUSED[name]) as error:
        convert(file_of(name))
    assert all(problem.file.endswith(f"{name}.xml") for problem in error.value.problems)


QUICK = ("ant", "upkie", "walker2d_v5")
"""Files whose dynamics the quick tests compare; each is a compilation."""


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in ALL],
)
def test_dynamics_are_those_of_mujoco(name):
    ours, theirs = pair(name)
    data, rng = mujoco.MjData(theirs), np.random.default_rng(0)
    functions = [jax.jit(f) for f in (mass_matrix, bias_forces, forward_dynamics)]
    for _ in range(10):
        q = ours.start_q + rng.normal(size=theirs.nq)
        data.qpos[:], data.qvel[:] = q, rng.normal(size=theirs.nv)
        mujoco.mj_normalizeQuat(theirs, data.qpos)
        mujoco.mj_forward(theirs, data)
        M = np.zeros((theirs.nv, theirs.nv))
        for row, unit in zip(M, np.eye(theirs.nv), strict=True):
            mujoco.mj_mulM(theirs, data, row, unit)
        state = ours, data.qpos.copy(), data.qvel.copy()
        found = functions[0](*state[:2]), functions[1](*state)
        acceleration = functions[2](*state, data.qfrc_passive.copy())
        for mine, true in zip((*found, acceleration), (M, data.qfrc_bias, data.qacc), strict=True):
            assert relative_error(np.ravel(mine)[None], np.ravel(true)[None]) < 1e-9


@pytest.mark.parametrize("name", ALL)
def test_joints_and_start_are_those_of_mujoco(name):
    ours, theirs = pair(name)
    joints = theirs.dof_jntid
    hinges = np.flatnonzero(np.isin(theirs.jnt_type, (2, 3)) & (theirs.jnt_stiffness > 0))
    close = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(ours.start_q, theirs.qpos0, **close)
    np.testing.assert_allclose(ours.joints.damping, theirs.dof_damping, **close)
    np.testing.assert_allclose(ours.joints.armature, theirs.dof_armature, **close)
    np.testing.assert_allclose(ours.joints.friction, theirs.dof_frictionloss, **close)
    np.testing.assert_allclose(ours.joints.stiffness, theirs.jnt_stiffness[joints], **close)
    rows = theirs.jnt_qposadr[hinges]
    np.testing.assert_allclose(ours.joints.rest[rows], theirs.qpos_spring[rows], **close)
    limited = theirs.jnt_range[theirs.jnt_limited.astype(bool)]
    np.testing.assert_allclose(ours.joints.lower, limited[:, 0], **close)
    np.testing.assert_allclose(ours.joints.upper, limited[:, 1], **close)


@pytest.mark.parametrize("name", sorted(GYM))
def test_motors_are_those_of_mujoco(name):
    ours, theirs = pair(name)
    np.testing.assert_allclose(ours.actuators.gear, theirs.actuator_gear[:, 0])
    np.testing.assert_array_equal(
        ours.topology.actuator_dofs, theirs.jnt_dofadr[theirs.actuator_trnid[:, 0]]
    )
    limits = np.where(theirs.actuator_ctrllimited, theirs.actuator_ctrlrange[:, 1], np.inf)
    np.testing.assert_allclose(ours.actuators.force_limit, limits)


@pytest.mark.parametrize("name", ["reacher", "humanoid", "walker2d_v5"])
def test_export_of_an_import_has_the_same_dynamics(name):
    ours, theirs = pair(name)
    again = mujoco.MjModel.from_xml_string(export_mjcf(ours))
    again.opt.disableflags |= OFF
    data = mujoco.MjData(theirs), mujoco.MjData(again)
    rng = np.random.default_rng(1)
    q, v = theirs.qpos0 + rng.normal(size=theirs.nq), rng.normal(size=theirs.nv)
    for model, one in zip((theirs, again), data, strict=True):
        one.qpos[:], one.qvel[:] = q, v
        mujoco.mj_normalizeQuat(model, one.qpos)
        mujoco.mj_forward(model, one)
    assert relative_error(data[1].qacc[None], data[0].qacc[None]) < 1e-9
    assert relative_error(data[1].qfrc_bias[None], data[0].qfrc_bias[None]) < 1e-9


def test_left_and_right_share_their_lengths():
    spec = parse_robot(convert(file_of("walker2d_v5")).text)
    bounded = {name for name, one in spec.parameters.items() if one.lower is not None}
    assert bounded == {"thigh_length", "leg_length", "foot_length"}
    model = build_model(spec, Design.from_spec(spec).replace(thigh_length=0.6))
    names = model.topology.link_names
    for knee in ("leg", "leg_left"):
        np.testing.assert_allclose(model.links.position[names.index(knee)], [0, 0, -0.6])
    thighs = np.array([names.index("thigh"), names.index("thigh_left")])
    assert np.ptp(model.links.mass[thighs]) == 0
    assert model.links.mass[thighs[0]] > pair("walker2d_v5")[0].links.mass[thighs[0]]
