"""A ground of heights: exact distances, a plane's motion where it is one, rest, and derivatives."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import robodiff as rd
from robodiff.physics.heightfield import Grid, height, nearest_ground
from robodiff.robot import parse_robot

HALF = 1.5, 1.0
STIFFNESS = 2e4


def hills(rows: int = 21, columns: int = 31) -> np.ndarray:
    x, y = np.linspace(-HALF[0], HALF[0], columns), np.linspace(-HALF[1], HALF[1], rows)
    return 0.15 * np.sin(2 * x) * np.cos(2.5 * y)[:, None]


def robot(heights: np.ndarray | None, shapes: str, start: str, more: str = "", size=(3, 2)):
    """A free body on a ground whose rows go up in y."""
    rows = None if heights is None else heights[::-1].tolist()
    field = f"{{heightfield: {{size: {list(size)}, heights: {rows}{more}}}}}"
    return rd.build_model(
        parse_robot(f"""
name: body
contact: {{stiffness: {STIFFNESS}}}
ground: {"true" if rows is None else field}
links:
  body: {{joint: {{type: free}}, friction: 0.3, shapes: [{shapes}]}}
start: {{{start}}}
""")
    )


def roll(model, start, steps):
    return jax.jit(lambda m, s: rd.rollout(m, s, dt=0.004, steps=steps))(model, start)


def column(values) -> jax.Array:
    return jnp.asarray(values, float)[:, None, None]


def test_heights_pass_through_the_grid_and_slopes_are_theirs():
    grid, size = Grid.of(hills()), [jnp.full((1, 1, 1), v) for v in (*HALF, 1.0)]
    y, x = np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-1.5, 1.5, 31), indexing="ij")
    z, *_ = height(grid, size, column(x.ravel()), column(y.ravel()))
    np.testing.assert_allclose(np.ravel(z), hills().ravel(), atol=1e-14)
    x, y = np.random.default_rng(1).uniform(-1.4, 1.4, (2, 200)) * [[1.0], [0.65]]
    measure = jax.jit(lambda x, y: height(grid, size, x, y))

    def of(x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        return [np.ravel(part) for part in measure(column(x), column(y))]

    z, gx, gy, xx, xy, yy = of(x, y)
    e = 1e-5
    (px, *of_px), (mx, *of_mx) = of(x + e, y), of(x - e, y)
    (py, *of_py), (my, *of_my) = of(x, y + e), of(x, y - e)
    np.testing.assert_allclose([gx, gy], [(px - mx) / 2 / e, (py - my) / 2 / e], atol=1e-8)
    bent = [(of_px[0] - of_mx[0]), (of_py[0] - of_my[0]), (of_py[1] - of_my[1])]
    np.testing.assert_allclose([xx, xy, yy], np.array(bent) / 2 / e, atol=1e-3)
    z, gx, *_ = of(np.array([1.5, 2.0]), np.zeros(2))  # as high beyond the edge as there
    np.testing.assert_allclose([z[0], gx[1]], [z[1], 0.0], atol=1e-14)


def test_distance_is_exact_on_both_sides():
    grid, size = Grid.of(hills()), [jnp.full((1, 1, 1), v) for v in (*HALF, 1.0)]
    x, y = np.random.default_rng(2).uniform(-0.9, 0.9, (2, 300)) * [[1.5], [1.0]]
    z, gx, gy, *_ = (np.ravel(part) for part in height(grid, size, column(x), column(y)))
    normal = np.stack([-gx, -gy, np.ones_like(gx)]) / np.sqrt(1 + gx**2 + gy**2)
    measure = jax.jit(lambda p: nearest_ground(grid, size, p))
    for far in (-0.01, 0.0, 0.05, 0.2):
        place = np.stack([x, y, z]) + far * normal
        distance, found = measure([column(part) for part in place])
        np.testing.assert_allclose(np.ravel(distance), far, atol=1e-13)
        np.testing.assert_allclose(np.squeeze(jnp.stack(found)), normal, atol=1e-12)
    distance, _ = measure([column(part) for part in (x, y, z + 1.0)])
    assert np.min(distance) > 0.5  # far away, it is never close


SHAPES = "{sphere: {radius: 0.1}}, {box: {size: [0.1, 0.2, 0.05], center: [0.2, 0, 0]}}"


OTHERS = (
    "{cylinder: {radius: 0.1, length: 0.2}}, {ellipsoid: {semi_axes: [0.1, 0.15, 0.2], "
    "center: [0.3, 0, 0]}}, {capsule: {radius: 0.05, length: 0.2, center: [0, 0.2, 0]}}"
)


@pytest.mark.slow
@pytest.mark.parametrize("shapes", [SHAPES, OTHERS])
def test_a_tilted_grid_is_a_plane_under_tilted_gravity(shapes):
    turn = Rotation.from_euler("xy", [0.15, -0.25])
    normal = turn.apply([0, 0, 1])
    x, y = np.linspace(-3, 3, 7), np.linspace(-2, 2, 5)
    plane = -(normal[0] * x + normal[1] * y[:, None]) / normal[2]
    q = np.array([0.1, 0.05, 0.16, *np.roll(Rotation.from_euler("x", 0.2).as_quat(), 1)])
    v = np.array([0.4, -0.3, -0.5, 0.5, 0.2, -0.4])
    turned = (turn * Rotation.from_quat(np.roll(q[3:], -1))).as_quat()
    on_slope = np.array([*turn.apply(q[:3]), *np.roll(turned, 1)])
    slope = robot(plane, shapes, "", size=(6, 4))
    flat = rd.build_model(
        parse_robot(f"""
