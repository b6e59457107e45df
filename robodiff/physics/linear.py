"""Solving with symmetric positive definite matrices laid out as [n, n, *B]."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.ad_checkpoint import checkpoint_name
from jaxtyping import Array, Float

from robodiff.physics.layout import WRITTEN_OUT, aligned, settle, traced_once
from robodiff.physics.products import product, product_in_parts

UNROLL_LIMIT = 16
"""Largest matrix whose elimination is unrolled, in batches (3 % of a gradient); else a loop is as
fast, and keeps compile time flat."""

HALVED = 32
"""Smallest matrix that is eliminated in two halves, in batches: a fifth less time at 40 and 60
rows. In more parts it takes longer."""

SOLUTION, INVERSE = "solution", "inverse"
"""Names of what a rollout may keep for the way back, so that it need not solve again."""

PIVOTS = 2
"""Pivots eliminated at once, 1 or 2: half the passes over the matrix, each through the cache."""


def spd_inverse(H: Float[Array, "n n *B"]) -> Float[Array, "n n *B"]:
    """Inverse by symmetric sweeps (Gauss-Jordan without pivoting, safe for SPD matrices).

    Its own derivative serves those of second order alone; `solve` has that of first order.
    """
    return checkpoint_name(_swept(H), INVERSE)


@jax.custom_jvp
@traced_once
def _swept(H: Float[Array, "n n *B"]) -> Float[Array, "n n *B"]:
    """The inverse, all of its pivots swept."""
    n = H.shape[0]
    if n <= UNROLL_LIMIT and H.ndim > 2 and WRITTEN_OUT:
        for first in range(0, n, PIVOTS):
            H = _sweep(H, first, min(PIVOTS, n - first))
        return -H
    left = n % PIVOTS
    if left:
        H = _sweep(H, 0, left)
    if n >= HALVED and H.ndim > 2:
        return -_swept_in_halves(H, left)
    if n > left:
        H = lax.fori_loop(0, n // PIVOTS, lambda k, H: _sweep(H, left + PIVOTS * k, PIVOTS), H)
    return -H


def _swept_in_halves(H: Float[Array, "n n *B"], first: int) -> Float[Array, "n n *B"]:
    """All pivots swept from the first on, which leaves an even number of them, without the quarter
    of the symmetric matrix that is right of its upper half."""
    n = H.shape[0]
    middle = first + PIVOTS * ((n - first) // (2 * PIVOTS))

    def of_the_upper_half(k, parts):
        at = first + PIVOTS * k
        upper, lower = _part(parts[0], at, PIVOTS, axis=0), _part(parts[1], at, PIVOTS, axis=1)
        rows = jnp.concatenate([upper, jnp.swapaxes(lower, 0, 1)], axis=1)
        return _sweep_parts(parts, settle(rows), at)

    def of_the_lower_half(k, parts):
        rows = _part(parts[1], PIVOTS * k, PIVOTS, axis=0)
        return _sweep_parts(parts, rows, middle + PIVOTS * k)

    parts = [H[:middle, :middle], H[middle:]]
    parts = lax.fori_loop(0, (middle - first) // PIVOTS, of_the_upper_half, parts)
    upper, lower = lax.fori_loop(0, (n - middle) // PIVOTS, of_the_lower_half, parts)
    upper = jnp.concatenate([upper, jnp.swapaxes(lower[:, :middle], 0, 1)], axis=1)
    return jnp.concatenate([upper, lower], axis=0)


@_swept.defjvp
def _swept_jvp(primals, tangents):
    (H,), (dH,) = primals, tangents
    inverse = _swept(H)
    return inverse, -jnp.einsum("ik...,kl...,lj...->ij...", inverse, dH, inverse)


def _sweep(H: Array, first, count: int) -> Array:
    """H_ij - H_ik P^-1 H_kj for one or two pivots k and their block P = H_kk; rows and columns k
    become P^-1 H_k, and -P^-1 where they cross."""
    return _sweep_parts([H], _part(H, first, count, axis=0), first)[0]


def _sweep_parts(parts: Sequence[Array], rows: Float[Array, "k n *B"], first) -> list[Array]:
    """The same where H is held in parts: some rows each, in order, and of these some columns, from
    the first on.

    Args: rows, all of H_k, of the pivots k; first, the first pivot.
    """
    count, n = rows.shape[:2]
    index = aligned(np.arange(n), rows[0]) - first
    pivot = (index >= 0) & (index < count)
    others = 1 - pivot.astype(rows.dtype)
    block = _part(rows, first, count, axis=1)
    # L: rows H_k, with -1 in the pivots' own columns;  L' P^-1 L = (W L)' D^-1 W L
    own = (index[None] == aligned(np.arange(count), rows)).astype(rows.dtype)
    left, scale = _eliminate(block, rows * others - own)
    right = settle(left * scale)
    # H - (W L)' D^-1 W L, without H in the pivots' rows and columns
    swept, start = [], 0
    for part in parts:
        i, j = slice(start, start + part.shape[0]), slice(part.shape[1])
        rest = jnp.where(pivot[i, None] | pivot[None, j], 0.0, part)
        for k in range(count):
            rest = rest - left[k, i, None] * right[k, None, j]
        swept.append(settle(rest))
        start = i.stop
    return swept


def _part(x: Array, first, count: int, axis: int) -> Array:
    """`count` rows or columns from the first on, which may be traced."""
    cut = lax.slice_in_dim if isinstance(first, int) else lax.dynamic_slice_in_dim
    return cut(x, first, first + count if isinstance(first, int) else count, axis=axis)


def _eliminate(P: Float[Array, "k k *B"], L: Float[Array, "k n *B"]) -> tuple[Array, Array]:
    """W L [k n *B] and 1 / D [k 1 *B] of one or two rows, where W P W' = D is diagonal. Without
    concatenations, which make slow kernels."""
    if P.shape[0] == 1:
        return settle(L), settle(1.0 / P)
    second = aligned(np.array([False, True]), L)
    ratio = P[0, 1] / P[0, 0]
    left = L - jnp.where(second, ratio, 0.0) * L[:1]
    return settle(left), settle(1.0 / jnp.where(second, P[1, 1] - ratio * P[0, 1], P[0, 0]))


@jax.custom_jvp
@traced_once
def solve(
    inverse: Float[Array, "n n *B"], H: Float[Array, "n n *B"], b: Float[Array, "n *B"]
) -> Float[Array, "n *B"]:
    """H^-1 b with a stored inverse. Differentiable in H and b: dx = H^-1 (db - dH x)."""
    return product(inverse, b)


def _solve_jvp(primals, tangents):
    inverse, H, b = primals
    _, dH, db = tangents
    x = checkpoint_name(solve(inverse, H, b), SOLUTION)
    return x, product(inverse, db - product(dH, x))


solve.defjvp(_solve_jvp)


def refined_solve(
    inverse: Float[Array, "n n *B"], H: Float[Array, "n n *B"], b: Float[Array, "n *B"]
) -> Float[Array, "n *B"]:
    """`solve`, and once more for what it leaves of b: the rounding of the stored inverse goes."""
    x = solve(inverse, H, b)
    return settle(x + solve(inverse, H, product_in_parts(H, -x, b)))
