"""Rotations as people write them, to unit quaternions (w, x, y, z); NumPy or JAX, as they come."""

from __future__ import annotations

import numpy as np

from robodiff.robot.arrays import FloatArray, Numbers, namespace
from robodiff.robot.spec import Row


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
    x, y, z = along[:, 0], along[:, 1], along[:, 2]
    return unit(xp.stack([1 + z, -y, x, xp.zeros_like(x)], -1))


def to_matrix(quaternion: FloatArray) -> FloatArray:
    """Rotation matrices [n, 3, 3] of unit quaternions [n, 4]."""
    w, x, y, z = (quaternion[:, part] for part in range(4))
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    xp = namespace(quaternion)
    return xp.stack([xp.stack(row, -1) for row in rows], -2)
