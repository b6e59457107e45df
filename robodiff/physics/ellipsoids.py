"""The direction in which two ellipsoids face each other.

With h the support function of each, n . t - h_A(n) - h_B(n) is the gap along a unit vector n, for
the vector t from the centre of B to that of A; the greatest of all directions is the distance. It
is concave, and Newton's method on the unit sphere finds the greatest while the ellipsoids grow from
balls to what they are.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from robodiff.physics.layout import Components, settle
from robodiff.physics.rotation import cross, dot, normalize, safe_norm
from robodiff.physics.spatial import symmetric_product

GROWING, PASSES = 16, 24
"""Passes until the ellipsoids have grown, and all passes."""
LONGEST = 0.3
"""Largest change of the direction in one pass."""


def facing_direction(
    turn: Components, half: Components, size: Components, apart: Components
) -> list[Array]:
    """n from B to A, in the frame of B.

    Args: `turn` the axes of A (9) and `half` its semi-axes, `size` those of B, `apart` from the
    centre of B to that of A. The loop has no derivative; the last pass has the exact one.
    """
    own, other = _shape(turn, half), _diagonal(size)
    fixed, far = lax.stop_gradient((own, other)), lax.stop_gradient(list(apart))
    balls = [_diagonal([_least(lengths)] * 3) for lengths in lax.stop_gradient((half, size))]

    def grow(k, n: list[Array]) -> list[Array]:
        share = jnp.minimum((k + 1) / GROWING, 1.0)
        one, two = (
            [ball + share * (full - ball) for ball, full in zip(*both, strict=True)]
            for both in zip(balls, fixed, strict=True)
        )
        _, change = _newton(one, two, far, n, bounded=True)
        length = safe_norm(change)
        brake = jnp.minimum(1.0, LONGEST / jnp.where(length > 0.0, length, 1.0))
        return settle(normalize([x + brake * c for x, c in zip(n, change, strict=True)]))

    length = safe_norm(far)
    start = [jnp.where(length > 0.0, x / jnp.where(length > 0.0, length, 1.0), float(i == 2))
             for i, x in enumerate(far)]  # fmt: skip
    n = lax.fori_loop(0, PASSES, grow, start)
    matrix, _ = _newton(*fixed, far, n, bounded=False)
    slope, _ = _slope(own, other, apart, n)
    change = _solve(lax.stop_gradient(matrix), slope)
    return normalize([x + c for x, c in zip(n, change, strict=True)])


def _newton(own, other, apart: Components, n: Components, bounded: bool):
    """Minus the Hessian of the gap on the sphere (and something along n, to be invertible), and
    the change of n."""
    slope, (gap, parts) = _slope(own, other, apart, n)
    gap = jnp.maximum(gap, 0.0) if bounded else gap
    far = safe_norm(list(apart))
    matrix = []
    for i in range(3):
        row = []
        for j in range(3):
            entry = far * n[i] * n[j] + gap * float(i == j)
            for M, y, h in parts:
                entry = entry + (_entry(M, i, j) - y[i] * y[j]) / h
            row.append(entry)
        matrix.append(row)
    return matrix, _solve(matrix, slope)


def _slope(own, other, apart: Components, n: Components):
    """Of the gap along the sphere; the gap, and of each shape M, its support point M n / h and
    h = sqrt(n M n)."""
    parts = []
    for M in (own, other):
        y = symmetric_product(M, n)
        h = jnp.sqrt(dot(y, n))
        parts.append((M, [part / h for part in y], h))
    (_, a, _), (_, b, _) = parts
    across = [t - p - q for t, p, q in zip(apart, a, b, strict=True)]
    gap = dot(across, n)
    return [x - gap * m for x, m in zip(across, n, strict=True)], (gap, parts)


def _solve(matrix: list[list[Array]], b: Components) -> list[Array]:
    """By Cramer's rule: columns of the inverse are cross products of the rows."""
    columns = [cross(matrix[(i + 1) % 3], matrix[(i + 2) % 3]) for i in range(3)]
    determinant = dot(matrix[0], columns[0])
    small = jnp.abs(determinant) < 1e-30
    scale = jnp.where(small, 0.0, 1.0 / jnp.where(small, 1.0, determinant))
    return [scale * sum(columns[k][i] * b[k] for k in range(3)) for i in range(3)]


def _shape(R: Components, half: Components) -> list[Array]:
    """R D^2 R^T: xx, yy, zz, xy, xz, yz."""
    square = [a * a for a in half]

    def entry(i: int, j: int) -> Array:
        return sum(R[3 * i + k] * square[k] * R[3 * j + k] for k in range(3))  # pyright: ignore

    return [entry(0, 0), entry(1, 1), entry(2, 2), entry(0, 1), entry(0, 2), entry(1, 2)]


def _diagonal(half: Components) -> list[Array]:
    none = jnp.zeros_like(half[0])
    return [*(a * a for a in half), none, none, none]


def _entry(M: Components, i: int, j: int) -> Array:
    return M[i] if i == j else M[2 + i + j]


def _least(lengths: Components) -> Array:
    return jnp.minimum(jnp.minimum(lengths[0], lengths[1]), lengths[2])
