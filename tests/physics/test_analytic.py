"""Motions whose answer is known on paper."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics.dynamics import energy, forward_dynamics
from robodiff.physics.kinematics import center_of_mass, link_poses, link_velocities
from robodiff.physics.layout import add_batch
from robodiff.physics.model import State
from robodiff.physics.rollout import rollout, rollout_batch
from tests.bodies import Body, build, state

G = 9.81


def test_free_fall_is_exact():
    model = build(Body("free", center=(0.1, 0.0, -0.2)), ground=False)
    v = [1.0, 0.0, 2.0, 0.0, 0.0, 0.0]
    path = rollout(model, state(model, v=v), dt=0.01, steps=100)
    t = np.asarray(path.time)
    np.testing.assert_allclose(path.q[:, 0], t, atol=1e-12)
    np.testing.assert_allclose(path.q[:, 2], 2.0 * t - 0.5 * G * t**2, atol=1e-12)
    np.testing.assert_allclose(path.q[:, 3:], np.tile([1.0, 0, 0, 0], (101, 1)), atol=1e-12)


def test_pendulum_has_the_period_of_a_physical_pendulum():
    mass, length, inertia, amplitude = 2.0, 0.7, 0.05, 0.01
    body = Body(
        "hinge", mass=mass, center=(0, 0, -length), inertia=(inertia, inertia, inertia, 0, 0, 0)
    )
    model = build(body, ground=False)
    period = 2 * np.pi * np.sqrt((inertia + mass * length**2) / (mass * G * length))
    period *= 1 + amplitude**2 / 16
    path = rollout(model, state(model, q=[amplitude]), dt=period / 1000, steps=1000)
    np.testing.assert_allclose(path.q[-1], amplitude, rtol=1e-4)
    np.testing.assert_allclose(path.v[-1], 0.0, atol=1e-6)


def test_hinge_turns_by_the_right_hand():
    """About +y, z turns towards x."""
    model = build(Body("hinge", axis=(0.0, 1.0, 0.0)))
    R = link_poses(model, jnp.array([0.5])).rotation.reshape(3, 3)
    np.testing.assert_allclose(R @ jnp.array([0, 0, 1.0]), [np.sin(0.5), 0, np.cos(0.5)])


def test_spring_oscillates_at_its_frequency():
    model = build(Body("slide", mass=2.0, stiffness=50.0), gravity=(0, 0, 0), ground=False)
    period = 2 * np.pi * np.sqrt(2.0 / 50.0)
    path = rollout(model, state(model, q=[0.1]), dt=period / 4000, steps=4000)
    np.testing.assert_allclose(path.q[-1], 0.1, rtol=0.01)


def test_damper_slows_exponentially():
    model = build(Body("slide", mass=2.0, damping=4.0), gravity=(0, 0, 0), ground=False)
    path = rollout(model, state(model, v=[1.0]), dt=0.001, steps=1000)
    np.testing.assert_allclose(path.v[-1], np.exp(-2.0), rtol=3e-3)


def double_pendulum(integrator="midpoint"):
    arm = {"joint": "hinge", "mass": 1.0, "center": (0, 0, -0.5)}
    return build(
        Body(**arm), Body(**arm, parent=0, position=(0, 0, -1.0)), ground=False,
        integrator=integrator,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("integrator", "bound"), [("midpoint", 4e-3), ("semi_implicit_euler", 0.3)]
)
def test_double_pendulum_keeps_its_energy(integrator, bound):
    model = double_pendulum(integrator)
    path = rollout(model, state(model, q=[2.0, 1.0]), dt=0.002, steps=5000)  # 10 s
    total = jax.vmap(lambda q, v: energy(model, State(q, v)).total)(path.q, path.v)
    assert abs(total - total[0]).max() < bound * abs(total[0])


def test_smooth_motion_runs_back_to_its_start():
    """The step is its own reverse: 0.4 s there, and 0.4 s back with the velocities turned round."""
    model = double_pendulum()
    start = jnp.array([2.0, 1.0])
    there = rollout(model, state(model, q=start), dt=0.002, steps=200)
    back = rollout(model, state(model, q=there.q[-1], v=-there.v[-1]), dt=0.002, steps=200)
    assert abs(there.q[-1] - start).max() > 0.5
    np.testing.assert_allclose(back.q[-1], start, atol=1e-9)
    np.testing.assert_allclose(back.v[-1], 0.0, atol=1e-9)


def floating_chain():
    root = Body("free", center=(0.05, 0.02, -0.03), inertia=(0.02, 0.03, 0.04, 0.005, 0, 0.002))
    arm = {"parent": 0, "mass": 0.5, "center": (0.1, 0, 0.05), "position": (0.1, 0.2, 0)}
    return build(
        root, Body("ball", **arm), Body("hinge", **arm), Body("slide", **arm),
        gravity=(0, 0, 0), ground=False,
    )  # fmt: skip


def momenta(model, q, v):
    """Linear momentum, and angular momentum about the centre of mass, by differentiation in time.

    Independent of the spatial algebra: sums m r' and I w over the links from poses alone.
    """
    poses, speed = link_poses(model, q), link_velocities(model, q, v)
    R = poses.rotation.reshape(-1, 3, 3)
    arm = jnp.einsum("nij,nj->ni", R, model.links.center)
    velocity = speed.linear + jnp.cross(speed.angular, arm)
    xx, yy, zz, xy, xz, yz = model.links.inertia.T
    inertia = jnp.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], axis=1).reshape(-1, 3, 3)
    spin = jnp.einsum("nij,njk,nlk,nl->ni", R, inertia, R, speed.angular)
    linear = model.links.mass[:, None] * velocity
    r = poses.position + arm - center_of_mass(model, q)
    return linear.sum(0), (jnp.cross(r, linear) + spin).sum(0)


def test_momentum_is_conserved_in_free_flight():
    model = floating_chain()
    v = jnp.array([0.3, -0.2, 0.1, 1.0, 2.0, -1.5, 2.0, 1.0, -1.0, 3.0, 0.5])
    path = rollout(model, state(model, v=v), dt=0.001, steps=500)
    linear, angular = jax.vmap(lambda q, v: momenta(model, q, v))(path.q, path.v)
    np.testing.assert_allclose(linear[-1], linear[0], atol=2e-4)
    np.testing.assert_allclose(angular[-1], angular[0], atol=2e-4)


def test_torque_free_top_keeps_energy_and_unit_quaternion():
    body = Body("free", inertia=(0.01, 0.02, 0.03, 0, 0, 0))
    model = build(body, gravity=(0, 0, 0), ground=False)
    path = rollout(model, state(model, v=[0, 0, 0, 0.1, 10.0, 0.1]), dt=0.001, steps=3000)
    omega = np.asarray(path.v[:, 3:])
    assert omega[:, 1].min() < -9.0  # the middle axis is unstable: it flips over (Dzhanibekov)
    kinetic = 0.5 * (omega**2 @ np.array([0.01, 0.02, 0.03]))
    np.testing.assert_allclose(kinetic, kinetic[0], rtol=1e-8)
    np.testing.assert_allclose(np.linalg.norm(path.q[:, 3:], axis=1), 1.0, atol=1e-14)


def test_gravity_does_not_depend_on_where():
    model = floating_chain()
    model = eqx.tree_at(lambda m: m.gravity, model, jnp.array([0.0, 0.0, -G]))
    near = model.start_q
    far = near.at[:3].set(jnp.array([1e3, -1e3, 5e2]))
    zero = jnp.zeros(model.nv)
    a, b = (forward_dynamics(model, q, zero, zero) for q in (near, far))
    np.testing.assert_allclose(a, b, atol=1e-9)
    np.testing.assert_allclose(a[:3], [0, 0, -G], atol=1e-12)


def test_batch_equals_one_by_one():
    model = double_pendulum()
    q, v = jnp.array([[0.3, 1.0, -2.0], [0.1, 0.2, 0.3]]), jnp.zeros((2, 3))
    many = rollout_batch(add_batch(model), State(q, v), dt=0.01, steps=20)
    for i in range(3):
        one = rollout(model, State(q[:, i], v[:, i]), dt=0.01, steps=20)
        np.testing.assert_allclose(many.q[:, :, i], one.q, atol=1e-12)


def test_rollout_has_one_row_a_step_and_the_start():
    model = double_pendulum()
    path = rollout(model, state(model), dt=0.01, steps=7)
    assert path.time.shape == (8,)
    assert path.q.shape == (8, 2)
    assert path.command.shape == (7, 0)
    assert not path.diverged
    assert path.diverged_step == 7


def test_divergence_is_reported_with_its_step():
    model = double_pendulum()
    path = rollout(model, state(model, v=[jnp.nan, 0.0]), dt=0.01, steps=5)
    assert path.diverged
    assert path.diverged_step == 0
