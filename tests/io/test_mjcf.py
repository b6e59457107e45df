"""The exported MJCF says what the model's arrays say, as MuJoCo's compiler reads it."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import mujoco
import numpy as np
import pytest

import robodiff as rd
from robodiff.errors import InputError
from robodiff.io.mjcf import export_mjcf
from robodiff.physics.topology import JOINT_NV
from robodiff.robot import build_model, parse_robot
from tests.oracle import Oracle
from tests.trees import random_model


@pytest.fixture(scope="module", params=range(4))
def pair(request):
    model = random_model(request.param)
    return model, mujoco.MjModel.from_xml_string(export_mjcf(model))


def test_coordinates_have_the_same_order(pair):
    model, mj = pair
    assert (mj.nq, mj.nv, mj.nu) == (model.nq, model.nv, model.nu)
    assert [mj.body(i + 1).name for i in range(mj.nbody - 1)] == list(model.topology.link_names)
    np.testing.assert_array_equal(mj.body_parentid[1:] - 1, model.topology.parents)
    for link, kind in enumerate(model.topology.joint_types):
        assert mj.body_dofnum[link + 1] == JOINT_NV[kind]
        if JOINT_NV[kind]:
            assert mj.body_dofadr[link + 1] == model.topology.v_start[link]
    np.testing.assert_allclose(mj.key_qpos[0], model.start_q, atol=1e-15)
    np.testing.assert_array_equal(mj.key_qvel[0], model.start_v)


def test_mass_and_inertia_are_the_links(pair):
    model, mj = pair
    np.testing.assert_array_equal(mj.body_mass[1:], model.links.mass)
    np.testing.assert_array_equal(mj.body_ipos[1:], model.links.center)
    for i, (xx, yy, zz, xy, xz, yz) in enumerate(np.asarray(model.links.inertia), start=1):
        rotation = np.zeros(9)
        mujoco.mju_quat2Mat(rotation, mj.body_iquat[i])
        rotation = rotation.reshape(3, 3)
        inertia = rotation @ np.diag(mj.body_inertia[i]) @ rotation.T
        np.testing.assert_allclose(
            inertia, [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]], rtol=1e-11, atol=1e-13
        )


def test_frames_are_the_links(pair):
    model, mj = pair
    for link, kind in enumerate(model.topology.joint_types):
        if kind != "free":
            np.testing.assert_array_equal(mj.body_pos[link + 1], model.links.position[link])
            np.testing.assert_allclose(
                mj.body_quat[link + 1], model.links.rotation[link], atol=1e-15
            )


def test_joint_properties_are_the_joints(pair):
    model, mj = pair
    np.testing.assert_array_equal(mj.dof_armature, model.joints.armature)
    np.testing.assert_array_equal(mj.dof_damping, model.joints.damping)
    np.testing.assert_array_equal(mj.dof_frictionloss, model.joints.friction)
    np.testing.assert_array_equal(mj.jnt_stiffness[mj.dof_jntid], model.joints.stiffness)
    np.testing.assert_allclose(mj.qpos_spring, model.joints.rest, atol=1e-15)
    limited = mj.dof_jntid[list(model.topology.limited_dofs)]
    assert set(np.flatnonzero(mj.jnt_limited)) == set(limited)
    ranges = np.stack([model.joints.lower, model.joints.upper], axis=1)
    np.testing.assert_array_equal(mj.jnt_range[limited], ranges)


def test_geometry_is_the_shapes(pair):
    model, mj = pair
    for i, name in enumerate(model.topology.shape_names):
        geom = mj.geom(name)
        assert geom.bodyid[0] - 1 == model.topology.shape_links[i]
        size = np.asarray(model.shapes.size[i])
        used = size > 0
        np.testing.assert_array_equal(geom.size[used], size[used])
        np.testing.assert_array_equal(geom.pos, model.shapes.position[i])
        np.testing.assert_allclose(geom.quat, model.shapes.rotation[i], atol=1e-15)
        assert bool(geom.contype[0]) == model.topology.shape_collides[i]
        if model.topology.shape_collides[i]:
            assert geom.friction[0] == model.shapes.friction[i]


def test_actuators_drive_their_joints(pair):
    model, mj = pair
    np.testing.assert_array_equal(
        mj.jnt_dofadr[mj.actuator_trnid[:, 0]], model.topology.actuator_dofs
    )
    np.testing.assert_array_equal(mj.actuator_gear[:, 0], model.actuators.gear)


def test_shapes_touch_the_ground_and_not_each_other():
    model = random_model(0)
    mj = mujoco.MjModel.from_xml_string(export_mjcf(model))
    data = mujoco.MjData(mj)
    data.qpos[:] = mj.qpos0
    data.qpos[2] = -10.0
    mujoco.mj_forward(mj, data)
    ground = mj.geom("ground").id
    assert data.ncon > 0
    assert all(ground in pair for pair in data.contact.geom)


def test_without_ground_there_is_no_plane():
    text = export_mjcf(random_model(0, has_ground=False))
    assert "plane" not in text


def test_force_limit_is_written_when_finite():
    model = random_model(1)
    limit = jnp.full(model.nu, jnp.inf).at[0].set(2.5)
    model = eqx.tree_at(lambda m: m.actuators.force_limit, model, limit)
    mj = mujoco.MjModel.from_xml_string(export_mjcf(model))
    np.testing.assert_array_equal(mj.actuator_forcerange[0], [-2.5, 2.5])
    assert mj.actuator_forcelimited.sum() == 1


def test_any_name_survives():
    model = random_model(2, links=3)
    names = ("world", 'a<b>&"c"', "ünder score")
    topology = dataclasses.replace(model.topology, link_names=names, joint_names=("a", "a", "a"))
    model = dataclasses.replace(model, topology=topology)
    mj = mujoco.MjModel.from_xml_string(export_mjcf(model, name="<robot>"))
    assert [mj.body(i).name for i in (1, 2, 3)] == ["world_", *names[1:]]


def test_uneven_ball_damping_is_refused():
    model = random_model(0)
    dof = model.topology.v_start[model.topology.joint_types.index("ball")]
    damping = model.joints.damping.at[dof].add(1.0)
    model = eqx.tree_at(lambda m: m.joints.damping, model, damping)
    with pytest.raises(InputError, match="one damping for all axes"):
        export_mjcf(model)


def test_links_that_are_only_joints_become_joints_of_one_body():
    model = build_model(
        parse_robot("""
