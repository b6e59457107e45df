"""Contact between bodies: where two shapes touch, and what that does to both.

Each contact point has a frame (two tangents and the normal, which points from the shape that it is
measured against towards its own), in which it obeys the same law as a point on the ground. Its
velocity is that of its own link against the other's at the same place, so the forces on the two
are equal and opposite, and so are their moments.
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from robodiff.physics.contact import ContactLaw, contact_law
from robodiff.physics.distance import Targets
from robodiff.physics.kinematics import Poses
from robodiff.physics.layout import Components, aligned, components, rows, settle, stack
from robodiff.physics.model import Model
from robodiff.physics.pair_layout import Block, pair_layout
from robodiff.physics.polyhedron import polyhedra
from robodiff.physics.probes import FAMILIES, Rows
from robodiff.physics.rotation import compose, cross, dot, quaternion_to_matrix, rotate, rotate_back
from robodiff.physics.shapes import Points, Surface, point_layout
from robodiff.physics.sums import tree_sum
from robodiff.physics.topology import Topology

ROUNDING = 0.1
"""Radius of the edges of boxes and cylinders, as a share of the harmonic sum of their half sizes
(a third of it for a cube): a normal that turned at once would have no derivative."""


class PairSurface(eqx.Module):
    """The shapes that take part, in link axes, computed once a rollout; and the points' law."""

    position: Float[Array, "shapes 3 *B"]
    """Origin in the link frame [m]."""
    rotation: Float[Array, "shapes 9 *B"]
    """Axes in link axes."""
    size: Float[Array, "shapes 3 *B"]
    """As `Shapes.size` [m]."""
    half: Float[Array, "shapes 3 *B"]
    """Half sizes of the core, which with a ball around each of its points is the shape [m]."""
    radius: Float[Array, "shapes *B"]
    """Of that ball [m]."""
    friction: Float[Array, "points *B"]
    """Coefficient of friction of each contact point [-]."""
    margin: Float[Array, "points *B"]
    """Gap at which it begins to touch [m]."""
    law: ContactLaw
    """Of each contact point."""


class PairPoints(eqx.Module):
    """Contact points that have a frame of their own, at one configuration: between bodies, and on
    a heightfield."""

    arm: Float[Array, "points 3 *B"]
    """From the robot's reference point to the place half way between the surfaces, on a
    heightfield to the body's, world axes [m]."""
    gap: Float[Array, "points *B"]
    """Distance between the surfaces, less the margin, positive apart [m]."""
    frame: Float[Array, "points 9 *B"]
    """Rows are two tangents and the normal, world axes."""
    share: Float[Array, "points *B"]
    """Of the contact stiffness [-]."""


def pair_surface(model: Model) -> PairSurface | None:
    """What stays the same during a rollout; None where no bodies touch."""
    topology = model.topology
    if model.pairs is None or not topology.pairs:
        return None
    layout, shapes = pair_layout(topology), model.shapes
    used, pairs = np.array(layout.shapes), np.array(layout.pair)
    size = shapes.size[used]
    half, radius = _cores([topology.shape_kinds[shape] for shape in used], size)
    return PairSurface(
        position=shapes.position[used],
        rotation=stack(quaternion_to_matrix(components(shapes.rotation[used]))),
        size=size,
        half=half,
        radius=radius,
        friction=model.pairs.friction[pairs],
        margin=model.pairs.margin[pairs],
        law=contact_law(model.contact, len(layout.pair)),
    )


def pair_points(model: Model, surface: PairSurface, poses: Poses, reference: Array) -> PairPoints:
    """Contact points, gaps and frames of all pairs."""
    layout = pair_layout(model.topology)
    placed = _place_shapes(model.topology, surface, poses, reference)
    blocks = [_measure(model.topology, block, placed) for block in layout.blocks]
    joined = [jnp.concatenate(part) for part in zip(*blocks, strict=True)]
    arm, gap, normal, share = settle(joined)
    return settle(PairPoints(arm, gap - surface.margin, frames_about(normal), share))


