"""Small meshes, written as binary STL."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull


def write_hull(path: Path, points: np.ndarray) -> Path:
    """The convex hull of points [n, 3] as an STL file, its faces turned outwards."""
    points = np.asarray(points, float)
    hull = ConvexHull(points)
    faces = []
    for simplex, equation in zip(hull.simplices, hull.equations, strict=True):
        a, b, c = points[simplex]
        outwards = np.cross(b - a, c - a) @ equation[:3] > 0
        faces.append((a, b, c) if outwards else (a, c, b))
    path.parent.mkdir(parents=True, exist_ok=True)
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *np.ravel(face), 0) for face in faces)
    path.write_bytes(bytes(80) + struct.pack("<I", len(faces)) + body)
    return path


def ball(count: int, radius: float = 0.1) -> np.ndarray:
    """Points [count, 3] on a sphere."""
    points = np.random.default_rng(0).normal(size=(count, 3))
    return radius * points / np.linalg.norm(points, axis=1, keepdims=True)


WEDGE = np.array([[0, 0, 0], [0.3, 0, 0], [0, 0.2, 0], [0, 0, 0.1], [0.3, 0.2, 0]])
"""A body without symmetry [m]."""
