"""Contact with the ground against answers known on paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics.contact import smooth_ramp
from robodiff.physics.kinematics import link_poses
from robodiff.physics.layout import add_batch
from robodiff.physics.rollout import rollout
from robodiff.physics.shapes import (
    contact_point_links,
    contact_point_names,
    contact_points,
    surface_of,
)
from tests.bodies import Body, build, state
from tests.trees import random_quaternions

G = 9.81
STIFFNESS = 2e4
CONTACT = (STIFFNESS, 1e-2, 1e-3, 1e-5)
SHAPES = {
    "sphere": ((0.1, 0, 0), 1),
    "capsule": ((0.05, 0.1, 0), 2),
    "box": ((0.1, 0.2, 0.3), 8),
    "cylinder": ((0.1, 0.2, 0), 8),
    "ellipsoid": ((0.1, 0.2, 0.3), 1),
}
POINTS_AT_REST = {"sphere": 1, "capsule": 1, "box": 4, "cylinder": 4, "ellipsoid": 1}
HALF_HEIGHT = {"sphere": 0.1, "capsule": 0.15, "box": 0.3, "cylinder": 0.2, "ellipsoid": 0.3}


@pytest.mark.parametrize("x", [-3.0, -0.9, 0.0, 0.4, 0.9, 3.0])
def test_ramp_and_its_slope_have_the_derivatives_of_differences(x):
    """By x, and by the width b with steepness 1 / 2b."""
    e = 1e-6
    by_x, by_b = lambda x: smooth_ramp(x, 1.0, 0.5), lambda b: smooth_ramp(x, b, 0.5 / b)
    for ramp, at in ((by_x, x), (by_b, 1.0)):
        up, down = (np.array(ramp(at + sign * e)) for sign in (1, -1))
        found = np.array(jax.jacfwd(ramp)(at))
        np.testing.assert_allclose(found, (up - down) / (2 * e), rtol=1e-6, atol=1e-9)


def body_on_ground(kind, **values):
    return Body("free", mass=2.0, shape=kind, size=SHAPES[kind][0], **values)


def lowest_points(model, q):
    poses = jax.tree.map(lambda leaf: leaf[..., None], link_poses(model, q))
    batched = add_batch(model)
    points = contact_points(batched, surface_of(batched), poses, jnp.zeros((1, 3, 1)))
    return np.asarray(points.arm[..., 0]), np.asarray(points.gap[:, 0])


def lowest_height(kind, size, R):
    """Height of the lowest point of a shape turned by R, from its support function."""
    down = -R[2]
    a, b, c = size
    reach = {
        "sphere": a,
        "capsule": a + b * abs(down[2]),
        "box": abs(down) @ np.array(size),
        "cylinder": a * np.hypot(down[0], down[1]) + b * abs(down[2]),
        "ellipsoid": np.sqrt(((np.array([a, b, c]) * down) ** 2).sum()),
    }
    return -reach[kind]


@pytest.mark.parametrize("kind", SHAPES)
def test_smallest_gap_is_the_distance_to_the_ground(kind):
    model = build(body_on_ground(kind))
    assert len(contact_point_names(model.topology)) == SHAPES[kind][1]
    assert contact_point_links(model.topology) == (0,) * SHAPES[kind][1]
    for quaternion in random_quaternions(np.random.default_rng(0), 5):
        q = jnp.array([0.3, -0.2, 1.0, *quaternion])
        R = np.asarray(link_poses(model, q).rotation).reshape(3, 3)
        arm, gap = lowest_points(model, q)
        np.testing.assert_allclose(arm[:, 2], gap, atol=1e-14)
        expected = 1.0 + lowest_height(kind, SHAPES[kind][0], R)
        np.testing.assert_allclose(gap.min(), expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["sphere", "box", "cylinder", "ellipsoid"])
def test_weight_rests_at_its_static_penetration(kind):
    """Upright: weight = points x stiffness x penetration."""
    model = build(body_on_ground(kind), contact=CONTACT)
    start = state(model, q=[0, 0, HALF_HEIGHT[kind] + 1e-3, 1, 0, 0, 0])
    path = rollout(model, start, dt=0.004, steps=250)
    sunk = 2.0 * G / (POINTS_AT_REST[kind] * STIFFNESS)
    np.testing.assert_allclose(path.q[-1, 2], HALF_HEIGHT[kind] - sunk, atol=0.02 * sunk)
    np.testing.assert_allclose(path.v[-1], 0.0, atol=1e-6)
    total = np.asarray(path.contact_force[-1]).sum(axis=0)
    np.testing.assert_allclose(total, [0, 0, 2.0 * G], atol=1e-3)


@pytest.mark.parametrize("dt", [0.001, 0.01])
def test_drop_comes_to_rest_at_any_step(dt):
    """From 0.5 m: a bounce of at most 2 % of the height, no blow-up, at rest after a second."""
    model = build(body_on_ground("sphere"), contact=CONTACT)
    path = rollout(model, state(model, q=[0, 0, 0.6, 1, 0, 0, 0]), dt=dt, steps=round(1.5 / dt))
    height = np.asarray(path.q[:, 2])
    landed = np.flatnonzero(height < 0.1)[0]
    assert height[landed:].max() < 0.1 + 0.01
    np.testing.assert_allclose(path.v[-1], 0.0, atol=1e-6)


@pytest.mark.parametrize("dt", [0.001, 0.004])
def test_sliding_block_stops_after_its_stopping_distance(dt):
    """v^2 / (2 mu g); its width keeps it from tipping."""
    speed, friction = 2.0, 0.5
    block = Body("free", shape="box", size=(0.2, 0.2, 0.02), shape_friction=friction)
    model = build(block, contact=CONTACT)
    sunk = 1.0 * G / (4 * STIFFNESS)
    start = state(model, q=[0, 0, 0.02 - sunk, 1, 0, 0, 0], v=[speed, 0, 0, 0, 0, 0])
    path = rollout(model, start, dt=dt, steps=round(0.6 / dt))
    np.testing.assert_allclose(path.q[-1, 0], speed**2 / (2 * friction * G), rtol=0.01)
    assert abs(path.v[-1, 0]) < 1e-3


@pytest.mark.parametrize(("angle", "sticks"), [(20.0, True), (30.0, False)])
def test_block_on_an_incline(angle, sticks):
    """Gravity is tilted instead of the ground; tan 26.6 degrees = friction 0.5."""
    angle, friction = np.radians(angle), 0.5
    gravity = (G * np.sin(angle), 0.0, -G * np.cos(angle))
    block = Body("free", shape="box", size=(0.2, 0.2, 0.02), shape_friction=friction)
    model = build(block, contact=CONTACT, gravity=gravity)
    sunk = G * np.cos(angle) / (4 * STIFFNESS)
    path = rollout(model, state(model, q=[0, 0, 0.02 - sunk, 1, 0, 0, 0]), dt=0.002, steps=500)
    if sticks:
        assert abs(path.v[-1, 0]) < 2e-3
    else:
        slide = G * (np.sin(angle) - friction * np.cos(angle))
        np.testing.assert_allclose(path.q[-1, 0], 0.5 * slide, rtol=0.02)


def test_tumbling_box_comes_to_rest_flat():
    model = build(body_on_ground("box"), contact=CONTACT)
    start = state(model, q=[0, 0, 0.5, 1, 0.2, 0.1, 0], v=[1.0, -0.5, 0, 3.0, 0, 2.0])
    path = rollout(model, start, dt=0.004, steps=500)
    pull = np.asarray(path.contact_force[..., 2])
    assert pull.min() >= 0
    np.testing.assert_allclose(path.v[-1], 0.0, atol=1e-3)
    sunk = 2.0 * G / (4 * STIFFNESS)
    half_sizes = np.array(SHAPES["box"][0])
    assert abs(path.q[-1, 2] - (half_sizes - sunk)).min() < 1e-5


def test_rolling_sphere_keeps_rolling():
    """Without slip, v = w r; nothing brakes it."""
    model = build(body_on_ground("sphere", inertia=(0.008, 0.008, 0.008, 0, 0, 0)), contact=CONTACT)
    sunk = 2.0 * G / STIFFNESS
    start = state(model, q=[0, 0, 0.1 - sunk, 1, 0, 0, 0], v=[1.0, 0, 0, 0, 1.0 / (0.1), 0])
    path = rollout(model, start, dt=0.002, steps=300)
    np.testing.assert_allclose(path.v[-1, 0], 1.0, rtol=0.02)
    np.testing.assert_allclose(path.v[-1, 4] * 0.1, path.v[-1, 0], rtol=0.01)


def test_sliding_sphere_starts_to_roll():
    """A sphere of inertia 2/5 m r^2 thrown without spin ends at 5/7 of its speed."""
    inertia = 0.4 * 2.0 * 0.1**2
    sphere = body_on_ground("sphere", inertia=(inertia,) * 3 + (0, 0, 0))
    model = build(sphere, contact=CONTACT)
    sunk = 2.0 * G / STIFFNESS
    start = state(model, q=[0, 0, 0.1 - sunk, 1, 0, 0, 0], v=[1.0, 0, 0, 0, 0, 0])
    path = rollout(model, start, dt=0.002, steps=300)
    np.testing.assert_allclose(path.v[-1, 0], 5 / 7, rtol=0.01)


def test_no_ground_no_contact():
    model = build(body_on_ground("sphere"), ground=False)
    path = rollout(model, state(model), dt=0.01, steps=10)
    assert path.contact_force.shape == (10, 0, 3)
    np.testing.assert_allclose(path.v[-1, 2], -G * 0.1)


@pytest.mark.parametrize("dt", [0.002, 0.004])
def test_ground_never_pulls_and_friction_stays_in_its_cone(dt):
    model = build(body_on_ground("box"), contact=CONTACT)
    start = state(model, q=[0, 0, 0.35, 1, 0.2, 0.1, 0], v=[1.0, -0.5, 0, 3.0, 0, 2.0])
    force = np.asarray(rollout(model, start, dt=dt, steps=int(0.6 / dt)).contact_force)
    normal, tangential = force[..., 2], np.hypot(force[..., 0], force[..., 1])
    assert normal.min() >= 0
    assert (tangential - 0.8 * normal).max() < 1e-5
    assert normal.max() > 100
