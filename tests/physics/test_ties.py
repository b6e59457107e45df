"""Tendons, couplings and drag against C MuJoCo, analytic solutions and central differences."""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import robodiff as rd
from robodiff.io.mjcf import export_mjcf
from robodiff.physics.laws import joint_laws
from robodiff.physics.layout import add_batch
from robodiff.physics.scene import prepare, set_scene
from robodiff.robot.foreign.convert import convert

FOUR_BAR = """
name: four_bar
ground: false
parameters:
  crank: {value: 0.2, min: 0.1, max: 0.3, unit: m}
  coupler: {value: 0.5, min: 0.4, max: 0.6, unit: m}
links:
  crank:
    joint: {type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, crank], radius: 0.02}}]
  coupler:
    parent: crank
    position: [0, 0, crank]
    joint: {type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [coupler, 0, 0], radius: 0.02}}]
  rocker:
    position: [0.5, 0, 0]
    joint: {type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, 0.25], radius: 0.02}}]
couplings:
  loop: {type: point, links: [coupler, rocker], at: [coupler, 0, 0], to: [0, 0, 0.25]}
start:
  coupler: -0.10014219360323647
  rocker: -0.010020248588641211
  crank.velocity: 4
  coupler.velocity: -4.016097456709678
  rocker.velocity: 3.1969418105255736
"""
"""Crank 0.2 m, coupler 0.5 m, rocker 0.25 m over 0.5 m: closed at the start, and moving so."""

GRIPPER = """
name: gripper
ground: false
links:
  left:
    position: [0, 0.03, 0]
    joint: {type: hinge, axis: [1, 0, 0], damping: 0.1, armature: 0.01}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -0.1], radius: 0.01}}]
  right:
    position: [0, -0.03, 0]
    joint: {type: hinge, axis: [1, 0, 0], damping: 0.1, armature: 0.01}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -0.1], radius: 0.01}}]
couplings:
  right: {follows: left, ratio: -1, offset: 0.1}
actuators:
  left: {type: position, kp: 2, kd: 0.05}
start: {left: 0.05, right: 0.05}
"""

TANGLE = """
name: tangle
ground: false
parameters:
  arm: {value: 0.4, min: 0.3, max: 0.5, unit: m}
  rho: {value: 900, min: 500, max: 1500, unit: kg/m^3}
fluid: {density: rho, viscosity: 0.3, wind: [0.2, -0.4, 0.1]}
links:
  base:
    joint: {type: free}
    shapes: [{box: {size: [0.2, 0.1, 0.05], center: [0.01, 0.02, 0]}, density: 800}]
  one:
    parent: base
    position: [0.1, 0, 0]
    joint: {type: hinge, axis: [0, 1, 0.2]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0.7 * arm, 0.2 * arm, 0], radius: 0.02}}]
  two:
    parent: one
    position: [0.7 * arm, 0.2 * arm, 0]
    joint: {type: slide, axis: [1, 0, 0.5]}
    shapes:
      - capsule: {from: [0, 0, 0], to: [0, 0, arm], radius: 0.03}
      - box: {size: [0.1, 0.05, 0.02], center: [0.1, 0, 0.1], rotation: [0.3, 0.1, 0]}
  three:
    parent: base
    position: [-0.1, 0, 0.1]
    joint: {type: hinge, axis: [1, 0, 0]}
    shapes: [{ellipsoid: {semi_axes: [0.05, 0.1, 0.15], center: [0, 0, 0.1]}}]
tendons:
  sum:
    joints: {one: 0.5 * arm, two: -2, three: 0.1}
    stiffness: 30
    damping: 2
    rest: [-0.05, 0.02]
  plain: {joints: {one: 1, three: -0.5}, stiffness: 4, rest: 0.3}
couplings:
  follow: {joint: three, follows: one, polynomial: [0.1, 0.5, -0.2, 0.05, 0.01], stiffness: 20}
  held: {type: tendon, tendon: plain, follows: sum, ratio: 0.4, stiffness: 10}
  tip: {type: point, links: [two, world], at: [0, 0.1, arm], to: [0.3, 0.1, 0.4], stiffness: 300}
  clamp:
    type: weld
    links: [base, three]
    at: [-0.1, 0.02, 0.15]
    to: [0, 0, 0.05]
    rotation: [0.2, 0, 0]
    stiffness: 50
    turning_stiffness: 3
actuators:
  pull: {tendon: sum, type: position, kp: 20, kd: 1, gear: 1.5}
"""


