"""Rotations: quaternions (w, x, y, z), row-major 3x3 matrices, and norms whose gradient is safe at
zero.

Functions here take components: lists of arrays that broadcast against each other.
"""

from __future__ import annotations

from functools import reduce
from operator import add

import jax.numpy as jnp
from jaxtyping import Array

from robodiff.physics.layout import Components


def safe_norm(parts: Components, floor: float = 1e-12) -> Array:
    """sqrt(sum of squares), with gradient 0 instead of NaN at zero."""
    square = sum(part * part for part in parts)
    tiny = square < floor * floor
    return jnp.where(tiny, 0.0, jnp.sqrt(jnp.where(tiny, 1.0, square)))


def normalize(parts: Components) -> list[Array]:
    """Unit vector; the input must not be zero."""
    scale = 1.0 / jnp.sqrt(sum(part * part for part in parts))
    return [part * scale for part in parts]


def cross(a: Components, b: Components) -> list[Array]:
    """a x b."""
    (ax, ay, az), (bx, by, bz) = a, b
    return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]


def dot(a: Components, b: Components) -> Array:
    """a . b for any number of components."""
    return reduce(add, (x * y for x, y in zip(a, b, strict=True)))


def rotate(R: Components, v: Components) -> list[Array]:
    """R v."""
    return [dot(R[3 * i : 3 * i + 3], v) for i in range(3)]


def rotate_back(R: Components, v: Components) -> list[Array]:
    """R^T v."""
    return [dot(R[i::3], v) for i in range(3)]


def compose(R: Components, Q: Components) -> list[Array]:
    """R Q."""
    return [dot(R[3 * i : 3 * i + 3], Q[j::3]) for i in range(3) for j in range(3)]


def axis_angle_matrix(axis: Components, angle: Array) -> list[Array]:
    """Rotation about a unit axis (Rodrigues): R = I + sin [a] + (1 - cos) (a a^T - I)."""
    x, y, z = axis
    s, c = jnp.sin(angle), 2.0 * jnp.sin(0.5 * angle) ** 2  # c = 1 - cos, without cancellation
    return [
        1.0 - c * (y * y + z * z), c * x * y - s * z, c * x * z + s * y,
        c * x * y + s * z, 1.0 - c * (x * x + z * z), c * y * z - s * x,
        c * x * z - s * y, c * y * z + s * x, 1.0 - c * (x * x + y * y),
    ]  # fmt: skip


def quaternion_to_matrix(quaternion: Components) -> list[Array]:
    """Rotation matrix of a quaternion of any length but zero."""
    w, x, y, z = quaternion
    s = 2.0 / (w * w + x * x + y * y + z * z)
    return [
        1.0 - s * (y * y + z * z), s * (x * y - w * z), s * (x * z + w * y),
        s * (x * y + w * z), 1.0 - s * (x * x + z * z), s * (y * z - w * x),
        s * (x * z - w * y), s * (y * z + w * x), 1.0 - s * (x * x + y * y),
    ]  # fmt: skip


def quaternion_multiply(a: Components, b: Components) -> list[Array]:
    """a b: first b, then a."""
    (aw, ax, ay, az), (bw, bx, by, bz) = a, b
    return [
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    ]


def quaternion_exp(half_turn: Components) -> list[Array]:
    """Quaternion of the rotation vector 2 u, where u = `half_turn`: (cos |u|, sin |u| u/|u|)."""
    square = dot(half_turn, half_turn)
    tiny = square < 1e-8
    angle = jnp.sqrt(jnp.where(tiny, 1.0, square))
    sinc = jnp.where(tiny, 1.0 - square / 6.0, jnp.sin(angle) / angle)
    cosine = jnp.where(tiny, 1.0 - square / 2.0 + square * square / 24.0, jnp.cos(angle))
    return [cosine, *(sinc * part for part in half_turn)]


def quaternion_log(quaternion: Components) -> list[Array]:
    """Rotation vector of a unit quaternion, the shorter way round [rad]."""
    w, *u = quaternion
    sign = jnp.where(w < 0.0, -1.0, 1.0)
    w, u = w * sign, [part * sign for part in u]
    square = dot(u, u)
    tiny = square < 1e-8
    sine = jnp.sqrt(jnp.where(tiny, 1.0, square))
    # 2 atan2(s, w)/s = 2/w - 2 s^2/(3 w^3) + ...
    safe_w = jnp.where(tiny, w, 1.0)
    ratio = jnp.where(
        tiny, 2.0 / safe_w - 2.0 * square / (3.0 * safe_w**3), 2.0 * jnp.arctan2(sine, w) / sine
    )
    return [ratio * part for part in u]


def matrix_to_quaternion(R: Components) -> list[Array]:
    """Unit quaternion with w >= 0 where possible; the largest of four branches (Shepperd 1978)."""
    xx, xy, xz, yx, yy, yz, zx, zy, zz = R
    squares = jnp.stack([1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz])
    best = jnp.argmax(squares, axis=0)
    branches = [
        [squares[0], zy - yz, xz - zx, yx - xy],
        [zy - yz, squares[1], yx + xy, xz + zx],
        [xz - zx, yx + xy, squares[2], zy + yz],
        [yx - xy, xz + zx, zy + yz, squares[3]],
    ]
    chosen = [jnp.choose(best, [branch[i] for branch in branches], mode="clip") for i in range(4)]
    return normalize(chosen)
