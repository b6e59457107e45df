"""Where shapes may touch the ground: contact points that move with the geometry, and their gaps.

Sphere: its lowest point. Capsule: the lowest points of its two end spheres. Box: eight corners.
Hull: its corners. Ellipsoid: its lowest point (support point). Cylinder: four points on each rim,
the first towards the ground, so that it rolls smoothly on its side and stands on its face.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.contact import ContactLaw, contact_law
from robodiff.physics.kinematics import Poses
from robodiff.physics.layout import Components, aligned, components, rows, settle, stack
from robodiff.physics.model import Model
from robodiff.physics.rotation import (
    cross,
    dot,
    normalize,
    quaternion_to_matrix,
    rotate_back,
)
from robodiff.physics.small_matrices import compose, rotate
from robodiff.physics.sums import tree_sum
from robodiff.physics.topology import Topology

BOX_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
CAPS = np.array([[0, 0, -1], [0, 0, 1]], float)
RIM_TILT = 1e-3
"""Tilt [rad] below which a cylinder's rim points follow the body instead of the ground."""


@dataclass(frozen=True, eq=False)
class PointLayout:
    """Which shape each contact point belongs to; constant for a topology."""

    fixed: tuple[tuple[int, tuple[float, float, float]], ...]
    """(shape, direction in units of the shape's half sizes) of points fixed in the link."""
    rims: tuple[int, ...]
    """Cylinders."""
    ellipsoids: tuple[int, ...]
    """Ellipsoids."""
    shapes: tuple[int, ...]
    """Shape of every point, in the order of contact forces."""
    names: tuple[str, ...]
    """Name of every point."""
    links: tuple[int, ...]
    """Link of every point."""
    link_dofs: np.ndarray
    """[points, nv] coordinates that move each point."""


@lru_cache(maxsize=64)
def point_layout(topology: Topology) -> PointLayout:
    """All contact points of a robot."""
    touching = [
        shape
        for shape, collides in enumerate(topology.shape_collides)
        if collides and topology.has_ground and topology.shape_links[shape] >= 0
    ]
    kinds = topology.shape_kinds
    fixed = tuple(
        (shape, (float(x), float(y), float(z)))
        for shape in touching
        for x, y, z in _fixed_points(topology, shape)
    )
    rims = tuple(shape for shape in touching if kinds[shape] == "cylinder")
    ellipsoids = tuple(shape for shape in touching if kinds[shape] == "ellipsoid")
    shapes = (*(s for s, _ in fixed), *(s for s in rims for _ in range(8)), *ellipsoids)
    links = tuple(topology.shape_links[shape] for shape in shapes)
    counts: dict[int, int] = {}
    names = []
    for shape in shapes:
        counts[shape] = counts.get(shape, -1) + 1
        names.append(f"{topology.shape_names[shape]}.{counts[shape]}")
    link_dofs = topology.link_dofs[list(links)].reshape(len(shapes), topology.nv)
    return PointLayout(fixed, rims, ellipsoids, shapes, tuple(names), links, link_dofs)


def _fixed_points(topology: Topology, shape: int) -> Iterable[Sequence[float]]:
    """Points of a shape that stay in place on its link, in units of its half sizes."""
    if topology.shape_kinds[shape] == "hull":
        return topology.shape_points[shape]
    known = {"sphere": [[0.0, 0.0, 0.0]], "capsule": CAPS.tolist(), "box": BOX_CORNERS.tolist()}
    return known.get(topology.shape_kinds[shape], [])


def contact_point_names(topology: Topology) -> tuple[str, ...]:
    """Names of the contact points, in the order of `Trajectory.contact_force`."""
    return point_layout(topology).names


def contact_point_links(topology: Topology) -> tuple[int, ...]:
    """Link of each contact point, in the order of `Trajectory.contact_force`."""
    return point_layout(topology).links


class Surface(eqx.Module):
    """Contact geometry in link axes, computed once a rollout."""

    center: Float[Array, "fixed 3 *B"]
    """Centre of the sphere around each fixed point [m]."""
    radius: Float[Array, "fixed *B"]
    """Its radius; 0 for a corner [m]."""
    rim_center: Float[Array, "rims 3 *B"]
    """Centre of each cylinder [m]."""
    rim_rotation: Float[Array, "rims 9 *B"]
    """Its axes in link axes."""
    rim_size: Float[Array, "rims 3 *B"]
    """Radius, half length, unused [m]."""
    ellipsoid_center: Float[Array, "ellipsoids 3 *B"]
    """Centre of each ellipsoid [m]."""
    ellipsoid_rotation: Float[Array, "ellipsoids 9 *B"]
    """Its axes in link axes."""
    ellipsoid_size: Float[Array, "ellipsoids 3 *B"]
    """Semi-axes [m]."""
    friction: Float[Array, "points *B"]
    """Coefficient of friction of each point [-]."""
    margin: Float[Array, "points *B"] | None
    """Gap at which each point begins to touch [m]; None for 0."""
    law: ContactLaw
    """The contact law of each point."""


class Points(eqx.Module):
    """Contact points at one configuration."""

    arm: Float[Array, "points 3 *B"]
    """From the robot's reference point to the contact point, world axes [m]."""
    gap: Float[Array, "points *B"]
    """Signed distance to the ground, less the margin, positive apart [m]."""