@cache
def built(text: str):
    return jax.jit(lambda: rd.build_model(rd.parse_robot(text)))()


@cache
def engine(text: str) -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(export_mjcf(built(text)))


@jax.jit
def look(model, q, v):
    """Force of the joint laws but for couplings, and J and error of the couplings."""
    model = add_batch(model)
    slack = eqx.tree_at(
        lambda m: (m.couplings.stiffness, m.couplings.turning_stiffness, m.actuators.force_limit),
        model,
        replace_fn=lambda x: 1e-30 * jnp.ones_like(x),
    )
    parts = slack, q[:, None], v[:, None], jnp.zeros((model.nu, 1)), 0.0, 0.0
    scene = set_scene(prepare(slack), *parts[1:])
    springs = scene.ties.springs
    return joint_laws(scene, v[:, None]).force[:, 0], springs.J[..., 0], springs.error[:, 0]


def random_states(mj: mujoco.MjModel, count: int):
    """Random q and v, and MuJoCo's data there."""
    rng, data = np.random.default_rng(0), mujoco.MjData(mj)
    for _ in range(count):
        data.qpos[:] = mj.qpos0 + rng.normal(size=mj.nq)
        data.qvel[:] = rng.normal(size=mj.nv)
        mujoco.mj_normalizeQuat(mj, data.qpos)
        mujoco.mj_forward(mj, data)
        yield data.qpos.copy(), data.qvel.copy(), data


def test_passive_forces_are_those_of_mujoco():
    model, mj = built(TANGLE), engine(TANGLE)
    for q, v, data in random_states(mj, 20):
        wanted = data.qfrc_passive
        assert np.abs(look(model, q, v)[0] - wanted).max() < 1e-9 * np.abs(wanted).max()


def test_errors_and_their_jacobians_are_those_of_mujoco():
    model, mj = built(TANGLE), engine(TANGLE)
    for q, v, data in random_states(mj, 5):
        _, J, error = look(model, q, v)
        theirs = np.zeros((data.nefc, mj.nv))
        for row, unit in zip(theirs.T, np.eye(mj.nv), strict=True):
            column = np.zeros(data.nefc)
            mujoco.mj_mulJacVec(mj, data, column, unit)
            row[:] = column
        rows = {i: np.flatnonzero((data.efc_type == 0) & (data.efc_id == i)) for i in range(4)}
        # Ours: both followers, x of the points of tip and clamp, then y, then z.
        order = [*rows[0], *rows[1], *(rows[i][axis] for axis in range(3) for i in (2, 3))]
        np.testing.assert_allclose(error[:8], data.efc_pos[order], atol=1e-12)
        np.testing.assert_allclose(J[:8], theirs[order], atol=1e-12)


def test_the_turn_of_a_weld_changes_with_its_jacobian():
    model = built(TANGLE)
    v = np.array([0.1, 0.2, 0.3, 0.3, -0.2, 0.5, 0, 0, 0.7])
    turned = np.array(model.start_q)
    np.testing.assert_allclose(look(model, turned, v)[2][8:], [np.sin(0.2), 0, 0], atol=1e-12)
    turned[-1] = 0.199
    _, J, error = look(model, turned, v)
    np.testing.assert_allclose(error[8:], [np.sin(0.001), 0, 0], atol=1e-12)
    h, ends = 1e-6, []
    for sign in (-1, 1):
        q = turned.copy()
        q[3:7] = Rotation.from_rotvec(sign * h * v[3:6]).as_quat(scalar_first=True)
        q[-1] += sign * h * v[-1]
        ends.append(np.asarray(look(model, q, v)[2]))
    rate = (ends[1] - ends[0])[8:] / (2 * h)
    # They differ by half of error x turning.
    np.testing.assert_allclose(rate, (J @ v)[8:], atol=1e-3)


