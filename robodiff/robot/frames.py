"""Rotations as people write them, to unit quaternions (w, x, y, z); NumPy or JAX, as they come."""

from __future__ import annotations

import numpy as np

from robodiff.robot.arrays import FloatArray, Numbers, namespace, product
from robodiff.robot.spec_links import Row

_HALF_WAY = np.array([[0.0, 0, 1, 0], [0, -1, 0, 0], [1, 0, 0, 0]])
"""(x, y, z) to (z, -y, x, 0)."""


def _matrix_from_pairs() -> np.ndarray:
    """[16, 9]: the products q_i q_j to the rotation matrix, which is linear in them."""
    w, x, y, z = range(4)
    diagonal = [(w, x, y, z), (w, y, z, x), (w, z, x, y)]
    off = [(0, 1, x, y, w, z, -1), (0, 2, x, z, w, y, 1), (1, 2, y, z, w, x, -1)]
    result = np.zeros((4, 4, 3, 3))
    for axis, (a, b, c, d) in enumerate(diagonal):
        for part, sign in ((a, 1), (b, 1), (c, -1), (d, -1)):
            result[part, part, axis, axis] = sign
    for row, column, a, b, c, d, sign in off:
        result[a, b, row, column] = result[a, b, column, row] = 2
        result[c, d, row, column], result[c, d, column, row] = 2 * sign, -2 * sign
    return result.reshape(16, 9)


_MATRIX_FROM_PAIRS = _matrix_from_pairs()


def quaternions(numbers: Numbers, rotations: list[Row]) -> FloatArray:
    """Unit quaternions [n, 4] of rows that are roll, pitch, yaw or quaternions themselves."""
    given = np.array([len(row) == 4 for row in rotations], bool)
    angles = numbers.rows([row if len(row) == 3 else (0.0,) * 3 for row in rotations], 3)
    result = from_roll_pitch_yaw(angles)
    if not given.any():
        return result
    identity = (1.0, 0.0, 0.0, 0.0)
    raw = numbers.rows([row if len(row) == 4 else identity for row in rotations], 4)
    xp = namespace(raw, result)
    return xp.where(given[:, None], unit(raw), result)


def unit(vectors: FloatArray) -> FloatArray:
    """Rows divided by their norms, which must not be 0."""
    return vectors / namespace(vectors).sqrt((vectors**2).sum(-1, keepdims=True))


def from_roll_pitch_yaw(angles: FloatArray) -> FloatArray:
    """[n, 3] angles about the fixed axes x, y, z, in that order (as in URDF), to [n, 4]."""
    xp = namespace(angles)
    cosine, sine = xp.cos(0.5 * angles), xp.sin(0.5 * angles)
    cr, cp, cy = (cosine[:, axis] for axis in range(3))
    sr, sp, sy = (sine[:, axis] for axis in range(3))
    return xp.stack(
        [
            cr * cp * cy + sr * sp * sy,
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
        ],
        -1,
    )


def from_axis(direction: FloatArray) -> FloatArray:
    """Quaternions [n, 4] that lay the z axis along directions [n, 3].

    For bodies of revolution, so either sense will do: far below the equator the opposite one
    is taken, which keeps the half-way quaternion (1 + z, -y, x, 0) away from its singularity.
    """
    xp = namespace(direction)
    along = unit(direction)
    along = xp.where(along[:, 2:] < -0.5, -along, along)
    return unit(product(along, _HALF_WAY) + np.array([1.0, 0.0, 0.0, 0.0]))


def to_matrix(quaternion: FloatArray) -> FloatArray:
    """Rotation matrices [n, 3, 3] of unit quaternions [n, 4]."""
    pairs = quaternion[:, :, None] * quaternion[:, None, :]
    return product(pairs.reshape(-1, 16), _MATRIX_FROM_PAIRS).reshape(-1, 3, 3)
