"""Contact between bodies has exact derivatives: forward mode equals central differences in every
input, and reverse mode equals forward mode."""

import functools
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from robodiff.physics.kinematics import link_poses
from robodiff.physics.model import Model, State
from robodiff.physics.pairs import pair_points, pair_surface
from robodiff.physics.rollout import rollout_batch
from tests.bodies import Body, build
from tests.fast import FAST
from tests.touching import touching

SIZES = {
    "sphere": (0.1, 0, 0), "capsule": (0.06, 0.12, 0), "box": (0.1, 0.08, 0.06),
    "ellipsoid": (0.1, 0.07, 0.13), "cylinder": (0.08, 0.1, 0), "hull": (0.1, 0.09, 0.12),
}  # fmt: skip
TYPES = [(one, other) for i, one in enumerate(SIZES) for other in list(SIZES)[i:]]
QUICK = [("capsule", "box")]
STEPPED = [("sphere", "hull"), ("capsule", "box"), ("ellipsoid", "cylinder")]
"""Every shape once; beyond its points, tested for all types, a step treats all alike."""
GAPS = (-1e-3, 3e-4)
"""Of the two shapes: in touch, and just apart [m]."""
POSES = 4
"""Of each gap."""
NEAR = 2e-3
"""Points this close count [m]; where far ones are does not matter and may jump."""
STEP = 2e-7
TOLERANCE = 1e-6
DT = 0.004


def quick_first(quick):
    return [two if two in quick else pytest.param(*two, marks=pytest.mark.slow) for two in TYPES]


@pytest.mark.parametrize(("one", "other"), quick_first(QUICK))
def test_places_gaps_normals_and_shares_have_exact_derivatives(one, other):
    model, q, _ = meeting(one, other)

    def measured(columns):
        model_of, q, *_ = unpacked(model, columns)
        places = link_poses(model_of, q)
        surface = pair_surface(model_of)
        assert surface is not None
        points = pair_points(model_of, surface, places, jnp.zeros((1, 3, q.shape[-1])))
        parts = [points.gap[:, None], points.share[:, None], points.arm, points.frame]
        return jnp.concatenate(parts, axis=1).reshape(-1, q.shape[-1])

    def near(result):
        gap = result.reshape(-1, 14, result.shape[-1])[:, :1]
        close = gap < np.repeat(np.maximum(GAPS, 0), POSES) + NEAR
        return np.broadcast_to(close, (len(gap), 14, gap.shape[-1])).reshape(result.shape)

    check(measured, packed(model, q), near)


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other"), STEPPED)
def test_one_step_has_exact_derivatives(one, other):
    """In q, v, the command, sizes and places of both shapes, and all numbers of the contact."""
    model, q, away = meeting(one, other)
    rng = np.random.default_rng(1)
    v = 0.1 * rng.normal(size=(model.nv, q.shape[-1]))
    v[1:4] -= 0.05 * away
    command = rng.normal(size=(1, q.shape[-1]))

    def stepped(columns):
        model_of, q, v, command = unpacked(model, columns)
        path = rollout_batch(model_of, State(q, v), command[None], dt=DT, steps=1)
        assert path.pair_force is not None
        force = path.pair_force[0].reshape(-1, q.shape[-1])
        return jnp.concatenate([path.q[1], path.v[1], abs(force).sum(axis=0)[None]])

    value = check(stepped, packed(model, q, v, command), lambda result: np.ones(result.shape))
    assert (value[-1] > 1e-3).sum() > POSES  # those in touch, and some that will be


