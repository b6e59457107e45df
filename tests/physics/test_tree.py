"""Sums over a tree, taken by doubling or not, are products with its masks."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import robodiff as rd
from robodiff.physics.tree import ancestor_sum, path_sum, subtree_sum, tree_of
from robodiff.robot.topology import topology_of

RANDOM = np.random.default_rng(0)


def tree_with(parents: list[str]):
    """Of hinges and, as every fifth, slides."""
    links = "".join(
        f"""
  l{i}:
    parent: {parent}
    joint: {{type: {"slide" if i % 5 == 4 else "hinge"}, axis: [0, 1, 0]}}
    shapes: [{{sphere: {{radius: 0.05}}}}]"""
        for i, parent in enumerate(parents)
    )
    return tree_of(topology_of(rd.parse_robot(f"name: tree\nlinks:{links}\n", "tree")))


def chain(first: int, count: int) -> list[str]:
    return ["world", *(f"l{i}" for i in range(first, first + count - 1))]


TREES = {
    "short chain": (chain(0, 5), False),
    "long chain": (chain(0, 40), True),
    "two long chains": (chain(0, 20) + chain(20, 20), True),
    "long branches": ([*chain(0, 20), "l9", *chain(20, 20)[1:]], False),
}


@pytest.fixture(scope="module", params=TREES.values(), ids=list(TREES))
def case(request):
    parents, doubles = request.param
    return tree_with(parents), doubles


def test_long_chains_are_summed_by_doubling(case):
    tree, doubles = case
    assert bool(tree.doublings) == doubles


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize(
    ("total", "mask"),
    [
        (ancestor_sum, lambda tree: tree.ancestors),
        (path_sum, lambda tree: tree.link_dofs),
        (subtree_sum, lambda tree: tree.link_dofs.T),
    ],
    ids=["ancestors", "path", "subtree"],
)
def test_a_sum_is_the_product_with_its_mask(case, total, mask, batch):
    tree, _ = case
    x = jnp.asarray(RANDOM.standard_normal((mask(tree).shape[1], 3, batch)))
    pull = jnp.asarray(RANDOM.standard_normal((mask(tree).shape[0], 3, batch)))

    @jax.jit
    def both_ways(x, pull):
        value, transpose = jax.vjp(partial(total, tree), x)
        return value, *transpose(pull)

    found, back = both_ways(x, pull)
    np.testing.assert_allclose(found, np.einsum("mn,nkb->mkb", mask(tree), x), atol=1e-12)
    np.testing.assert_allclose(back, np.einsum("mn,mkb->nkb", mask(tree), pull), atol=1e-12)


@pytest.mark.parametrize("total", [ancestor_sum, path_sum, subtree_sum])
def test_a_sum_of_a_single_robot_needs_no_batch(case, total):
    tree, _ = case
    mask = {ancestor_sum: tree.ancestors, path_sum: tree.link_dofs, subtree_sum: tree.link_dofs.T}
    x = jnp.asarray(RANDOM.standard_normal((mask[total].shape[1], 3)))
    np.testing.assert_allclose(total(tree, x), mask[total] @ x, atol=1e-12)