def pair_places(model: Model, poses: Poses) -> Float[Array, "points 3 *B"]:
    """Where each contact point between bodies is, world axes [m]."""
    surface = pair_surface(model)
    if surface is None:
        return poses.position[:0]
    return pair_points(model, surface, poses, jnp.zeros_like(poses.position[:1])).arm


def pair_matrix(
    topology: Topology, points: PairPoints, S: Array, normal: Array, tangent: Array | None
) -> Float[Array, "nv nv *B"]:
    """J^T diag(a, a, g) J, with g the normal slope and a the tangential one (None for 0)."""
    frame, arm, spatial = (components(x) for x in (points.frame, points.arm, S))
    first = len(contact_dofs(topology)) - points.gap.shape[0]
    dofs = aligned(contact_dofs(topology)[first:].astype(float), S)
    left, right = [], []
    for weight, axis in zip((tangent, tangent, normal), (0, 1, 2), strict=True):
        if weight is not None:
            e = frame[3 * axis : 3 * axis + 3]
            rates = zip([*cross(arm, e), *e], spatial, strict=True)
            J = settle(dofs * sum(rows(along) * moved[None] for along, moved in rates))
            left.append(rows(weight) * J)
            right.append(J)
    left, right = jnp.concatenate(left), jnp.concatenate(right)
    return jnp.einsum("ki...,kj...->ij...", left, right, precision=lax.Precision.HIGHEST)


def into_frames(points: PairPoints, vector: Components) -> list[Array]:
    """World components of points on the plane, then of those with frames: the latter in them."""
    return _turned(points, vector, rotate)


def out_of_frames(points: PairPoints, vector: Components) -> list[Array]:
    """The inverse of `into_frames`."""
    return _turned(points, vector, rotate_back)


def contact_dofs(topology: Topology) -> np.ndarray:
    """[points, nv] how each coordinate moves each contact point, on the ground and then of pairs:
    1, or for a pair -1 where it moves the other body."""
    ground = point_layout(topology).link_dofs
    return np.vstack([ground, pair_layout(topology).dofs]) if topology.pairs else ground


def _turned(points: PairPoints, vector: Components, turn) -> list[Array]:
    first = vector[0].shape[0] - points.gap.shape[0]
    turned = turn(components(points.frame), [part[first:] for part in vector])
    return [jnp.concatenate([v[:first], t]) for v, t in zip(vector, turned, strict=True)]


def join_pairs(
    ground: Surface, touching: Points | None, surface: PairSurface, points: PairPoints
) -> tuple[Surface, Points]:
    """Points on the ground and those of pairs in one list, each of a pair with its share of the
    stiffness."""
    firm = surface.law.stiffness * points.share
    law = eqx.tree_at(lambda law: law.stiffness, surface.law, firm)
    own = Points(points.arm, points.gap)
    if touching is not None:
        law, own = (jax.tree.map(_join, *both) for both in ((ground.law, law), (touching, own)))
    friction = _join(ground.friction, surface.friction)
    return eqx.tree_at(lambda s: (s.law, s.friction), ground, settle((law, friction))), settle(own)


def _join(one: Array, other: Array) -> Array:
    return jnp.concatenate([one, other])


def _cores(kinds: list[str], size: Array) -> tuple[Array, Array]:
    """Half sizes and radius of each shape's core."""
    x, y, z = components(size)

    def of(*wanted: str) -> np.ndarray:
        return aligned(np.isin(np.array(kinds), wanted), x)

    rod, box = of("cylinder"), of("box")
    one, safe = jnp.ones_like(x), lambda part: jnp.where(part > 0.0, part, 1.0)
    sharpness = one / safe(x) + one / safe(y) + jnp.where(box, one / safe(z), 0.0)
    edge = jnp.where(rod | box, ROUNDING / sharpness, 0.0)
    radius = jnp.where(of("sphere", "capsule"), x, edge)
    across = jnp.where(of("sphere", "capsule"), 0.0, x - edge)
    depth = jnp.where(rod, x - edge, jnp.where(of("box", "ellipsoid", "hull"), y - edge, 0.0))
    length = jnp.where(rod | of("capsule"), y - edge, jnp.where(of("sphere"), 0.0, z - edge))
    return stack([across, depth, length]), radius


