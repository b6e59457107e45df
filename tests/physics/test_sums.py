"""Sums over the tree, whichever way they are computed, are products with the mask."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads

from robodiff.physics.sums import COPIED_RUNS, WRITTEN_OUT_SIZE, copied_runs, copy_rows, tree_sum

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
def test_tree_sum_of_a_single_robot_needs_no_batch(sizes):
    m, n, _ = sizes
    mask = RANDOM.integers(0, 2, (m, n)).astype(float)
    x = jnp.asarray(RANDOM.standard_normal((n, 4)))
    np.testing.assert_allclose(tree_sum(mask, x), mask @ x, atol=1e-13)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_tree_sum_has_both_derivatives_to_second_order(sizes):
    m, n, batch = sizes
    mask = RANDOM.integers(0, 2, (m, n)).astype(float)
    x = jnp.asarray(RANDOM.standard_normal((n, 2, batch)))
    check_grads(lambda x: jnp.sin(tree_sum(mask, x)), (x,), order=2, modes=("fwd", "rev"))


@pytest.mark.parametrize("batch", [1, 30])
def test_copies_of_rows_have_both_derivatives_too(batch):
    mask = np.vstack([np.zeros(4), np.eye(4)[1:], np.eye(4)[1:]])
    assert copied_runs(mask)
    x = jnp.asarray(RANDOM.standard_normal((4, 2, batch)))
    check_grads(lambda x: jnp.sin(tree_sum(mask, x)), (x,), order=2, modes=("fwd", "rev"))


def test_tree_sum_of_nothing_is_zero():
    assert tree_sum(np.zeros((3, 0)), jnp.zeros((0, 2, 1))).shape == (3, 2, 1)
    assert not jax.jit(lambda x: tree_sum(np.zeros((3, 0)), x))(jnp.zeros((0, 2, 1))).any()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-1, 5), min_size=1, max_size=8))
def test_a_mask_that_copies_few_runs_of_rows_copies_what_its_product_has(sources):
    mask = np.vstack([np.eye(6), np.zeros(6)])[sources]
    runs, x = copied_runs(mask), np.arange(12.0).reshape(6, 2, 1)
    assert len(runs) <= COPIED_RUNS
    assert sum(count for _, count in runs) in (0, len(sources))
    if runs:
        np.testing.assert_array_equal(copy_rows(runs, x), np.einsum("mn,nkb->mkb", mask, x))


@pytest.mark.parametrize(
    ("mask", "runs"),
    [
        (np.eye(4), ((0, 4),)),
        (np.eye(4, k=-1), ((-1, 1), (0, 3))),
        (np.eye(4)[[2, 3, 2, 3]], ((2, 2), (2, 2))),
        (2.0 * np.eye(4), ()),
        (np.tri(4), ()),
        (np.eye(5)[::-1], ()),
    ],
    ids=["the same", "the next", "twice", "scaled", "summed", "too many runs"],
)
def test_runs_of_a_mask(mask, runs):
    assert copied_runs(mask) == runs
