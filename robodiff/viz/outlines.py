"""The silhouette of a shape under a parallel projection, exact for every kind.

All shapes are convex, so the outline is traced by the support function: for each page direction,
the page point of the shape that lies farthest that way.
"""

from __future__ import annotations

import numpy as np

# Offset by half a step, so that no direction falls on an axis where the support is a whole edge.
_ANGLES = (np.arange(56) + 0.5) * (2.0 * np.pi / 56)


def outline(
    kind: str,
    size: np.ndarray,
    position: np.ndarray,
    rotation: np.ndarray,
    page: np.ndarray,
    points: np.ndarray | None = None,
) -> np.ndarray:
    """Outline [points, 2] on the page [m] of a shape.

    `size` [3] as in `Shapes.size`, `position` [3] and `rotation` [3, 3] in the world,
    `page` [2, 3], `points` [n, 3] the corners of a hull in units of its size.
    """
    axes = page @ rotation
    if kind == "box":
        offsets = _box(size, axes)
    else:
        directions = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
        if kind == "hull" and points is not None:
            corners = points * size @ axes.T
            return page @ position + corners[(directions @ corners.T).argmax(axis=1)]
        offsets = _ROUND[kind](size, axes, directions)
    return page @ position + offsets


def _sphere(size: np.ndarray, axes: np.ndarray, directions: np.ndarray) -> np.ndarray:
    return size[0] * directions


def _capsule(size: np.ndarray, axes: np.ndarray, directions: np.ndarray) -> np.ndarray:
    return size[0] * directions + size[1] * _ends(axes, directions)


def _cylinder(size: np.ndarray, axes: np.ndarray, directions: np.ndarray) -> np.ndarray:
    rim = directions @ axes[:, :2]
    rim /= np.maximum(np.linalg.norm(rim, axis=1, keepdims=True), 1e-9)
    return size[0] * rim @ axes[:, :2].T + size[1] * _ends(axes, directions)


def _ellipsoid(size: np.ndarray, axes: np.ndarray, directions: np.ndarray) -> np.ndarray:
    scaled = (directions @ axes) * size
    scaled /= np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1e-12)
    return (scaled * size) @ axes.T


def _ends(axes: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The projected z axis, towards each direction."""
    z = axes[:, 2]
    return np.where(directions @ z >= 0, 1.0, -1.0)[:, None] * z


def _box(size: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """A projected box is a hexagon: one corner between each two neighbouring edge normals."""
    edges = (axes * size).T
    normals = np.arctan2(edges[:, 0], -edges[:, 1])
    normals = np.sort(np.concatenate([normals, normals + np.pi]) % (2.0 * np.pi))
    between = 0.5 * (normals + np.append(normals[1:], normals[0] + 2.0 * np.pi))
    directions = np.stack([np.cos(between), np.sin(between)], axis=1)
    return np.where(directions @ edges.T >= 0, 1.0, -1.0) @ edges


_ROUND = {"sphere": _sphere, "capsule": _capsule, "cylinder": _cylinder, "ellipsoid": _ellipsoid}
