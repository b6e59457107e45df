"""Outlines hold every projected point of their shape, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from robodiff.viz.camera import SIDE, oblique
from robodiff.viz.outlines import outline

SIZES = {
    "sphere": [0.3, 0.0, 0.0],
    "capsule": [0.1, 0.4, 0.0],
    "cylinder": [0.2, 0.3, 0.0],
    "box": [0.3, 0.2, 0.1],
    "ellipsoid": [0.3, 0.2, 0.1],
}


def surface_points(kind: str, size: np.ndarray) -> np.ndarray:
    """Many points of the surface, in the shape's frame."""
    directions = np.random.default_rng(0).normal(size=(6000, 3))
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    if kind == "sphere":
        return size[0] * unit
    if kind == "ellipsoid":
        return size * unit
    if kind == "box":
        return size * np.sign(directions)
    ends = np.sign(directions[:, 2:]) * size[1] * [0.0, 0.0, 1.0]
    if kind == "capsule":
        return size[0] * unit + ends
    rim = directions * [1.0, 1.0, 0.0]
    return size[0] * rim / np.linalg.norm(rim, axis=1, keepdims=True) + ends


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("page", [SIDE.page, oblique().page], ids=["side", "oblique"])
def test_outline_is_the_silhouette(kind: str, page: np.ndarray) -> None:
    size, position = np.array(SIZES[kind]), np.array([1.0, 2.0, 3.0])
    rotation = Rotation.from_rotvec([0.3, -0.8, 0.5]).as_matrix()
    polygon = outline(kind, size, position, rotation, page)
    points = (surface_points(kind, size) @ rotation.T + position) @ page.T
    for angle in np.linspace(0.0, 2.0 * np.pi, 23):
        direction = np.array([np.cos(angle), np.sin(angle)])
        reach = np.max(polygon @ direction)
        assert reach == pytest.approx(np.max(points @ direction), abs=4e-3)


def test_a_box_seen_square_on_is_its_rectangle() -> None:
    polygon = outline("box", np.array([0.3, 0.2, 0.1]), np.zeros(3), np.eye(3), SIDE.page)
    assert np.allclose(np.abs(polygon), [0.3, 0.1])
