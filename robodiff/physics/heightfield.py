"""A ground that is a height over a grid, smooth between the grid's points.

Heights are interpolated by a natural cubic B-spline: through every height, with continuous slope
and curvature, and exact where they lie on a plane. Beyond its edge the ground goes on as high as
the edge is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from robodiff.physics.layout import Components, aligned, settle
from robodiff.physics.rotation import dot

PASSES = 4
"""Of Newton's method towards the nearest point of the ground, before the one with a derivative."""
ASTRAY = 0.1
"""Largest angle [rad] between the normal and the way to a point that counts as the nearest."""
ORDERS = ((0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (2, 0))
"""Of the derivatives by y and x that `height` gives."""
CLOSE = 1e-4
"""Distance [m] below which that angle is not asked for: rounding decides it."""


@dataclass(frozen=True)
class Grid:
    """Heights over a grid; hashable, so static under `jit`."""

    rows: int
    """Along y."""
    columns: int
    """Along x."""
    data: bytes = field(repr=False)
    """Heights, float64, row by row from the lowest y and x, to be scaled by `Terrain.size`."""

    @classmethod
    def of(cls, heights: Float[np.ndarray, "rows columns"]) -> Grid:
        """The grid of some heights; the first row has the lowest y."""
        rows, columns = heights.shape
        return cls(rows, columns, np.ascontiguousarray(heights, np.float64).tobytes())

    @cached_property
    def heights(self) -> Float[np.ndarray, "rows columns"]:
        """Row by row from the lowest y and x."""
        return np.frombuffer(self.data, np.float64).reshape(self.rows, self.columns)

    @cached_property
    def coefficients(self) -> Float[np.ndarray, "rows_and_2 columns_and_2"]:
        """Of the B-spline through the heights, without curvature at its ends."""
        return _spline(_spline(self.heights).T).T


class Terrain(eqx.Module):
    """Where a grid of heights stands, and how large it is."""

    size: Float[Array, "3"]
    """Half sides along x and y [m], and what multiplies the heights."""
    position: Float[Array, "3"]
    """Of its middle, at height 0 [m]."""
    rotation: Float[Array, "4"]
    """Of its axes, unit quaternion (w, x, y, z)."""


def nearest_ground(grid: Grid, size: Components, point: Components) -> tuple[Array, list[Array]]:
    """Signed distance [m] from points [n, *B] in the terrain's frame to the ground, positive
    above it, and the components of the unit normal at the nearest point.

    The foot solves (foot - point) + (z - point_z) grad z = 0. It is searched within the clearance
    straight below the point, since the distance is no more than that. Where the search ends beside
    it, the point is too far away to touch, and is told to be as far as what was found.
    """
    px, py, pz = point
    held, fixed = lax.stop_gradient(list(point)), lax.stop_gradient(list(size))
    clearance = held[2] - height(grid, fixed, *held[:2])[0]
    reach = jnp.abs(clearance)

    def search(_, foot: list[Array]) -> list[Array]:
        moved = _newton_pass(grid, fixed, foot, held)
        return [jnp.clip(f + d, h - reach, h + reach)
                for f, d, h in zip(foot, moved, held, strict=False)]  # fmt: skip

    x, y = lax.fori_loop(0, PASSES, search, held[:2])
    # exact at the root: the matrix of the last pass needs no derivative of its own
    dx, dy = _newton_pass(grid, size, (x, y), point)
    x, y = settle((x + (dx - lax.stop_gradient(dx)), y + (dy - lax.stop_gradient(dy))))
    z, gx, gy, *_ = height(grid, size, x, y)
    steep = lax.rsqrt(1.0 + gx * gx + gy * gy)
    normal = [-gx * steep, -gy * steep, steep]
    way = [px - x, py - y, pz - z]
    along = dot(normal, way)
    beside = dot(way, way) - along * along
    found = beside < ASTRAY**2 * (along * along + CLOSE**2)
    far = jnp.sqrt(jnp.where(found, 1.0, dot(way, way))) * jnp.sign(clearance)
    return jnp.where(found, along, far), normal


def height(grid: Grid, size: Components, x: Array, y: Array) -> list[Array]:
    """z, its slopes along x and y and its curvatures xx, xy, yy, at places in its frame."""
    wide, deep, scale = size
    across, column = _basis(x, wide, grid.columns)
    up, row = _basis(y, deep, grid.rows)
    table = jnp.asarray(grid.coefficients.ravel(), x.dtype)
    offsets = np.arange(4)[:, None] * (grid.columns + 2) + np.arange(4)
    first = row * (grid.columns + 2) + column
    near = settle(table[first[None, None] + aligned(offsets, first[None, None])])
    # [coefficient along y, order of the derivative by x], then [order by y, order by x]
    lines = settle(sum(across[i] * near[:, i, None] for i in range(4)))
    sums = settle(scale * sum(up[j][:, None] * lines[j] for j in range(4)))
    return [sums[of_y, of_x] for of_y, of_x in ORDERS]


def _newton_pass(grid: Grid, size: Components, foot, point: Components) -> tuple[Array, Array]:
    """The change of the foot; without curvature where that would not lead to a least distance."""
    z, gx, gy, hxx, hxy, hyy = height(grid, size, *foot)
    above = z - point[2]
    off_x, off_y = foot[0] - point[0] + above * gx, foot[1] - point[1] + above * gy
    a, b, c = 1.0 + gx * gx, gx * gy, 1.0 + gy * gy
    bent = [a + above * hxx, b + above * hxy, c + above * hyy]
    sure = (bent[0] > 0.1) & (bent[0] * bent[2] - bent[1] * bent[1] > 0.1)
    a, b, c = (
        lax.stop_gradient(jnp.where(sure, curved, flat))
        for curved, flat in zip(bent, (a, b, c), strict=True)
    )
    scale = 1.0 / (a * c - b * b)
    return -scale * (c * off_x - b * off_y), -scale * (a * off_y - b * off_x)


def _basis(x: Array, half: Array, count: int) -> tuple[list[Array], Array]:
    """Of four coefficients in a row, the weight and its first and second derivative by x
    [3, n, *B]; and the index of the first of them."""
    per_metre = 0.5 * (count - 1) / half
    u = (x + half) * per_metre
    inside = (u >= 0.0) & (u <= count - 1.0)
    u = jnp.clip(u, 0.0, count - 1.0)
    cell = jnp.clip(jnp.floor(lax.stop_gradient(u)), 0, count - 2)
    t = u - cell
    s = 1.0 - t
    weights = [s * s * s / 6.0, (4.0 - 3.0 * t * t * (1.0 + s)) / 6.0,
               (4.0 - 3.0 * s * s * (1.0 + t)) / 6.0, t * t * t / 6.0]  # fmt: skip
    first = [-0.5 * s * s, 0.5 * t * (3.0 * t - 4.0), -0.5 * s * (3.0 * s - 4.0), 0.5 * t * t]
    second = [s, 3.0 * t - 2.0, 3.0 * s - 2.0, t]
    slope = jnp.where(inside, per_metre, 0.0)
    orders = zip(weights, first, second, strict=True)
    stacked = [jnp.stack([w, slope * d, slope * slope * dd]) for w, d, dd in orders]
    return list(settle(stacked)), cell.astype(jnp.int32)


def _spline(values: np.ndarray) -> np.ndarray:
    """Coefficients [n + 2, k] of the cubic B-spline through n rows of values:
    (c[i-1] + 4 c[i] + c[i+1]) / 6 = f[i], c[-1] - 2 c[0] + c[1] = 0 at both ends."""
    from scipy.linalg import solve_banded

    n = len(values)
    # the end conditions make the first and last inner coefficients equal to the values
    inner = values.copy()
    if n > 2:
        bands = np.array([[1.0], [4.0], [1.0]]) * np.ones(n - 2)
        right = 6.0 * values[1:-1]
        right[0] -= values[0]
        right[-1] -= values[-1]
        inner[1:-1] = solve_banded((1, 1), bands, right)
    return np.concatenate([2 * inner[:1] - inner[1:2], inner, 2 * inner[-1:] - inner[-2:-1]])