@pytest.mark.slow
def test_pushing_a_box_has_exact_derivatives():
    """A ball on a rail strikes a box on rough ground and pushes it on: along random directions of
    all numbers and commands together."""
    ball = Body(
        "slide", axis=(1, 0, 0), position=(-0.23, 0, 0.12), shape="sphere", actuator="motor"
    )
    box = Body("planar", mass=0.5, shape="box", size=(0.1, 0.1, 0.1), shape_friction=0.3)
    model = build(ball, box, contact=(5e3, 1e-2, 1e-2, 1e-4))
    model = touching(model, [(0, 1)], friction=0.3)
    steps, count, width = 80, 4, 1e-6
    push = 4.0 + jnp.sin(jnp.arange(float(steps)))[:, None]
    flat, unflatten = ravel_pytree((numbers(model), model.links, push))
    weights = jnp.array([1.0, 2.0, 0.5, 1.0])

    def moved(columns):
        parts, links, push = jax.vmap(unflatten, in_axes=-1, out_axes=-1)(columns)
        whole = spread(model, columns.shape[-1])
        whole = eqx.tree_at(lambda m: [*numbers(m), m.links], whole, [*parts, links])
        q = jnp.array([0.0, 0.0, 0.0995, 0.0])[:, None] + jnp.zeros(columns.shape[-1])
        path = rollout_batch(whole, State(q, 0 * q), push, dt=DT, steps=steps)
        return weights @ path.q[-1] + 0.01 * path.v[-1].sum(axis=0), path.q[-1]

    @functools.partial(jax.jit, compiler_options=FAST)
    @functools.partial(jax.grad, has_aux=True)
    def gradient(columns):
        values, q = moved(columns)
        return values.sum(), (values, q)

    size = jnp.maximum(abs(flat), 0.01)
    directions = size[:, None] * jax.random.normal(jax.random.key(0), (flat.size, count))
    base = flat[:, None]
    columns = [base + width * directions, base - width * directions, base]
    reverse, (values, q) = gradient(jnp.concatenate(columns, axis=1))
    assert q[1, -1] > 0.05  # the box slid on
    difference = (values[:count] - values[count : 2 * count]) / (2 * width)
    np.testing.assert_allclose(reverse[:, -1] @ directions, difference, rtol=1e-5)


def check(function: Callable, columns: jax.Array, counts: Callable) -> np.ndarray:
    """Compare derivatives of function([n, B]) -> [m, B], whose columns do not depend on each other,
    where `counts` is not zero; returns its value."""
    n, batch = columns.shape
    unit = np.eye(n)[:, :, None] * np.ones((n, n, batch))  # [input, displaced, pose]

    def flat(x):
        return x.reshape(n, -1)

    @functools.partial(jax.jit, compiler_options=FAST)
    def forward(columns, tangents):
        return jax.jvp(function, (columns,), (tangents,))

    many = np.broadcast_to(np.asarray(columns)[:, None], (n, n, batch))
    up, down = (np.asarray(forward(flat(many + sign * STEP * unit), flat(unit))[0])
                for sign in (1, -1))  # fmt: skip
    difference = ((up - down) / (2 * STEP)).reshape(-1, n, batch)
    value, slope = map(np.asarray, forward(flat(many), flat(unit)))
    value, slope = value.reshape(-1, n, batch)[:, 0], slope.reshape(-1, n, batch)
    mask = counts(value)
    assert mask.any(axis=0).all()
    assert np.isfinite(slope).all()
    slope, difference = slope * mask[:, None], difference * mask[:, None]
    scale = np.maximum(1.0, abs(slope).max(axis=(1, 2), keepdims=True))
    np.testing.assert_array_less(abs(slope - difference) / scale, TOLERANCE)
    # no input is without its effect, however small
    largest = [abs(side).max(axis=(0, 2)) for side in (slope, difference)]
    np.testing.assert_allclose(*largest, rtol=1e-3, atol=1e-7)

    weight = np.random.default_rng(2).normal(size=mask.shape) * mask

    @functools.partial(jax.jit, compiler_options=FAST)
    @jax.grad
    def reverse(columns):
        return (function(columns) * weight).sum()

    expected = np.einsum("mb,mnb->nb", weight, slope)
    found = np.asarray(reverse(columns))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * abs(expected).max())
    return value


