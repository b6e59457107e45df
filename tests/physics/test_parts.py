"""A batch that goes through in parts: as if it went through whole. What is kept changes nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import robodiff as rd
from robodiff.physics import parts, rollout
from robodiff.physics.layout import add_batch
from robodiff.physics.linear import INVERSE, SOLUTION

BATCH = 64


@pytest.mark.parametrize(
    ("nv", "batch", "number"),
    [
        (9, 128, 1),
        (9, 256, 2),
        (9, 1024, 8),
        (14, 256, 4),
        (27, 256, 8),
        (27, 31, 1),
        (27, 251, 1),
        (1, 10, 1),
    ],
)
def test_parts_are_equal_and_fit(nv, batch, number):
    assert parts.number_of_parts(nv, batch) == number


@pytest.mark.parametrize(
    ("nv", "batch", "steps", "names"),
    [
        (9, 1, 10_000, (SOLUTION, INVERSE)),
        (14, 64, 1000, (SOLUTION, INVERSE)),
        (14, 128, 10_000, (SOLUTION,)),
        (27, 1, 100, (SOLUTION,)),
    ],
)
def test_inverses_are_kept_where_they_are_small_and_few(nv, batch, steps, names):
    assert parts.kept_names(nv, batch, steps) == names


@pytest.fixture(scope="module")
def hopper():
    """A loss of short rollouts of a robot on the ground, and where to take its derivative."""
    spec = rd.load_robot("assets/robots/hopper.yaml")
    model = rd.build_model(spec, rd.Design.from_spec(spec))
    start, rng = rd.initial_state(model), np.random.default_rng(0)
    v = np.asarray(start.v)[:, None] + 0.1 * rng.normal(size=(model.nv, 2))
    state = rd.State(jnp.tile(jnp.asarray(start.q)[:, None], (1, 2)), jnp.asarray(v))
    commands = jnp.asarray(rng.normal(size=(4, model.nu, 2)))

    def slopes():
        def moved(state, commands):
            path = rd.rollout_batch(add_batch(model), state, commands, dt=0.004, steps=4)
            return jnp.sum(path.q[-1] ** 2) + jnp.sum(jnp.sin(path.v))

        found = jax.jit(jax.grad(moved, argnums=(0, 1)))(state, commands)
        return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(found)])

    return slopes


@pytest.mark.slow
def test_what_is_kept_does_not_change_the_derivative(hopper, monkeypatch):
    kept = hopper()
    scale = np.abs(kept).max()
    assert scale > 1.0
    for names in ((), (SOLUTION,)):
        monkeypatch.setattr(rollout, "kept_names", lambda *_, names=names: names)
        np.testing.assert_allclose(hopper(), kept, rtol=0, atol=1e-12 * scale)


@pytest.mark.slow
def test_parts_are_the_whole(monkeypatch):
    spec = rd.load_robot("assets/robots/cartpole.yaml")
    model = rd.build_model(spec, rd.Design.from_spec(spec))
    rng = np.random.default_rng(0)
    start = rd.initial_state(model)
    state = rd.State(
        *(x[:, None] + 0.1 * rng.normal(size=(len(x), BATCH)) for x in (start.q, start.v))
    )
    commands = jnp.asarray(rng.normal(size=(4, model.nu, BATCH)))

    def moved(state, commands):
        path = rd.rollout_batch(add_batch(model), state, commands, dt=0.01, steps=4)
        return jnp.sum(path.q[-1] ** 2) + jnp.sum(jnp.sin(path.v)), path

    both = jax.value_and_grad(moved, argnums=(0, 1), has_aux=True)
    (_, whole), slopes = both(state, commands)
    monkeypatch.setattr(parts, "PART", 1)
    assert parts.number_of_parts(model.nv, BATCH) == 2
    (_, divided), again = both(state, commands)
    for a, b in zip(
        jax.tree.leaves((whole, slopes)), jax.tree.leaves((divided, again)), strict=True
    ):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