move = jax.jit(
    lambda model, start, command, dt, steps: rd.rollout(model, start, command, dt=dt, steps=steps),
    static_argnums=(3, 4),
)


@cache
def swing(dt: float, duration: float = 1.0) -> rd.Trajectory:
    model = built(FOUR_BAR)
    return move(model, rd.initial_state(model), None, dt, round(duration / dt))


def gap_of_loop(model, q) -> np.ndarray:
    """Distance of the two points of the four-bar linkage at each q."""
    poses = jax.vmap(lambda one: rd.link_poses(model, one))(q)
    position = np.asarray(poses.position)
    R = np.asarray(poses.rotation).reshape(*position.shape, 3)
    tip = position[:, 1] + R[:, 1] @ [0.5, 0, 0]
    return np.linalg.norm(tip - position[:, 2] - R[:, 2] @ [0, 0, 0.25], axis=1)


def test_a_four_bar_linkage_stays_closed_and_keeps_its_energy():
    model, motion = built(FOUR_BAR), swing(0.002)
    q = np.asarray(motion.q)
    assert gap_of_loop(model, q).max() < 1e-4
    assert np.ptp(q[:, 0]) > 4.0, "it turns"
    energies = jax.jit(jax.vmap(lambda q, v: rd.energy(model, rd.State(q, v))))(motion.q, motion.v)
    assert np.ptp(energies.total) < 0.01 * np.max(energies.kinetic)


@pytest.mark.slow
def test_a_four_bar_linkage_moves_as_in_mujoco():
    mj = mujoco.MjModel.from_xml_string(export_mjcf(built(FOUR_BAR), timestep=1e-5))
    mj.eq_solref[:], mj.eq_solimp[0, :2] = [1e-3, 1.0], 0.9999
    data, duration = mujoco.MjData(mj), 0.3
    mujoco.mj_resetDataKeyframe(mj, data, 0)
    for _ in range(round(duration / 1e-5)):
        mujoco.mj_step(mj, data)
    model = built(FOUR_BAR)
    firmer = eqx.tree_at(lambda m: m.couplings.stiffness, model, 100 * model.couplings.stiffness)

    def error(model, dt):
        end = move(model, rd.initial_state(model), None, dt, round(duration / dt)).q[-1]
        return np.abs(end - data.qpos).max()

    errors = [error(firmer, dt) for dt in (0.004, 0.001, 0.00025)]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]
    assert errors[2] < 1e-4
    assert error(model, 0.001) < 2e-3, "as firm as by default, it gives way a little"


def test_a_mimic_gripper_is_tied_while_it_moves():
    model = built(GRIPPER)
    command = 0.3 + 0.4 * np.sin(8 * 0.002 * np.arange(500))[:, None]
    motion = move(model, rd.initial_state(model), command, 0.002, 500)
    q = np.asarray(motion.q)
    assert np.ptp(q[:, 0]) > 0.4
    assert np.abs(q[:, 1] - (0.1 - q[:, 0])).max() < 1e-5