name: body
contact: {{stiffness: {STIFFNESS}}}
gravity: {turn.inv().apply([0, 0, -9.81]).tolist()}
links:
  body: {{joint: {{type: free}}, friction: 0.3, shapes: [{shapes}]}}
""")
    )
    ours = roll(slope, rd.State(jnp.array(on_slope), jnp.array([*turn.apply(v[:3]), *v[3:]])), 60)
    theirs = roll(flat, rd.State(jnp.array(q), jnp.array(v)), 60)
    assert np.abs(theirs.contact_force).max() > 1.0
    np.testing.assert_allclose(
        turn.inv().apply(np.array(ours.q[:, :3])), theirs.q[:, :3], atol=1e-9
    )
    force = turn.inv().apply(np.array(ours.contact_force).reshape(-1, 3))
    np.testing.assert_allclose(force, np.reshape(theirs.contact_force, (-1, 3)), atol=1e-6)


def test_a_ball_swings_in_a_bowl_as_a_pendulum_and_sinks_by_its_weight():
    x = np.linspace(-1, 1, 41)
    bowl = 0.5 * (x**2 + x[:, None] ** 2)  # a sphere of radius 1 at its bottom
    ball = "{sphere: {radius: 0.1}, mass: 2, friction: 0}"
    more = ", position: [0.3, 0, 0.1], rotation: [0, 0, 0.5]"
    weight, rate = 2 * 9.81, np.sqrt(9.81 / 0.9)
    deep = weight / STIFFNESS
    start = f"body.x: 0.31, body.z: {0.2 - deep + 0.01**2 / 1.8}"
    model = robot(bowl, ball, start, more, (2, 2))
    end = roll(model, rd.initial_state(model), round(np.pi / rate / 0.004))
    np.testing.assert_allclose(end.q[:, 0], 0.3 + 0.01 * np.cos(rate * end.time), atol=5e-5)
    np.testing.assert_allclose(end.q[:, 1], 0, atol=1e-9)
    np.testing.assert_allclose(end.q[-1, 2], end.q[0, 2], atol=2e-6)
    np.testing.assert_allclose(end.contact_force[:, 0, 2], weight, rtol=2e-3)


@pytest.mark.slow
def test_a_box_that_sticks_to_a_slope_presses_with_its_share_of_the_weight():
    x, slope = np.linspace(-1, 1, 11), 0.2
    ramp = np.tan(slope) * x + 0 * x[:, None]
    start = f"body.z: {0.05 / np.cos(slope)}, body.rotation: [0, {-slope}, 0]"
    box = robot(ramp, "{box: {size: [0.2, 0.2, 0.1]}, mass: 1, friction: 0.9}", start, "", (2, 2))
    end = roll(box, rd.initial_state(box), 250)
    total = np.sum(end.contact_force[-1], axis=0)
    np.testing.assert_allclose(total, [0, 0, 9.81], atol=1e-2)
    normal = np.array([-np.sin(slope), 0, np.cos(slope)])
    deep = 0.05 - np.asarray(end.q[-1, :3]) @ normal
    np.testing.assert_allclose(deep, 9.81 * np.cos(slope) / (4 * STIFFNESS), rtol=1e-2)


@pytest.mark.slow
def test_one_step_has_the_derivatives_of_differences():
    model = robot(hills(), SHAPES, "", ", scale: 0.9, position: [0.1, 0, 0.02]")
    q = jnp.array([0.35, 0.15, 0.17, 0.99, 0.1, -0.05, 0.02])
    state = rd.State(q.at[3:].divide(jnp.linalg.norm(q[3:])), 0.3 * jnp.ones(6))

    def next_state(x: jax.Array) -> jax.Array:
        terrain = model.terrain
        changed = rd.State(state.q + x[:7], state.v + x[7:13])
        size, place = terrain.size + x[13:16], terrain.position + x[16:19]
        ground = type(terrain)(size, place, terrain.rotation)
        end = rd.step(replace(model, terrain=ground), changed, jnp.zeros(0), 0.004)
        return jnp.concatenate([end.q, end.v])

    step = jax.jit(jax.vmap(next_state))
    e = 1e-6
    ends = step(jnp.concatenate([e * jnp.eye(19), -e * jnp.eye(19), jnp.zeros((1, 19))]))
    assert np.abs(ends[-1, 7:] - state.v).max() > 0.5  # it is pushed
    differences = (ends[:19] - ends[19:38]).T / (2 * e)
    scale = np.abs(differences).max()
    forward = jax.jit(jax.jacfwd(next_state))(jnp.zeros(19))
    np.testing.assert_allclose(forward, differences, atol=1e-6 * scale)
    pull = jnp.sin(jnp.arange(13.0))
    reverse = jax.jit(jax.grad(lambda x: next_state(x) @ pull))(jnp.zeros(19))
    np.testing.assert_allclose(reverse, pull @ forward, atol=1e-9 * scale)
