"""The convex hull of a mesh by a moderate number of its corners."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.spatial import ConvexHull

from robodiff.robot.foreign.scene import Scene

MOST_POINTS = 32
"""Corners of a hull that touch the ground; each costs a contact point."""
ACCURACY = 1e-4
"""Share of the hull's size below which no further corner is taken."""
DIRECTIONS = 1000


@dataclass(frozen=True, eq=False)
class Hull:
    """Corners about the middle of their box."""

    points: np.ndarray
    """[n, 3] in the geom's axes, from `center` [m]."""
    center: np.ndarray
    """Middle of the box around them, in the geom's frame [3] [m]."""
    total: int
    """Corners that the whole hull has."""
    distance: float
    """How far the whole hull reaches beyond these [m]; 0 when these are all."""


@lru_cache(maxsize=512)
def hull_of(scene: Scene, geom: int) -> Hull:
    """The hull of a geom's mesh."""
    model, mesh = scene.model, int(scene.model.geom_dataid[geom])
    first, count = int(model.mesh_vertadr[mesh]), int(model.mesh_vertnum[mesh])
    vertices = np.asarray(model.mesh_vert[first : first + count], float)
    corners = vertices[ConvexHull(vertices, qhull_options="QJ").vertices]
    points, distance = farthest_corners(corners)
    center = 0.5 * (points.min(axis=0) + points.max(axis=0))
    return Hull(points - center, center, len(corners), distance)


def farthest_corners(corners: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, float]:
    """Corners whose hull is nearest to that of all, and how far the latter reaches beyond [m].

    Greedy: the corner that stands out farthest, in any of many directions, is next.
    """
    directions = np.concatenate([np.eye(3), -np.eye(3), _sphere(DIRECTIONS)])
    reach = corners @ directions.T
    full, kept = reach.max(axis=0), [int(reach[:, 0].argmax())]
    size = float(np.linalg.norm(np.ptp(corners, axis=0)))
    while True:
        missing = full - reach[kept].max(axis=0)
        worst = int(missing.argmax())
        done = len(kept) == len(corners)
        if done or len(kept) >= most or missing[worst] <= ACCURACY * size:
            return corners[kept], 0.0 if done else float(missing[worst])
        kept.append(int(reach[:, worst].argmax()))


def _sphere(count: int) -> np.ndarray:
    """Directions spread evenly over the sphere [count, 3], by the golden angle."""
    index = np.arange(count) + 0.5
    z, turn = 1.0 - 2.0 * index / count, np.pi * (1.0 + np.sqrt(5.0)) * index
    across = np.sqrt(1.0 - z * z)
    return np.stack([across * np.cos(turn), across * np.sin(turn), z], axis=1)