def test_a_tendon_between_two_masses_rests_where_its_springs_balance():
    text = """
    {name: scale, ground: false, gravity: [0, 0, -9.81], links: {
      a: {joint: {type: slide, axis: [0, 0, 1], damping: 5},
          inertial: {mass: 1.5, inertia: [1, 1, 1]}},
      b: {joint: {type: slide, axis: [0, 0, 1], damping: 5},
          inertial: {mass: 1, inertia: [1, 1, 1]}}},
     tendons: {rope: {joints: {a: 1, b: 1}, stiffness: 200, rest: [-0.1, 0.1]},
               stop: {joints: {a: 2, b: -1}, stiffness: 40, rest: 0.05}}}
    """
    model = built(text)
    motion = move(model, rd.initial_state(model), None, 0.01, 2000)
    # 200 (L + 0.1) + 80 (S - 0.05) = -1.5 g and 200 (L + 0.1) - 40 (S - 0.05) = -g
    beyond = np.linalg.solve([[200, 80], [200, -40]], [-1.5 * 9.81, -9.81])
    L, S = beyond + np.array([-0.1, 0.05])
    a, b = np.asarray(motion.q[-1])
    np.testing.assert_allclose([a + b, 2 * a - b], [L, S], atol=1e-6)


def test_soft_equalities_give_way_as_far_as_in_mujoco(tmp_path):
    file = tmp_path / "soft.xml"
    file.write_text("""
    <mujoco><default><geom contype="0" conaffinity="0"/></default><worldbody>
      <body name="a"><joint name="a" axis="0 1 0" damping="1"/>
        <geom size=".05" pos=".3 0 0"/></body>
      <body name="b" pos="0 1 0"><joint name="b" type="slide" axis="0 0 1" damping="5"/>
        <geom size=".1"/></body>
      <body name="c" pos="0 2 0"><freejoint/><geom type="box" size=".1 .2 .05" pos=".02 0 0"/>
      </body>
    </worldbody><equality>
      <joint joint1="a" joint2="b" polycoef="0 1 0 0 0" solref=".1 1" solimp=".8 .8 .01"/>
      <joint joint1="b" solref="-300 -20" solimp=".9 .9 .01"/>
      <weld body1="c" anchor=".1 2 .1" torquescale="1.5" solref=".03 1" solimp=".9 .9 .01"/>
    </equality></mujoco>""")
    mj = mujoco.MjModel.from_xml_path(str(file))
    data = mujoco.MjData(mj)
    for _ in range(8000):
        mujoco.mj_step(mj, data)
    spec = rd.parse_robot(convert(file).text)
    model = jax.jit(lambda: rd.build_model(spec))()
    motion = move(model, rd.initial_state(model), None, 0.01, 1500)
    assert np.abs(data.qpos - model.start_q).max() > 0.01, "it gives way"
    np.testing.assert_allclose(motion.q[-1], data.qpos, atol=1e-5)


@pytest.mark.parametrize(
    "text", [FOUR_BAR, pytest.param(TANGLE, marks=pytest.mark.slow)], ids=["loop", "tangle"]
)
def test_gradients_are_central_differences(text):
    spec = rd.parse_robot(text)
    design = rd.Design.from_spec(spec)
    names = list(design.names)

    def end(values, speed):
        model = rd.build_model(spec, design.replace(**dict(zip(names, values, strict=True))))
        state = rd.initial_state(model)
        state = rd.State(state.q, state.v + speed * (1.0 + 0.3 * jnp.arange(model.nv)))
        motion = rd.rollout(model, state, jnp.full((8, model.nu), 0.2), dt=0.004, steps=8)
        return jnp.sum(jnp.sin(motion.q[-1])) + jnp.sum(motion.torque)

    both = jax.jit(jax.value_and_grad(lambda x: end(x[:-1], x[-1])))
    x = jnp.array([*(design.values[name] for name in names), 0.7])
    _, reverse = both(x)
    for k, name in enumerate([*names, "speed"]):
        h = 1e-5 * x[k] * jnp.eye(len(x))[k]
        difference = (both(x + h)[0] - both(x - h)[0]) / (2e-5 * x[k])
        np.testing.assert_allclose(reverse[k], difference, rtol=1e-6, err_msg=name)
