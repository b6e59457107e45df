"""Points of one shape that may touch another one, in the frame of that other.

Fixed points move with the sizes: the centre of a sphere, the ends of a capsule, the corners of a
box or hull. Others are where the shape comes nearest: on the segment of a capsule or of a box's
edge, on the rims and the side of a cylinder, on an ellipsoid. Such a place is found by a loop
without a derivative; one pass of Newton's method at its end has the exact one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from robodiff.physics.distance import Targets
from robodiff.physics.ellipsoids import facing_direction
from robodiff.physics.layout import Components
from robodiff.physics.rotation import cross, dot, normalize, rotate, rotate_back
from robodiff.physics.shapes import RIM_TILT

HALVINGS = 22
"""Of the interval in which a segment comes nearest."""
LAST_MOVE = 1e-5
"""Largest change of a share by the pass that has the derivative."""
EVENNESS = 5e-3
"""Angle [rad] between a segment and a flat face at which its nearest point reaches the end. The
gap is larger than the least one by 1e-5 of the distance."""
SUPPORT_PASSES = 3
"""From the centre of an ellipsoid towards the point that faces another shape."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Probing shapes, one a row, as their targets see them."""

    turn: Components
    """R_TS: the probing shape's axes in the target's, nine components."""
    position: Components
    """Its origin in the target's frame [m]."""
    half: Components
    """Half sizes of its core [m]."""
    radius: Array
    """Of the ball around each point of the core [m]."""
    middle: Components
    """Of each point or segment, in units of `half`."""
    along: Components
    """Half of each segment, in units of `half`."""
    targets: Targets
    """What they are measured against."""

    def place(self, local: Components) -> list[Array]:
        """A point of the probing shapes in the targets' frames."""
        turned = rotate(self.turn, local)
        return [p + x for p, x in zip(self.position, turned, strict=True)]


Found = tuple[list[list[Array]], list[Array | None]]
"""Points, and the share of the stiffness that each has (None for all of it)."""


def fixed_points(rows: Rows) -> Found:
    """Points that stay in place on their shape."""
    return [rows.place(_scaled(rows.middle, rows.half))], [None]


def segment_points(rows: Rows) -> Found:
    """The nearest point of each segment; its share fades towards the ends, which are points of
    their own."""
    middle = rows.place(_scaled(rows.middle, rows.half))
    along = rotate(rows.turn, _scaled(rows.along, rows.half))
    s = nearest_along(rows.targets, middle, along)
    return [_at(middle, s, along)], [1.0 - s**4]


def rim_points(rows: Rows) -> Found:
    """Of a cylinder, four points on each rim and the nearest of the line on its side that faces
    the target."""
    axis, across = rows.turn[2::3], rows.turn[0::3]
    radius, _, half_length = rows.half
    along = [half_length * a for a in axis]
    s = nearest_along(rows.targets, rows.position, along)
    _, n = rows.targets.distance(_at(rows.position, s, along))
    # towards the target in the plane of the rims; along an axis of the body where that is nothing
    level = dot(n, axis)
    facing = normalize([level * a - x + RIM_TILT * e
                        for a, x, e in zip(axis, n, across, strict=True)])  # fmt: skip
    side = cross(axis, facing)
    points = [
        [
            p + end * b + radius * (u * f + v * c)
            for p, b, f, c in zip(rows.position, along, facing, side, strict=True)
        ]
        for end in (-1.0, 1.0)
        for u, v in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
    ]
    points.append(_at(_at(rows.position, s, along), radius, facing))
    return points, [*[None] * 8, 1.0 - s**4]


def support_points(rows: Rows) -> Found:
    """Of an ellipsoid, the point that faces the target: whose normal is opposite to the target's.

    Against flat faces the normal at its centre is right at once; another ellipsoid has a method of
    its own. Elsewhere the point may be a little beside the nearest one.
    """
    targets = rows.targets
    if targets.kind == "ellipsoid":
        n = facing_direction(rows.turn, rows.half, targets.size, rows.position)
        return [_facing(rows, n)], [None]
    point = list(rows.position)
    for _ in range(SUPPORT_PASSES):
        point = _facing(rows, targets.distance(point)[1])
    return [point], [None]


FAMILIES: dict[str, Callable[[Rows], Found]] = {
    "point": fixed_points,
    "segment": segment_points,
    "rim": rim_points,
    "support": support_points,
}


def nearest_along(targets: Targets, middle: Components, along: Components) -> Float[Array, "n *B"]:
    """s in -1 to 1 for which middle + s along is nearest to the target; about 0 where all are."""

    def slope(s: Array, targets: Targets, middle: Components, along: Components) -> Array:
        """Of the distance, and of a shallow bowl around the middle [m]."""
        _, n = targets.distance(_at(middle, s, along))
        return dot(n, along) + EVENNESS * jnp.sqrt(dot(along, along)) * s

    held = lax.stop_gradient((list(middle), list(along)))
    fixed = (replace(targets, size=lax.stop_gradient(list(targets.size))), *held)

    def halve(_, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        s = 0.5 * (low + high)
        beyond = slope(s, *fixed) > 0.0
        return jnp.where(beyond, low, s), jnp.where(beyond, s, high)

    even = EVENNESS * jnp.sqrt(dot(fixed[2], fixed[2]))
    end = jnp.ones_like(even)
    low, high = lax.fori_loop(0, HALVINGS, halve, (-end, end))

    def newton(s: Array, *of) -> Array:
        _, rise = jax.jvp(lambda s: slope(s, *fixed), (s,), (end,))
        exact = s - slope(s, *of) / lax.stop_gradient(jnp.maximum(rise, even))
        return jnp.clip(exact, jnp.maximum(s - LAST_MOVE, -1.0), jnp.minimum(s + LAST_MOVE, 1.0))

    # the first pass makes the second's derivative exact
    s = lax.stop_gradient(newton(0.5 * (low + high), *fixed))
    return newton(s, targets, middle, along)


def _facing(rows: Rows, n: Components) -> list[Array]:
    """The point of each ellipsoid where its outward normal is -n: -D^2 m / |D m|, m = R^T n."""
    scaled = [a * m for a, m in zip(rows.half, rotate_back(rows.turn, n), strict=True)]
    length = jnp.sqrt(dot(scaled, scaled))
    return rows.place([-a * m / length for a, m in zip(rows.half, scaled, strict=True)])


def _scaled(unit: Components, half: Components) -> list[Array]:
    return [u * h for u, h in zip(unit, half, strict=True)]


def _at(start: Components, share: Array, along: Components) -> list[Array]:
    return [p + share * a for p, a in zip(start, along, strict=True)]
