"""Solves: the same values and derivatives as numpy's and jax's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics.linear import solve, spd_inverse


def _problem(n: int, batch: int = 3):
    rng = np.random.default_rng(n)
    root = rng.normal(size=(batch, n, n))
    H = root @ root.transpose(0, 2, 1) + np.eye(n)
    return jnp.asarray(H.transpose(1, 2, 0)), jnp.asarray(rng.normal(size=(n, batch)))


def _solved(H, b):
    return solve(spd_inverse(H), H, b)


def _plain(H, b):
    return jnp.linalg.solve(H.transpose(2, 0, 1), b.T[..., None])[..., 0].T


@pytest.mark.parametrize("n", [1, 5, 20, 33, 34, 35])
def test_values_and_derivatives_of_both_orders(n):
    H, x = _problem(n)

    def energy(function):
        return lambda H, x: jnp.sum(jnp.sin(function(H, x)))

    def along(function):
        slope = jax.grad(energy(function), argnums=(0, 1))
        return jax.jvp(slope, (H, x), (H * H, x * x))

    np.testing.assert_allclose(_solved(H, x), _plain(H, x), rtol=1e-9, atol=1e-12)
    for got, wanted in zip(
        jax.tree.leaves(along(_solved)), jax.tree.leaves(along(_plain)), strict=True
    ):
        np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("n", [1, 5, 20, 34])
def test_a_single_problem_is_a_batch_of_one_without_its_axis(n):
    H, x = _problem(n, batch=1)
    alone = _solved(H[..., 0], x[..., 0])
    assert alone.shape == (n,)
    np.testing.assert_allclose(alone, _solved(H, x)[..., 0], rtol=1e-12)
