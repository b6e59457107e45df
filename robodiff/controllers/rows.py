"""Pick rows of an array and put rows back, by splitting and joining.

`split` and `concatenate` are each other's derivative; gathers and slices would leave scatters and
pads in the gradient of every step.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float


def select_rows(x: Float[Array, "n B"], rows: Sequence[int]) -> Float[Array, "k B"]:
    """Rows of x, in the order given."""
    runs = _runs(rows)
    bounds = sorted({0, x.shape[0], *(bound for run in runs for bound in run)})
    pieces = dict(zip(bounds, _split(x, bounds), strict=False))
    chosen = [pieces[b] for start, stop in runs for b in bounds if start <= b < stop]
    return chosen[0] if len(chosen) == 1 else jnp.concatenate([x[:0], *chosen], axis=0)


def place_rows(x: Float[Array, "k B"], rows: Sequence[int], n: int) -> Float[Array, "n B"]:
    """An array of n rows with x at the given (increasing) rows and 0 elsewhere."""
    pieces, done, used = [], 0, 0
    for start, stop in _runs(rows):
        pieces += [_zeros(x, start - done), x[used : used + stop - start]]
        done, used = stop, used + stop - start
    pieces = [piece for piece in (*pieces, _zeros(x, n - done)) if piece.shape[0]]
    return pieces[0] if len(pieces) == 1 else jnp.concatenate(pieces, axis=0)


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Start and end of each stretch of consecutive rows."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row:
            runs[-1] = (runs[-1][0], row + 1)
        else:
            runs.append((row, row + 1))
    return runs


def _split(x: Array, bounds: list[int]) -> list[Array]:
    sizes = [end - start for start, end in pairwise(bounds)]
    return [x] if len(sizes) == 1 else list(lax.split(x, sizes, axis=0))


def _zeros(x: Array, rows: int) -> Array:
    return jnp.zeros((rows, *x.shape[1:]), x.dtype)
