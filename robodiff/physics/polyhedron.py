"""Signed distance from points to convex polyhedra: the hulls of meshes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from robodiff.physics.layout import Components, aligned, rows, settle
from robodiff.physics.rotation import cross, dot, safe_norm

FAR = 1e9
"""Stands for the distance to what is not the nearest [m]."""
Corners = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, eq=False)
class Polyhedra:
    """Triangles of n convex polyhedra, in units of their sizes."""

    corners: np.ndarray
    """[n, triangles, 3 corners, 3], counter-clockwise seen from outside; repeated where a
    polyhedron has fewer than another."""


@lru_cache(maxsize=256)
def triangles(corners: Corners) -> np.ndarray:
    """Faces of the convex hull [triangles, 3 corners, 3], counter-clockwise seen from outside."""
    from scipy.spatial import ConvexHull

    points = np.array(corners, float)
    hull = ConvexHull(points, qhull_options="QJ")
    faces = points[hull.simplices]
    normal = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
    inward = (normal * hull.equations[:, :3]).sum(axis=1) < 0.0
    faces[inward] = faces[inward][:, ::-1]
    return faces


@lru_cache(maxsize=256)
def edge_middles(corners: Corners) -> np.ndarray:
    """Middles of the edges of the convex hull [edges, 3]; those inside a flat face are left out."""
    faces = triangles(corners)
    normal = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    sides: dict[tuple, list[int]] = {}
    for face, triangle in enumerate(np.round(faces, 12)):
        for k in range(3):
            ends = tuple(sorted((tuple(triangle[k]), tuple(triangle[(k + 1) % 3]))))
            sides.setdefault(ends, []).append(face)
    sharp = [
        ends for ends, own in sides.items()
        if len(own) != 2 or normal[own[0]] @ normal[own[1]] < 1.0 - 1e-6
    ]  # fmt: skip
    return np.array(sharp).mean(axis=1)


def polyhedra(hulls: Sequence[Corners]) -> Polyhedra:
    """Faces of several hulls, as many for each."""
    faces = [triangles(corners) for corners in hulls]
    most = max(len(one) for one in faces)
    padded = [np.concatenate([one, np.repeat(one[-1:], most - len(one), axis=0)]) for one in faces]
    return Polyhedra(np.stack(padded))


def distance_to_polyhedron(hulls: Polyhedra, size: Components, point: Components):
    """Distance and normal at points [n, *B]: outside by the nearest face or edge (the whole of
    it, its ends included), inside by the nearest face."""
    size, point = ([rows(part) for part in parts] for parts in (size, point))
    a, b, c = (
        [aligned(hulls.corners[:, :, corner, axis], size[axis]) * size[axis] for axis in range(3)]
        for corner in range(3)
    )
    from_a = _minus(point, a)
    across = cross(_minus(b, a), _minus(c, a))
    normal = [part / safe_norm(across) for part in across]
    normal, height = settle((normal, dot(normal, from_a)))
    sides = ((a, b), (b, c), (c, a))
    above, candidates = height > 0.0, []
    for start, end in sides:
        along, from_start = _minus(end, start), _minus(point, start)
        above &= dot(cross(normal, along), from_start) >= 0.0
        share = jnp.clip(dot(along, from_start) / dot(along, along), 0.0, 1.0)
        away = [f - share * part for f, part in zip(from_start, along, strict=True)]
        length = safe_norm(away)
        scale = 1.0 / jnp.where(length > 0.0, length, 1.0)
        away = [part * scale for part in away]
        candidates.append(settle([jnp.where(length > 0.0, length, FAR), *away]))
    candidates.append([jnp.where(above, height, FAR), *normal])
    each = settle([jnp.concatenate(jnp.broadcast_arrays(*part), axis=1)
                   for part in zip(*candidates, strict=True)])  # fmt: skip
    outside = _pick(each[0], -each[0], each)
    inside = _pick(height, height, [height, *normal])
    is_inside = (height <= 0.0).all(axis=1)
    distance, *direction = (
        jnp.where(is_inside, i, o) for i, o in zip(inside, outside, strict=True)
    )
    return distance, direction


def _pick(like: Array, score: Array, parts: list[Array]) -> list[Array]:
    """Of each part [n, candidates, *B] the one of the highest score [n, *B]."""
    best = settle(jnp.argmax(score, axis=1, keepdims=True))
    index = aligned(np.arange(score.shape[1]), score[0])
    chosen = settle((index == best).astype(like.dtype))
    return [jnp.sum(jnp.broadcast_to(part, score.shape) * chosen, axis=1) for part in parts]


def _minus(a: Components, b: Components) -> list[Array]:
    return [x - y for x, y in zip(a, b, strict=True)]
