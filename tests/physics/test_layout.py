"""Sums over the tree, whichever way they are computed, are products with the mask."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from robodiff.physics.layout import WRITTEN_OUT_SIZE, tree_sum

RANDOM = np.random.default_rng(0)
SIZES = {"written out": (7, 5, 1), "one robot, large": (40, 30, 1), "batch": (7, 5, 3)}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_tree_sum_is_the_product_with_its_mask(sizes):
    m, n, batch = sizes
    assert (m * n <= WRITTEN_OUT_SIZE) == (sizes != SIZES["one robot, large"])
    mask = RANDOM.integers(0, 2, (m, n)).astype(float)
    x = jnp.asarray(RANDOM.standard_normal((n, 4, batch)))
    np.testing.assert_allclose(tree_sum(mask, x), np.einsum("mn,nkb->mkb", mask, x), atol=1e-13)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_tree_sum_has_both_derivatives_to_second_order(sizes):
    m, n, batch = sizes
    mask = RANDOM.integers(0, 2, (m, n)).astype(float)
    x = jnp.asarray(RANDOM.standard_normal((n, 2, batch)))
    check_grads(lambda x: jnp.sin(tree_sum(mask, x)), (x,), order=2, modes=("fwd", "rev"))


def test_tree_sum_of_nothing_is_zero():
    assert tree_sum(np.zeros((3, 0)), jnp.zeros((0, 2, 1))).shape == (3, 2, 1)
    assert not jax.jit(lambda x: tree_sum(np.zeros((3, 0)), x))(jnp.zeros((0, 2, 1))).any()
