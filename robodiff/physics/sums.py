"""Sums over the tree: products with constant 0/1 matrices, and faster ways to the same."""

from __future__ import annotations

import math
from functools import partial, reduce
from operator import add

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from robodiff.physics.layout import aligned, settle, traced_once

WRITTEN_OUT_SIZE = 1024
"""Entries of the largest mask whose sum is written out for a single robot."""

FEW = 16
"""Numbers a row of what is summed for a single robot, at most."""

COPIED_RUNS = 4
"""Runs of rows that are copied as they lie, at most; a matrix product copies more."""

Run = tuple[int, int]
"""The first row to copy, or -1 for zeros, and how many."""


def tree_sum(mask: np.ndarray, x: Float[Array, "n *k"]) -> Float[Array, "m *k"]:
    """Sum rows of x over the tree: mask (constant, [m, n]) @ x."""
    if mask.shape[1] == 0 or mask.shape[0] == 0:
        return jnp.zeros((mask.shape[0], *x.shape[1:]), x.dtype)
    runs = copied_runs(mask)
    if runs == ((0, x.shape[0]),):
        return x
    if is_few(x) and mask.size <= WRITTEN_OUT_SIZE:
        return settle(_of_one_robot(aligned(mask.astype(float), x[None]), x, runs))
    if runs:
        return settle(copy_rows(runs, x))
    flat = x.reshape(x.shape[0], -1)
    total = jnp.dot(mask.astype(x.dtype), flat, precision=lax.Precision.HIGHEST)
    return settle(total.reshape(mask.shape[0], *x.shape[1:]))


def is_few(x: Float[Array, "n *k"]) -> bool:
    """Whether rows are as short as those of a single robot, or of a very small batch."""
    return math.prod(x.shape[1:]) <= FEW


def copied_runs(mask: np.ndarray) -> tuple[Run, ...]:
    """The few runs of rows that a mask copies or leaves zero; none if it sums rows, scales them
    or takes them from too many places."""
    if not np.isin(mask, (0, 1)).all() or (mask.sum(axis=1) > 1).any():
        return ()
    sources = np.where(mask.any(axis=1), mask.argmax(axis=1), -1)
    # a run goes on where row i + 1 copies what follows the source of row i, or both are zero
    follows = np.where(sources[:-1] < 0, -1, sources[:-1] + 1)
    starts = np.flatnonzero(np.append(True, sources[1:] != follows))
    if len(starts) > COPIED_RUNS:
        return ()
    ends = np.append(starts[1:], len(sources))
    return tuple((int(sources[a]), int(b - a)) for a, b in zip(starts, ends, strict=True))


def copy_rows(runs: tuple[Run, ...], x: Float[Array, "n *k"]) -> Float[Array, "m *k"]:
    """The rows that a mask of `copied_runs` takes from x."""
    parts = [
        jnp.zeros((count, *x.shape[1:]), x.dtype)
        if source < 0
        else lax.slice_in_dim(x, source, source + count)
        for source, count in runs
    ]
    return parts[0] if len(parts) == 1 else lax.concatenate(parts, dimension=0)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
@partial(traced_once, static_argnums=2)
def _of_one_robot(
    mask: Float[Array, "m n *1"], x: Float[Array, "n *k"], runs: tuple[Run, ...]
) -> Float[Array, "m *k"]:
    """mask @ x as one kernel, for one robot; its derivative as a sum over an axis, which
    transposes into one kernel, too. A call of a matrix product costs as much as ten of them."""
    if runs:
        return copy_rows(runs, x)
    pairs = zip(lax.unstack(mask, axis=1), lax.unstack(x, axis=0), strict=True)
    return reduce(add, (column * row for column, row in pairs))


@_of_one_robot.defjvp
@partial(traced_once, static_argnums=0)
def _of_one_robot_jvp(runs, primals, tangents):
    (mask, x), (_, dx) = primals, tangents
    return _of_one_robot(mask, x, runs), settle(jnp.sum(mask * dx[None], axis=1))
