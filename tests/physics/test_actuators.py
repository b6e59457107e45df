"""Motors and servos: MuJoCo's forces within the limits, smooth saturation at the limits."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics import actuators
from robodiff.physics.joint_rows import (
    at_drives,
    collect_torque,
    joint_rows,
    places_of,
    spread_command,
)
from robodiff.physics.layout import add_batch
from robodiff.physics.rollout import rollout
from robodiff.physics.step import step
from robodiff.physics.sums import tree_sum
from robodiff.robot import build_model, parse_robot
from tests.bodies import Body, build, state
from tests.oracle import Oracle, relative_error
from tests.trees import random_model, random_state

RAIL = {"joint": "slide", "axis": (1.0, 0.0, 0.0), "mass": 2.0}


@jax.jit
def _drive(model, q, v, command):
    """Torque and slope of each actuator, in the order of the file."""
    topology, drives = model.topology, joint_rows(model).drives
    angle = tree_sum(places_of(topology).angle, q[:, None])[:, 0]
    spread = spread_command(topology, command)
    law = actuators.drive(drives, *(at_drives(topology, x) for x in (angle, v)), spread, 0.0)
    return [collect_torque(topology, part) for part in law]


def test_forces_within_limits_are_mujocos():
    model = random_model(0)
    oracle = Oracle(model, "actuators")
    rng = np.random.default_rng(0)
    ours, theirs = [], []
    for seed in range(100):
        at, command = random_state(model, seed), rng.normal(size=model.nu)
        torque, _ = _drive(add_batch(model), at.q[:, None], at.v[:, None], command[:, None])
        data = oracle.at(at.q, at.v, ctrl=command)
        ours.append(np.asarray(torque[:, 0]))
        theirs.append(data.actuator_force * oracle.model.actuator_gear[:, 0])
    assert relative_error(ours, theirs) < 1e-9


@pytest.mark.parametrize("share", [-10.0, -1.0, -0.8, 0.0, 0.5, 0.8, 1.0, 10.0])
def test_clamp_is_smooth_and_holds(share):
    clamp = lambda x: actuators.smooth_clamp(x, jnp.asarray(4.0))[0]  # noqa: E731
    value, slope = actuators.smooth_clamp(jnp.asarray(4.0 * share), jnp.asarray(4.0))
    assert abs(value) <= 4.0
    if abs(share) <= 0.8:
        np.testing.assert_allclose(value, 4.0 * share, rtol=0.03)
    np.testing.assert_allclose(jax.grad(clamp)(4.0 * share), slope, rtol=1e-6)
    assert slope > 0.0


@pytest.mark.parametrize("share", [-10.0, -1.0, -0.5, 0.0, 0.8, 1.0, 3.0])
def test_clamp_and_its_slope_have_the_derivatives_of_differences(share):
    for argument in (0, 1):
        at = [jnp.asarray(4.0 * share), jnp.asarray(4.0)]
        value = lambda x: actuators.smooth_clamp(*at[:argument], x, *at[argument + 1 :])  # noqa: B023, E731
        e = 1e-6
        up, down = (np.array(value(at[argument] + sign * e)) for sign in (1, -1))
        found = np.array(jax.jacfwd(value)(at[argument]))
        np.testing.assert_allclose(found, (up - down) / (2 * e), rtol=1e-6, atol=1e-9)


def test_a_motor_asked_for_far_more_than_its_limit_has_finite_derivatives():
    grads = jax.grad(lambda x, limit: sum(actuators.smooth_clamp(x, limit)), (0, 1))
    assert np.isfinite(grads(1e9, 1e-3)).all()
    assert np.isfinite(grads(0.0, 1e-30)).all()


@pytest.mark.parametrize("speed", [-25.0, -19.9, -3.0, 0.0, 3.0, 19.9, 25.0])
def test_the_torque_left_falls_with_speed_in_the_driving_direction(speed):
    """Full when braking, 1 - speed / no-load speed when driving, 1 % at and beyond that."""
    drives = actuators.Drives(*(jnp.full(1, x) for x in (1.0, 1.0, 0.0, 0.0, 8.0, 1 / 20.0)))
    limit = lambda force: actuators._limited(drives, jnp.full(1, force), jnp.full(1, speed))[0]  # noqa: E731
    np.testing.assert_allclose(limit(1e6), 8.0 * np.clip(1 - speed / 20, 0.01, 1), rtol=1e-6)
    np.testing.assert_allclose(limit(-1e6), -8.0 * np.clip(1 + speed / 20, 0.01, 1), rtol=1e-6)


def test_a_motor_at_rest_feels_that_its_limits_move_with_speed():
    drives = actuators.Drives(*(jnp.full(1, x) for x in (1.0, 1.0, 0.0, 0.0, 8.0, 1 / 20.0)))
    force = lambda v: actuators._limited(drives, jnp.full(1, 7.0), v)[0][0]  # noqa: E731
    e = 1e-5
    ahead, behind = (force(jnp.full(1, sign * e)) for sign in (1, -1))
    found = jax.grad(lambda v: force(jnp.full(1, v)))(0.0)
    np.testing.assert_allclose(found, (ahead - behind) / (2 * e), rtol=1e-4)
    assert abs(found) > 1e-3


def test_torque_reported_is_gear_times_force():
    model = build(Body(**RAIL, actuator="motor", gear=3.0), gravity=(0, 0, 0), ground=False)
    path = rollout(model, state(model), jnp.full((5, 1), 2.0), dt=0.01, steps=5)
    np.testing.assert_allclose(path.torque, 6.0, rtol=1e-6)
    np.testing.assert_allclose(path.v[-1, 0], 6.0 / 2.0 * 0.05, rtol=1e-6)


def test_motor_never_exceeds_its_limit():
    body = Body(**RAIL, actuator="motor", gear=3.0, force_limit=5.0)
    model = build(body, gravity=(0, 0, 0), ground=False)
    path = rollout(model, state(model), jnp.full((5, 1), 100.0), dt=0.01, steps=5)
    assert (path.torque <= 15.0 + 1e-9).all()
    np.testing.assert_allclose(path.torque, 15.0, rtol=1e-3)


def test_motor_runs_up_to_its_no_load_speed():
    body = Body(**RAIL, actuator="motor", gear=2.0, force_limit=5.0, no_load_speed=10.0)
    model = build(body, gravity=(0, 0, 0), ground=False)
    path = rollout(model, state(model), jnp.full((1000, 1), 5.0), dt=0.005, steps=1000)
    speed = np.asarray(path.v[:, 0])
    assert speed[100] < speed[-1]
    np.testing.assert_allclose(speed[-1], 10.0 / 2.0, rtol=0.05)


@pytest.mark.parametrize("kp", [1e2, 1e5, 1e8])
def test_stiff_servo_is_stable_and_arrives(kp):
    """Explicit integration would blow up from kp h^2 / m = 4 on; the last one has 5000."""
    body = Body(**RAIL, actuator="position", kp=kp, kd=2 * np.sqrt(2.0 * kp))
    model = build(body, gravity=(0, 0, 0), ground=False)
    path = rollout(model, state(model), jnp.full((500, 1), 0.3), dt=0.01, steps=500)
    np.testing.assert_allclose(path.q[-1], 0.3, atol=1e-6)
    assert path.q.max() < 0.3 * 1.06


def test_servo_target_is_at_the_motor_side():
    body = Body(**RAIL, actuator="position", kp=100.0, kd=30.0, gear=4.0)
    model = build(body, gravity=(0, 0, 0), ground=False)
    path = rollout(model, state(model), jnp.full((500, 1), 1.0), dt=0.01, steps=500)
    np.testing.assert_allclose(path.q[-1], 1.0 / 4.0, atol=1e-6)


def test_velocity_servo_reaches_its_speed():
    body = Body(**RAIL, actuator="velocity", kd=30.0, gear=4.0)
    model = build(body, gravity=(0, 0, 0), ground=False)
    path = rollout(model, state(model), jnp.full((200, 1), 2.0), dt=0.01, steps=200)
    np.testing.assert_allclose(path.v[-1], 2.0 / 4.0, rtol=1e-9)


def test_armature_is_extra_inertia():
    model = build(Body(**RAIL, armature=3.0, actuator="motor"), gravity=(0, 0, 0), ground=False)
    end = step(model, state(model), jnp.array([10.0]), 0.01)
    np.testing.assert_allclose(end.v, 10.0 / (2.0 + 3.0) * 0.01, rtol=1e-9)


def test_dry_friction_stops_a_sliding_joint_and_holds_it():
    model = build(Body(**RAIL, friction=4.0), gravity=(1.0, 0, 0), ground=False)
    path = rollout(model, state(model, v=[0.5]), dt=0.002, steps=500)
    # pull 2 N, friction 4 N: decelerates at 1 m/s^2, stops after 0.125 m, then creeps
    np.testing.assert_allclose(path.q[-1], 0.125, rtol=0.02)
    assert abs(path.v[-1, 0]) < 1e-3


def test_joint_limit_holds_a_weight():
    body = Body("slide", axis=(0, 0, 1), mass=2.0, limits=(-0.1, 0.5), limit_stiffness=1e4)
    model = build(body, gravity=(0, 0, -10.0), ground=False)
    path = rollout(model, state(model), dt=0.002, steps=1000)
    np.testing.assert_allclose(path.q[-1], -0.1 - 20.0 / 1e4, atol=1e-5)
    np.testing.assert_allclose(path.v[-1], 0.0, atol=1e-6)


def test_two_motors_on_one_joint_add_up():
    model = random_model(0)
    topology = model.topology
    first = topology.actuator_links[0]
    twice = replace(
        topology,
        actuator_names=("one", "two"),
        actuator_links=(first, first),
        actuator_kinds=("motor", "motor"),
    )
    pair = jax.tree.map(lambda leaf: leaf[:2], model.actuators)
    new = (jnp.array([2.0, 3.0]), jnp.zeros(2), jnp.zeros(2))
    gears = eqx.tree_at(lambda a: (a.gear, a.stiffness, a.damping), pair, new)
    model = replace(model, topology=twice, actuators=gears)
    at = random_state(model, 0)
    torque, _ = _drive(add_batch(model), at.q[:, None], at.v[:, None], jnp.array([[0.01], [0.02]]))
    law = joint_rows(add_batch(model)).drives
    assert law.gear.shape == (2 * model.nv, 1)
    np.testing.assert_allclose(torque[:, 0], [0.02, 0.06], rtol=1e-6)


ONE_SIDED = """
name: cart
gravity: [0, 0, 0]
ground: false
links:
  cart:
    joint: {name: rail, type: slide, axis: [1, 0, 0]}
    shapes: [{box: {size: [1, 1, 1]}, mass: 2}]
