"""Signed distance from points to shapes, and the normal there: exact for every shape.

Each function takes the components of points [n, *B] in the shape's own frame and of its size
(see `Shapes.size`), and gives the distance [n, *B] (negative inside) and the components of the
unit normal, which points away from the shape. The normal is written out, not differentiated, so
that both have derivatives of first order without second ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from robodiff.physics.layout import Components, settle
from robodiff.physics.polyhedron import Polyhedra, distance_to_polyhedron
from robodiff.physics.rotation import safe_norm

TINY = 1e-12
"""Length [m] under which a direction is not taken from a difference."""
ELLIPSOID_PASSES = 9
"""Of Newton's method, from a start that is never too far: 1e-15 by the seventh in trials."""

Distance = tuple[Array, list[Array]]


@dataclass(frozen=True, eq=False)
class Targets:
    """Shapes of one kind, each measured from points of its own."""

    kind: str
    """One of `SHAPE_KINDS`, or hull."""
    size: Components
    """Three components of their sizes [n, *B] [m]."""
    hulls: Polyhedra | None = None
    """Faces of hulls; None for other kinds."""

    def distance(self, point: Components) -> Distance:
        """Distance [m] and normal at points in their frames."""
        point = settle(list(point))
        if self.hulls is not None:
            return settle(distance_to_polyhedron(self.hulls, self.size, point))
        return settle(DISTANCES[self.kind](self.size, point))


def distance_to_sphere(size: Components, point: Components) -> Distance:
    """|p| - r."""
    length, normal = _direction(point)
    return length - size[0], normal


def distance_to_capsule(size: Components, point: Components) -> Distance:
    """Distance to the axis, less the radius."""
    x, y, z = point
    length, normal = _direction([x, y, z - jnp.clip(z, -size[1], size[1])])
    return length - size[0], normal


def distance_to_box(size: Components, point: Components) -> Distance:
    """Outside to the nearest point of the surface, inside to the nearest face."""
    sign = [jnp.where(p < 0.0, -1.0, 1.0) for p in point]
    distance, normal = _to_corner([jnp.abs(p) - h for p, h in zip(point, size, strict=True)])
    return distance, [s * n for s, n in zip(sign, normal, strict=True)]


def distance_to_cylinder(size: Components, point: Components) -> Distance:
    """As a rectangle, in the plane through the axis and the point."""
    x, y, z = point
    across, (ux, uy) = _direction([x, y])
    up = jnp.where(z < 0.0, -1.0, 1.0)
    distance, (radial, axial) = _to_corner([across - size[0], jnp.abs(z) - size[1]])
    return distance, [radial * ux, radial * uy, axial * up]


def distance_to_ellipsoid(size: Components, point: Components) -> Distance:
    """t |g| with g = p / (t + a^2), where t solves sum (a p / (t + a^2))^2 = 1.

    Newton's method from a t where the sum is between 1 and 3 falls to the root from one side
    (Eberly, Distance from a point to an ellipsoid, 2013). The last pass alone carries the
    derivative, which is exact at the root.
    """
    floor = -0.999 * _smallest([a * a for a in size])

    def newton(t, size, point):
        steep = [a * a + t for a in size]
        terms = [(a * p / s) ** 2 for a, p, s in zip(size, point, steep, strict=True)]
        slope = -2.0 * sum(term / s for term, s in zip(terms, steep, strict=True))
        off = sum(terms) - 1.0
        return t - off / lax.stop_gradient(jnp.minimum(slope, -TINY))

    fixed, at = [lax.stop_gradient(a) for a in size], [lax.stop_gradient(p) for p in point]
    start = -_smallest([a * a - a * jnp.abs(p) for a, p in zip(fixed, at, strict=True)])
    start = jnp.maximum(start, lax.stop_gradient(floor))
    root = lax.fori_loop(0, ELLIPSOID_PASSES, lambda _, t: newton(t, fixed, at), start)
    t = jnp.maximum(newton(root, size, point), floor)
    length, normal = _direction([p / (t + a * a) for a, p in zip(size, point, strict=True)])
    return t * length, normal


DISTANCES: dict[str, Callable[[Components, Components], Distance]] = {
    "sphere": distance_to_sphere,
    "capsule": distance_to_capsule,
    "box": distance_to_box,
    "cylinder": distance_to_cylinder,
    "ellipsoid": distance_to_ellipsoid,
}


def _direction(vector: Components) -> tuple[Array, list[Array]]:
    """Length and direction; along the first axis where there is no length to speak of."""
    length = safe_norm(vector, TINY)
    none = length == 0.0
    scale = 1.0 / jnp.where(none, 1.0, length)
    return length, [jnp.where(none, float(i == 0), part * scale) for i, part in enumerate(vector)]


def _to_corner(beyond: Components) -> Distance:
    """From how far a point lies beyond each face of a corner: the distance, and the normal there.

    Beyond any: to the nearest point of those faces. Beyond none: to the nearest face.
    """
    outside = [jnp.maximum(part, 0.0) for part in beyond]
    length, away = _direction(outside)
    nearest = -_smallest([-part for part in beyond])
    inside = nearest <= TINY
    face, taken = [], False
    for part in beyond:
        first = (part == nearest) & ~jnp.asarray(taken)
        face.append(first.astype(part.dtype))
        taken = first | taken
    distance = jnp.where(inside, nearest, length)
    return distance, [jnp.where(inside, f, a) for f, a in zip(face, away, strict=True)]


def _smallest(parts: Components) -> Float[Array, "n *B"]:
    least = parts[0]
    for part in parts[1:]:
        least = jnp.minimum(least, part)
    return least
