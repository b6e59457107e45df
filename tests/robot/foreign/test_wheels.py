"""Robots of other people, read from installed packages, move as in C MuJoCo."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import equinox as eqx
import jax
import mujoco
import numpy as np
import pytest

from robodiff.errors import RobodiffWarning
from robodiff.io.mjcf import export_mjcf
from robodiff.physics.dynamics import bias_forces, forward_dynamics, mass_matrix
from robodiff.physics.laws import joint_laws
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model
from robodiff.physics.scene import prepare, set_scene
from robodiff.robot.build import build_model
from robodiff.robot.design import Design
from robodiff.robot.foreign.convert import convert
from robodiff.robot.foreign.naming import name_everything
from robodiff.robot.foreign.scene import read_scene
from robodiff.robot.load import load_robot, parse_robot
from tests.oracle import relative_error

ASSETS = Path(str(files("gymnasium"))) / "envs" / "mujoco" / "assets"
UPKIE = Path(str(files("upkie_description"))) / "urdf"
GYM = {path.stem for path in ASSETS.glob("*.xml")}
URDF = {"upkie", "upkie_camera"}
ALL = sorted(GYM | URDF)
STATES = 100
OFF = mujoco.mjtDisableBit.mjDSBL_CONSTRAINT | mujoco.mjtDisableBit.mjDSBL_ACTUATION
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def file_of(name: str) -> Path:
    return UPKIE / f"{name}.urdf" if name in URDF else ASSETS / f"{name}.xml"


@cache
def pair(name: str) -> tuple[Model, mujoco.MjModel]:
    """The imported model, and MuJoCo's of the same file."""
    base = "floating" if name in URDF else "fixed"
    text = convert(file_of(name), base=base, ignore=True).text
    spec = mujoco.MjSpec.from_file(str(file_of(name)))
    if name in URDF:
        spec.body("base").add_freejoint()
    theirs = spec.compile()
    theirs.opt.disableflags |= OFF
    return build_model(parse_robot(text)), theirs


def test_every_file_is_known():
    assert len(GYM) >= 14


@pytest.mark.parametrize("name", ALL)
def test_imports_without_a_loss(name):
    assert not convert(file_of(name)).refused


@pytest.mark.parametrize("name", sorted(GYM))
def test_the_same_geoms_touch_as_in_mujoco(name):
    """By MuJoCo's own collision, with margins so wide that every pair it looks at is found."""
    model = build_model(parse_robot(convert(file_of(name)).text))
    found = model.topology.pairs
    names = [{model.topology.shape_names[shape] for shape in two} for two in found]
    scene = read_scene(file_of(name), "fixed")
    name_everything(scene)
    geoms = {name: i for (kind, i), name in scene.names.items() if kind == "geom"}
    assert {frozenset(geoms[name] for name in two) for two in names} == colliding(scene.model)


def colliding(model) -> set[frozenset[int]]:
    """Every two geoms that MuJoCo collides, planes apart."""
    model.geom_margin[:] = model.pair_margin[:] = model.body_margin[:] = 1e3
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    mujoco.mj_collision(model, data)
    pairs = {frozenset(contact.geom.tolist()) for contact in data.contact}
    plane = set(np.flatnonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE).tolist())
    return {pair for pair in pairs if not pair & plane}


@pytest.mark.parametrize("name", sorted(URDF))
def test_links_that_pass_through_one_another_are_told(name):
    with pytest.warns(RobodiffWarning, match="pass through one another"):
        load_robot(file_of(name))


QUICK = ("ant", "upkie", "walker2d_v5")
"""Files whose dynamics the quick tests compare; each is a compilation."""


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in ALL],
)
def test_dynamics_are_those_of_mujoco(name):
    ours, theirs = pair(name)
    q, v, *expected, passive = oracle_states(theirs, np.random.default_rng(0))

    @jax.jit
    def all_of_it(q, v, passive):
        return (
            jax.vmap(lambda q: mass_matrix(ours, q))(q),
            jax.vmap(lambda q, v: bias_forces(ours, q, v))(q, v),
            jax.vmap(lambda q, v, f: forward_dynamics(ours, q, v, f))(q, v, passive),
        )

    for mine, true in zip(all_of_it(q, v, passive), expected, strict=True):
        found, wanted = (np.reshape(x, (STATES, -1)) for x in (mine, true))
        assert max(map(relative_error, found[:, None], wanted[:, None])) < 1e-9


def oracle_states(model, rng) -> list[np.ndarray]:
    """Random q and v, and MuJoCo's M, bias, smooth acceleration and passive forces there."""
    data, rows = mujoco.MjData(model), []
    for _ in range(STATES):
        data.qpos[:] = model.qpos0 + rng.normal(size=model.nq)
        data.qvel[:] = rng.normal(size=model.nv)
        mujoco.mj_normalizeQuat(model, data.qpos)
        mujoco.mj_forward(model, data)
        M = np.zeros((model.nv, model.nv))
        for row, unit in zip(M, np.eye(model.nv), strict=True):
            mujoco.mj_mulM(model, data, row, unit)
        here = data.qpos, data.qvel, M, data.qfrc_bias, data.qacc, data.qfrc_passive
        rows.append([np.copy(part) for part in here])
    return [np.stack(column) for column in zip(*rows, strict=True)]


def test_swimmer_feels_the_water_as_in_mujoco():
    ours, theirs = pair("swimmer")
    q, v, *_, passive = oracle_states(theirs, np.random.default_rng(0))

    @jax.jit
    def force(q, v):
        q, v = q[:, None], v[:, None]
        slack = eqx.tree_at(lambda m: m.joints.limit_stiffness, add_batch(ours), np.zeros((2, 1)))
        scene = set_scene(prepare(slack), q, v, np.zeros((ours.nu, 1)), 0.0, 0.0)
        return joint_laws(scene, v).force[:, 0]

    found = np.stack([force(*state) for state in zip(q, v, strict=True)])
    assert np.abs(passive).max() > 1.0
    assert relative_error(found, passive) < 1e-9


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


def test_numbered_limbs_share_their_lengths_and_chains_do_not(tmp_path):
    bounded = [
        name for name, one in parse_robot(convert(file_of("ant")).text).parameters.items()
        if one.lower is not None
    ]  # fmt: skip
    assert bounded == ["front_leg_length", "aux_length", "body_length", "back_leg_length"]
    link = '<body name="arm_{}" pos="0 0 {}"><joint/><geom type="capsule" size=".02" {}/>'
    ends = 'fromto="0 0 0 0 0 1"'
    chain = link.format(1, 0, ends) + link.format(2, 1, ends) + "</body></body>"
    path = tmp_path / "arm.xml"
    path.write_text(f"<mujoco><worldbody>{chain}</worldbody></mujoco>")
    lengths = [name for name in parse_robot(convert(path).text).parameters if "length" in name]
    assert lengths == ["arm_1_length", "arm_2_length"]