def _place_shapes(topology: Topology, surface: PairSurface, poses: Poses, reference) -> Array:
    """Of each shape: world axes (9), origin from the reference (3), half sizes (3), radius, size
    (3)."""
    links = [topology.shape_links[shape] for shape in pair_layout(topology).shapes]
    pick = np.eye(topology.nlinks + 1)[np.array(links)][:, :-1]
    both = tree_sum(pick, jnp.concatenate([poses.rotation, poses.position], axis=1))
    moving = aligned(np.array(links) >= 0, both)
    identity = aligned(np.eye(3).reshape(1, 9), both)
    R = components(jnp.where(moving, both[:, :9], identity))
    at = [p + x - r for p, x, r in zip(
        components(both[:, 9:]), rotate(R, components(surface.position)), components(reference),
        strict=True)]  # fmt: skip
    axes = compose(R, components(surface.rotation))
    fixed = [*components(surface.half), surface.radius, *components(surface.size)]
    return settle(stack([*axes, *at, *fixed]))


def _measure(topology: Topology, block: Block, placed: Array) -> tuple[Array, Array, Array, Array]:
    """Arms, gaps, normals and shares of a block's points."""
    order = pair_layout(topology).shapes
    pick = np.eye(len(order))
    of, to = (
        components(tree_sum(pick[[order.index(getattr(probe, end)) for probe in block.probes]],
                            placed))
        for end in ("of", "to")
    )  # fmt: skip
    R, origin, size = to[:9], to[9:12], to[16:19]
    hulls = None
    if block.target == "hull":
        hulls = polyhedra([topology.shape_points[probe.to] for probe in block.probes])
    targets = Targets(block.target, size, hulls)
    apart = [a - b for a, b in zip(of[9:12], origin, strict=True)]
    seen = Rows(
        turn=[dot(R[i::3], of[j:9:3]) for i in range(3) for j in range(3)],
        position=rotate_back(R, apart),
        half=of[12:15],
        radius=of[15],
        middle=_constant([probe.middle for probe in block.probes], placed),
        along=_constant([probe.along for probe in block.probes], placed),
        targets=targets,
    )  # fmt: skip
    found, shares = FAMILIES[block.family](seen)
    results = [_contact(targets, point, seen.radius, R, origin) for point in found]
    ones = jnp.ones_like(seen.radius)
    weight = jnp.concatenate([ones if share is None else share for share in shares])
    arm, gap, normal = (jnp.concatenate(part) for part in zip(*results, strict=True))
    return arm, gap, normal, weight


def _contact(targets: Targets, point: Components, radius: Array, R: Components, origin: Components):
    """Place half way between the surfaces, gap and normal of one point of each row, world axes."""
    distance, n = targets.distance(point)
    half_way = 0.5 * (distance + radius)
    place = rotate(R, [p - half_way * x for p, x in zip(point, n, strict=True)])
    arm = [a + b for a, b in zip(origin, place, strict=True)]
    return stack(arm), distance - radius, stack(rotate(R, n))


def _constant(vectors: list[tuple[float, ...]], like: Array) -> list[Array]:
    columns = np.array(vectors).reshape(-1, 3)
    return [aligned(column, like[:, 0]) for column in columns.T]


def frames_about(normal: Float[Array, "points 3 *B"]) -> Float[Array, "points 9 *B"]:
    """Two tangents to each normal, and itself (Duff et al., Building an orthonormal basis,
    revisited, 2017). Which tangents does not matter: friction is the same in all directions."""
    x, y, z = components(normal)
    sign = jnp.where(z < 0.0, -1.0, 1.0)
    a = -1.0 / (sign + z)
    b = x * y * a
    return stack([1.0 + sign * x * x * a, sign * b, -sign * x, b, sign + y * y * a, -y, x, y, z])