actuators: {push: {joint: rail, gear: GEAR, torque_limit: LIMITS}}
"""


@pytest.mark.parametrize("limits", [(-2.0, 8.0), (0.0, 5.0), (1.0, 3.0), (-4.0, -1.0)])
def test_limits_that_differ_by_direction(limits):
    """Force of one step against MuJoCo's clamp; no command is no force where 0 is allowed."""
    text = ONE_SIDED.replace("LIMITS", str(list(limits)))
    model = build_model(parse_robot(text.replace("GEAR", "-3")))
    middle = np.clip(0.0, *limits)
    commands = jnp.array([-100.0, 0.0, middle + 0.5 * (limits[1] - middle), 100.0])
    step = jax.jit(
        jax.vmap(lambda c: rollout(model, state(model), c[None, None], dt=0.01, steps=1))
    )
    path = step(commands)
    force = path.torque[:, 0, 0] / -3.0
    np.testing.assert_allclose(force, np.clip(commands, *limits), rtol=5e-3, atol=1e-8)
    np.testing.assert_allclose(path.v[:, 1, 0], -3.0 * force * 0.01 / 2.0, rtol=1e-6, atol=1e-12)


def test_limits_of_both_directions_have_slopes():
    drives = actuators.Drives(*(jnp.full(1, x) for x in (1.0, 1.0, 0.0, 0.0, 8.0, 0.05, -2.0)))

    def force(x):
        return actuators._limited(drives, x[None], jnp.full(1, 4.0))

    for x in (-9.0, -1.5, -0.1, 0.2, 5.0, 7.5, 20.0):
        slope = force(jnp.array(x))[1].item()
        e = 1e-6
        up, down = (force(jnp.array(x + sign * e))[0].item() for sign in (1, -1))
        np.testing.assert_allclose((up - down) / (2 * e), slope, rtol=1e-5, atol=1e-9)
    assert force(jnp.array(100.0))[0].item() <= 8.0 * 0.8  # at 4 of 20 rad/s
    assert force(jnp.array(-100.0))[0].item() >= -2.0  # whole when braking