def meeting(one: str, other: str) -> tuple[Model, np.ndarray, np.ndarray]:
    """A body pushed along a rail and a free one, in random places at each of `GAPS`: the model, q
    [nq, B], and the direction [3, B] from the first to the second."""
    rng = np.random.default_rng(0)

    def unit(count: int, size: int) -> np.ndarray:
        x = rng.normal(size=(size, count))
        return x / np.linalg.norm(x, axis=0)

    rail = np.array([0.6, 0.0, 0.8])
    turned = [tuple(unit(1, 4)[:, 0]) for _ in range(2)]
    first = Body(
        "slide", axis=tuple(rail), shape=one, size=SIZES[one], shape_rotation=turned[0],
        shape_position=(0.02, -0.01, 0.03), actuator="position", kp=50.0, kd=1.0,
    )  # fmt: skip
    second = Body(
        "free", mass=0.5, inertia=(2e-3, 3e-3, 4e-3, 3e-4, -2e-4, 1e-4), shape=other,
        size=SIZES[other], shape_rotation=turned[1], shape_position=(-0.01, 0.02, 0.01),
    )  # fmt: skip
    # soft, so that differences see the smooth onset and friction short of its cone
    model = build(first, second, ground=False, contact=(100.0, 1e-2, 0.1, 1e-3))
    model = touching(model, [(0, 1)], friction=0.7)
    count = POSES * len(GAPS)
    wanted, along = np.repeat(GAPS, POSES), 0.05 * rng.normal(size=count)
    away, turn = unit(count, 3), unit(count, 4)

    def at(distance):
        return np.concatenate([along[None], along * rail[:, None] + distance * away, turn])

    gap = jax.jit(functools.partial(smallest_gap, model), compiler_options=FAST)
    low, high = np.zeros(count), np.full(count, 0.8)
    for _ in range(45):
        middle = 0.5 * (low + high)
        far = np.asarray(gap(at(middle))) > wanted
        low, high = np.where(far, low, middle), np.where(far, middle, high)
    return model, at(high), away


def smallest_gap(model: Model, q: jax.Array) -> jax.Array:
    batched, q, *_ = unpacked(model, packed(model, q))
    surface = pair_surface(batched)
    assert surface is not None
    zero = jnp.zeros((1, 3, q.shape[-1]))
    return pair_points(batched, surface, link_poses(batched, q), zero).gap.min(axis=0)


def numbers(model: Model) -> list:
    """What the derivatives are of, besides the state and the command."""
    shapes = model.shapes
    return [shapes.size, shapes.position, shapes.rotation, model.pairs, model.contact]


def packed(model: Model, q, v=None, command=None) -> jax.Array:
    """q, v, command [., B] and the model's numbers, as columns [n, B]."""
    batch = q.shape[-1]
    v = jnp.zeros((model.nv, batch)) if v is None else v
    command = jnp.zeros((model.nu, batch)) if command is None else command
    own = ravel_pytree(numbers(model))[0][:, None] + jnp.zeros(batch)
    return jnp.concatenate([jnp.asarray(part) for part in (q, v, command, own)])


def unpacked(model: Model, columns: jax.Array) -> tuple[Model, jax.Array, jax.Array, jax.Array]:
    """A batched model, q, v and command from columns."""
    ends = np.cumsum([model.nq, model.nv, model.nu])
    q, v, command, own = jnp.split(columns, ends)
    unflatten = ravel_pytree(numbers(model))[1]
    changed = jax.vmap(unflatten, in_axes=-1, out_axes=-1)(own)
    return eqx.tree_at(numbers, spread(model, columns.shape[-1]), changed), q, v, command


def spread(model: Model, batch: int) -> Model:
    """The model, as often as that."""
    return jax.tree.map(lambda x: jnp.broadcast_to(x[..., None], (*x.shape, batch)), model)
