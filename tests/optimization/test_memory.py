"""The forecast of memory, against arrays of known size."""

import jax
import jax.numpy as jnp

from robodiff.optimization import memory


def program(size: int):
    return jax.jit(lambda x: jnp.sin(x)).lower(jnp.ones(size, jnp.float32)).compile()


def test_the_plan_is_what_goes_in_and_out():
    assert memory.planned_memory(program(1 << 18)) == 2 * (4 << 18)


def test_too_much_is_told_with_what_to_do(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 1 << 20)
    told = memory.forecast(program(1 << 18))
    assert "1 MiB are free: lower optimizer.starts" in told


def test_what_fits_is_told_without_advice():
    assert "lower" not in memory.forecast(program(1 << 10))
