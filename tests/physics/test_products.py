"""Products: numpy's values, and all derivatives that `einsum` has, for each way to sum them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from robodiff.physics.products import LONGEST_SUM, TERMS, product, product_in_parts

SIZES = [(1, 1), (5, 7), (3, LONGEST_SUM), (20, 2 * TERMS + 1), (33, 4 * TERMS), (4, 0)]
"""Rows and columns of which the sum is written out, or a loop over blocks, or nothing."""


def _problem(n: int, m: int, *batch: int):
    rng = np.random.default_rng(n)
    return jnp.asarray(rng.normal(size=(n, m, *batch))), jnp.asarray(rng.normal(size=(m, *batch)))


def _plain(H, x):
    return jnp.einsum("ij...,j...->i...", H, x)


def _close(ours, plain):
    for got, wanted in zip(jax.tree.leaves(ours), jax.tree.leaves(plain), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("batch", [(), (3,)], ids=["one", "batch"])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_values_and_derivatives_of_both_orders(n, m, batch):
    H, x = _problem(n, m, *batch)

    def derivatives(function):
        energy = lambda H, x: jnp.sum(jnp.sin(function(H, x)))  # noqa: E731
        slope = jax.grad(energy, argnums=(0, 1))
        return jax.jit(lambda H, x: (function(H, x), jax.jvp(slope, (H, x), (H * H, x * x))))(H, x)

    _close(derivatives(product), derivatives(_plain))


@pytest.mark.parametrize("batch", [(), (3,)], ids=["one", "batch"])
@pytest.mark.parametrize("axes", [(1, None), (None, 0), (1, 0)])
def test_many_at_once_are_those_of_each(axes, batch):
    many = _problem(6, 20, *batch, 4)
    given = [part[..., 0] if axis is None else jnp.moveaxis(part, -1, axis)
             for part, axis in zip(many, axes, strict=True)]  # fmt: skip

    def value_and_slopes(function):
        energy = lambda H, x: jnp.sum(jnp.sin(jax.vmap(function, axes)(H, x)))  # noqa: E731
        return jax.value_and_grad(energy, argnums=(0, 1))(*given)

    _close(value_and_slopes(product), value_and_slopes(_plain))


@pytest.mark.parametrize("kinds", [(jnp.float32, float), (float, jnp.float32), (float, int)])
def test_numbers_of_unlike_types_are_promoted(kinds):
    H, x = (jnp.round(9 * part).astype(kind)
            for part, kind in zip(_problem(5, 5, 2), kinds, strict=True))  # fmt: skip
    assert product(H, x).dtype == jax.jit(product)(H, x).dtype == jnp.result_type(H, x)
    _close(product(H, x), _plain(H, x))


def test_in_parts_is_the_same_with_less_rounding():
    H, x = (part.astype(jnp.float32) for part in _problem(40, 400, 5))
    plus = x[:40]
    exact = _plain(H.astype(float), x.astype(float)) + plus.astype(float)
    in_order = lambda H, x, plus: plus + np.add.accumulate(H * x[None], axis=1)[:, -1]  # noqa: E731
    whole = lambda H, x, plus: plus + product(H, x)  # noqa: E731
    parts = jax.jit(product_in_parts)
    error = lambda function: float(jnp.std(function(H, x, plus) - exact))  # noqa: E731
    assert error(parts) < 0.7 * error(whole) < 0.4 * error(in_order)


@pytest.mark.parametrize("length", [0, 1, 3, 20])
def test_in_parts_is_the_same_at_any_length_and_in_its_derivative(length):
    H, x = _problem(4, length, 2)
    plus = jnp.ones((4, 2))
    _close(product_in_parts(H, x, plus), _plain(H, x) + plus)
    check_grads(product_in_parts, (H, x, plus), order=1, modes=("fwd", "rev"))


def test_what_is_too_small_for_each_addition_is_not_lost():
    """2^24 + 1 is 2^24 in float32."""
    ones, plus = jnp.ones((1, 8), jnp.float32), jnp.full(1, 2.0**24, jnp.float32)
    assert float(jax.jit(product_in_parts)(ones, ones[0], plus)[0]) == 2.0**24 + 8.0
