"""A batch that goes through in parts: as if it went through whole."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import robodiff as rd
from robodiff.physics import rollout
from robodiff.physics.layout import add_batch

BATCH = 64


@pytest.mark.parametrize(
    ("nv", "batch", "parts"),
    [(9, 256, 1), (9, 1024, 4), (14, 256, 2), (27, 256, 8), (27, 31, 1), (27, 251, 1), (1, 10, 1)],
)
def test_parts_are_equal_and_fit(nv, batch, parts):
    assert rollout.number_of_parts(nv, batch) == parts


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
    monkeypatch.setattr(rollout, "PART", 1)
    assert rollout.number_of_parts(model.nv, BATCH) == 2
    (_, parts), again = both(state, commands)
    for a, b in zip(jax.tree.leaves((whole, slopes)), jax.tree.leaves((parts, again)), strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
