"""Parallel projections from world points to a page, and the choice between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robodiff.viz.recording import Recording


@dataclass(frozen=True)
class Camera:
    """A parallel projection."""

    right: np.ndarray
    """World direction of the page's horizontal axis, unit [3]."""
    up: np.ndarray
    """World direction of the page's vertical axis, unit [3]."""
    name: str
    """`side`, `top` or `oblique`."""

    @property
    def page(self) -> np.ndarray:
        """[2, 3]: world vector -> page vector."""
        return np.stack([self.right, self.up])

    def project(self, points: np.ndarray) -> np.ndarray:
        """World points [..., 3] -> page points [..., 2] [m]."""
        return points @ self.page.T

    def nearness(self, points: np.ndarray) -> np.ndarray:
        """How near the viewer points [..., 3] are; larger is drawn later [m]."""
        return points @ np.cross(self.right, self.up)


SIDE = Camera(np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]), "side")
TOP = Camera(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]), "top")


def oblique(azimuth: float = 0.3, elevation: float = 0.35) -> Camera:
    """Seen from the robot's right, a little from the front and from above [rad]."""
    sin_a, cos_a = np.sin(azimuth), np.cos(azimuth)
    sin_e, cos_e = np.sin(elevation), np.cos(elevation)
    right = np.array([cos_a, sin_a, 0.0])
    up = np.array([-sin_a * sin_e, cos_a * sin_e, cos_e])
    return Camera(right, up, "oblique")


def choose_camera(*recordings: Recording) -> Camera:
    """Side view for motion in x-z, top view for motion in x-y, else a slight oblique view."""
    rotations = np.concatenate([r.link_rotation.reshape(-1, 3, 3) for r in recordings])
    if rotations.size == 0 or np.all(rotations[:, 1, 1] > 0.999):
        return SIDE
    if np.all(rotations[:, 2, 2] > 0.999) and not _touches_ground(recordings):
        return TOP
    return oblique()


def _touches_ground(recordings: tuple[Recording, ...]) -> bool:
    return any(np.any(np.abs(r.contact_force) > 0) for r in recordings)
