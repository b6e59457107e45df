"""Numbers as a person would write them, wherever that changes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

ROUNDING = 1e-13
"""A number this close to a shorter one, as a share of it, was that one before arithmetic."""
LEAST_ROUNDING = 3e-16
"""And that of differences between numbers near 1."""


def tidy(value: float) -> float:
    """The value without the noise of its last digits."""
    value = float(value)
    short = round(value, 12)
    near = abs(value - short) <= ROUNDING * abs(value) + LEAST_ROUNDING and abs(value) > 1e-6
    if abs(value) <= 1e-15:
        return 0.0
    return (short + 0.0) if near else value


def row(values: Iterable[float]) -> list[float]:
    """A row of tidy numbers."""
    return [tidy(value) for value in values]


def angle(value: float) -> float | str:
    """An angle [rad], in degrees where those are short."""
    degrees = round(math.degrees(value), 6)
    if value and degrees == round(degrees, 2) and abs(math.radians(degrees) - value) < 1e-14:
        return f"{degrees:g} deg"
    return tidy(value)


def rotated(quaternion: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The vector turned by a unit quaternion (w, x, y, z)."""
    w, u = quaternion[0], quaternion[1:]
    return vector + 2.0 * np.cross(u, np.cross(u, vector) + w * vector)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Quaternion product: first b, then a."""
    real = a[0] * b[0] - a[1:] @ b[1:]
    return np.array([real, *(a[0] * b[1:] + b[0] * a[1:] + np.cross(a[1:], b[1:]))])


def about(axis: np.ndarray, turn: float) -> np.ndarray:
    """Quaternion of a turn [rad] about a unit axis."""
    return np.array([math.cos(0.5 * turn), *(math.sin(0.5 * turn) * axis)])


def matrix(quaternion: np.ndarray) -> np.ndarray:
    """Rotation matrix [3, 3] of a unit quaternion."""
    return np.array([rotated(quaternion, axis) for axis in np.eye(3)]).T


def quaternion(R: np.ndarray) -> np.ndarray:
    """Unit quaternion of a rotation matrix: the eigenvector of q q^T's traceless part."""
    K = np.zeros((4, 4))
    K[0, 0] = np.trace(R)
    K[0, 1:] = K[1:, 0] = R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]
    K[1:, 1:] = R + R.T - np.trace(R) * np.eye(3)
    return np.linalg.eigh(K)[1][:, -1]


def roll_pitch_yaw(quaternion: np.ndarray) -> np.ndarray:
    """Turns [rad] about the fixed axes x, y, z in that order, as in URDF.

    The yaw is taken off before the roll is read, so upright pitches lose no digits.
    """
    R = matrix(np.asarray(quaternion, float))
    yaw = math.atan2(R[1, 0], R[0, 0])
    c, s = math.cos(yaw), math.sin(yaw)
    rest = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) @ R
    return np.array([
        math.atan2(-rest[1, 2], rest[1, 1]), math.atan2(-rest[2, 0], rest[0, 0]), yaw
    ])  # fmt: skip