name: stacked
links:
  rail: {joint: {type: slide, axis: [1, 2, 0]}, rotation: [0.1, 0.2, 0.3]}
  socket: {parent: rail, position: [0.1, 0, 0], rotation: [0.3, 0, 0], joint: {type: ball}}
  end:
    parent: socket
    position: [0, 0.2, 0]
    joint: {type: slide, axis: [0, 1, 1]}
    shapes: [{box: {size: [0.1, 0.2, 0.3], center: [0, 0.1, 0]}}]
  turn: {rotation: [0, 0.4, 0], joint: {type: hinge, axis: [0, 1, 0]}}
  ball:
    parent: turn
    rotation: [0.3, 0, 0]
    joint: {type: ball}
    shapes: [{box: {size: [0.1, 0.2, 0.3], center: [0.1, 0, 0.2]}}]
""")
    )
    oracle, random = Oracle(model), np.random.default_rng(3)
    assert oracle.model.nbody == 3
    compute = jax.jit(lambda q, v: (rd.mass_matrix(model, q), rd.bias_forces(model, q, v)))
    for _ in range(5):
        q, v = np.array(model.start_q), random.normal(size=model.nv)
        mujoco.mj_integratePos(oracle.model, q, random.normal(size=model.nv), 1.0)
        data = oracle.at(q, v)
        M, c = compute(q, v)
        np.testing.assert_allclose(M, oracle.mass_matrix(), atol=1e-12 * np.abs(M).max())
        np.testing.assert_allclose(c, data.qfrc_bias, atol=1e-12 * np.abs(c).max())


HELD = """
name: held
links:
  base: {joint: {type: free}, shapes: [{box: {size: [0.3, 0.2, 0.1]}}], gravity_compensation: 0.4}
  arm:
    parent: base
    position: [0.2, 0, 0]
    joint: {type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0.3, 0.1, 0], radius: 0.03}}]
    gravity_compensation: 1.5
ground: false
"""


def test_gravity_compensation_is_mujocos_force():
    model = build_model(parse_robot(HELD))
    oracle, random = Oracle(model, "passive"), np.random.default_rng(4)
    q, v = np.array(model.start_q), random.normal(size=7)
    mujoco.mj_integratePos(oracle.model, q, random.normal(size=7), 1.0)
    data = oracle.at(q, v)
    bias = jax.jit(rd.bias_forces)(model, q, v)
    np.testing.assert_allclose(bias, data.qfrc_bias - data.qfrc_gravcomp, atol=1e-12)
    assert np.abs(data.qfrc_gravcomp).max() > 1.0

    # bias = coriolis + d potential / d q: along a translation the slope of the energy
    def potential(x):
        return rd.energy(model, rd.State(jnp.asarray(q) + x, 0.0 * jnp.asarray(v))).potential

    slope = jax.grad(potential)(jnp.zeros(8))
    still = rd.bias_forces(model, q, np.zeros(7))
    np.testing.assert_allclose([*slope[:3], slope[7]], [*still[:3], still[6]], atol=1e-12)
    path = jax.jit(lambda m: rd.rollout(m, rd.initial_state(m), dt=0.01, steps=20))(model)
    mass, g = np.asarray(model.links.mass), -9.81
    falls = (mass @ [0.6, -0.5]) * g * 0.2
    momentum = momentum_of(model, path.q[-1], path.v[-1])
    np.testing.assert_allclose(momentum[2], falls, rtol=1e-9)


def momentum_of(model, q, v) -> np.ndarray:
    """Linear momentum by C MuJoCo."""
    oracle = Oracle(model)
    data = oracle.at(q, v)
    mujoco.mj_subtreeVel(oracle.model, data)
    return data.subtree_linvel[0] * oracle.model.body_subtreemass[0]
