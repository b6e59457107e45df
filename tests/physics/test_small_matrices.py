"""Products of small matrices against numpy's, and their derivatives of both orders."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from robodiff.physics.small_matrices import compose, cross_matrix, rotate

RANDOM = np.random.default_rng(0)
R, Q = RANDOM.normal(size=(2, 5, 9))
V = RANDOM.normal(size=(5, 3))
BOTH = pytest.mark.parametrize(("function", "B"), [(compose, Q), (rotate, V)])


def times(A, B):
    """By numpy, of matrices that lie row by row."""
    return (A.reshape(-1, 3, 3) @ B.reshape(len(B), 3, -1)).reshape(B.shape)


@BOTH
def test_each_row_is_a_product_of_its_matrices(function, B):
    np.testing.assert_allclose(function(R, B), times(R, B), rtol=1e-14)


@BOTH
def test_a_batch_is_the_last_axis(function, B):
    factor = jnp.asarray([1.0, -2.0])
    batch = function(R[..., None] * factor, B[..., None] * factor)
    np.testing.assert_allclose(batch, times(R, B)[..., None] * factor**2, rtol=1e-14)


@BOTH
def test_its_derivatives_are_right(function, B):
    check_grads(function, (R, B), order=2, modes=("fwd", "rev"))


@BOTH
def test_products_of_mapped_arguments_are_those_of_each(function, B):
    many = jnp.stack([R, 2.0 * R, -R])
    np.testing.assert_allclose(jax.vmap(function, (0, None))(many, B)[1], 2.0 * times(R, B))
    np.testing.assert_allclose(jax.vmap(function)(many, jnp.stack([B, B, 3.0 * B]))[2],
                               -3.0 * times(R, B))  # fmt: skip


def test_one_matrix_for_all_rows_is_added_up_in_its_derivative():
    one = R[:1]
    np.testing.assert_allclose(compose(one, Q), times(np.repeat(one, 5, axis=0), Q))
    check_grads(compose, (one, Q), order=1, modes=("rev",))


def test_the_matrix_of_a_cross_product_makes_it():
    a = RANDOM.normal(size=(5, 3))
    np.testing.assert_allclose(rotate(cross_matrix(a), V), np.cross(a, V), rtol=1e-14)