def surface_of(model: Model) -> Surface:
    """Contact geometry of a model in link axes."""
    layout, shapes = point_layout(model.topology), model.shapes
    rotation = stack(quaternion_to_matrix(components(shapes.rotation)))

    def pick(x, index):
        return x[np.array(index, dtype=int)] if len(index) else x[:0]

    which = [shape for shape, _ in layout.fixed]
    size = pick(shapes.size, which)
    direction = aligned(np.array([d for _, d in layout.fixed]).reshape(-1, 3), size)
    kinds = [model.topology.shape_kinds[shape] for shape in which]
    box = aligned(np.isin(np.array(kinds, str), ("box", "hull")), size)
    half = jnp.where(box, size, jnp.roll(size, 1, axis=1))  # capsule: half length along z
    corner = rotate(pick(rotation, which), half * direction)
    return Surface(
        center=pick(shapes.position, which) + corner,
        radius=jnp.where(box[:, 0], 0.0, size[:, 0]),
        rim_center=pick(shapes.position, layout.rims),
        rim_rotation=pick(rotation, layout.rims),
        rim_size=pick(shapes.size, layout.rims),
        ellipsoid_center=pick(shapes.position, layout.ellipsoids),
        ellipsoid_rotation=pick(rotation, layout.ellipsoids),
        ellipsoid_size=pick(shapes.size, layout.ellipsoids),
        friction=pick(shapes.friction, layout.shapes),
        margin=None if shapes.margin is None else pick(shapes.margin, layout.shapes),
        law=contact_law(model.contact, len(layout.shapes)),
    )


def contact_points(model: Model, surface: Surface, poses: Poses, reference: Array) -> Points:
    """Contact points and gaps for the ground z = 0."""
    layout = point_layout(model.topology)
    n_fixed, n_rims = len(layout.fixed), 8 * len(layout.rims)
    links = np.array(layout.links, dtype=int)
    positions = []
    if n_fixed:
        R, p = at_links(poses, links[:n_fixed])
        down = rows(surface.radius) * aligned(np.array([[0.0, 0.0, -1.0]]), p)
        positions.append(in_world(R, p, surface.center) + down)
    if n_rims:
        R, p = at_links(poses, links[n_fixed : n_fixed + n_rims : 8])
        positions.append(rim_points(R, p, surface))
    if layout.ellipsoids:
        R, p = at_links(poses, links[n_fixed + n_rims :])
        positions.append(ellipsoid_points(R, p, surface))
    position = positions[0] if len(positions) == 1 else jnp.concatenate(positions)
    gap = position[:, 2] if surface.margin is None else position[:, 2] - surface.margin
    return Points(settle(position - reference), settle(gap))


def at_links(poses: Poses, links: np.ndarray) -> tuple[Array, Array]:
    """Rotation and position of links, one row for each in the list."""
    pick = np.eye(poses.position.shape[0])[links]
    both = tree_sum(pick, jnp.concatenate([poses.rotation, poses.position], axis=1))
    return both[:, :9], both[:, 9:]


def in_world(R: Array, p: Array, local: Array) -> Array:
    """Places in links' frames, in world axes."""
    return p + rotate(R, local)


def rim_points(
    R: Array, p: Array, surface: Surface, normal: Components | None = None
) -> Float[Array, "points 3 *B"]:
    """Centre +- half length x axis + radius x (d, b, -d, -b); d points down in the plane of the
    rim. `normal` is that of the ground; None for (0, 0, 1)."""
    axes = components(compose(R, surface.rim_rotation))
    across, axis = axes[0::3], axes[2::3]
    radius, half_length, _ = components(surface.rim_size)
    center = components(in_world(R, p, surface.rim_center))
    # d ~ -(n - (n . a) a) + tilt x e, for the ground normal n
    level = axis[2] if normal is None else dot(axis, normal)
    down = [level * a + RIM_TILT * e for a, e in zip(axis, across, strict=True)]
    if normal is None:
        down = normalize([down[0], down[1], down[2] - 1.0])
    else:
        down = normalize([d - n for d, n in zip(down, normal, strict=True)])
    side = cross(axis, down)
    points = []
    for end in (-1.0, 1.0):
        for u, v in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)):
            points.append(
                stack(
                    [
                        c + end * half_length * a + radius * (u * d + v * s)
                        for c, a, d, s in zip(center, axis, down, side, strict=True)
                    ]
                )
            )
    return jnp.stack(points, axis=1).reshape(-1, *points[0].shape[1:])


def ellipsoid_points(
    R: Array, p: Array, surface: Surface, normal: Components | None = None
) -> Float[Array, "points 3 *B"]:
    """Lowest point: centre - D^2 n / |D n| in the ellipsoid's axes, for the ground's normal n;
    None for (0, 0, 1)."""
    turned = compose(R, surface.ellipsoid_rotation)
    axes, size = components(turned), components(surface.ellipsoid_size)
    # the ground's normal in the ellipsoid's axes
    n = axes[6:9] if normal is None else rotate_back(axes, normal)
    scaled = [s * c for s, c in zip(size, n, strict=True)]
    length = jnp.sqrt(dot(scaled, scaled))
    support = [-s * c / length for s, c in zip(size, scaled, strict=True)]
    return in_world(R, p, surface.ellipsoid_center) + rotate(turned, stack(support))
