"""Mass, centre and inertia from size and density: exact, all shapes at once, differentiable."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from robodiff.robot.arrays import FloatArray, group_sum, namespace


class MassProperties(NamedTuple):
    """Of n rigid bodies."""

    mass: FloatArray
    """[n] [kg]."""
    center: FloatArray
    """Centre of mass [n, 3] [m]."""
    inertia: FloatArray
    """About the centre of mass, in the axes that `center` is given in [n, 3, 3] [kg m^2]."""


def solid(kinds: list[str], size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Volume [n] [m^3] and principal moments at density 1 [n, 3] [m^5] of centred shapes.

    `size` [n, 3] as in `physics.model.Shapes`.
    """
    kind = np.array(kinds, dtype=str)
    is_rod = np.isin(kind, ("sphere", "capsule", "cylinder"))
    if is_rod.all():
        return _rods(kind, size)
    if not is_rod.any():
        return _blocks(kind, size)
    xp = namespace(size)
    volumes, moments = zip(_rods(kind, size), _blocks(kind, size), strict=True)
    return xp.where(is_rod, *volumes), xp.where(is_rod[:, None], *moments)


def _rods(kind: np.ndarray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cylinders; capsules add two half balls at +-h; a sphere is a capsule of no length."""
    caps = np.isin(kind, ("sphere", "capsule")).astype(float)
    r, h = size[:, 0], size[:, 1]
    tube, ball = 2 * np.pi * r**2 * h, caps * (4 / 3 * np.pi) * r**3
    along = r**2 * (tube / 2 + ball * 2 / 5)
    across = along / 2 + h**2 * (tube / 3 + ball) + r * ball * (r / 5 + 3 / 4 * h)
    return tube + ball, namespace(size).stack([across, across, along], -1)


def _blocks(kind: np.ndarray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Boxes and ellipsoids share a form: V = c1 abc, I_xx = c2 V (b^2 + c^2)."""
    volume = np.where(kind == "box", 8.0, 4 / 3 * np.pi) * size[:, 0] * size[:, 1] * size[:, 2]
    weight = volume * np.where(kind == "box", 1 / 3, 1 / 5)
    square = size**2
    return volume, (square.sum(-1, keepdims=True) - square) * weight[:, None]


def rotated(moments: FloatArray, rotation: FloatArray) -> FloatArray:
    """Inertia matrices R diag(moments) R^T [n, 3, 3] of moments [n, 3] and rotations [n, 3, 3]."""
    return (rotation[:, :, None, :] * moments[:, None, None, :] * rotation[:, None, :, :]).sum(-1)


def combine(bodies: MassProperties, groups: np.ndarray) -> MassProperties:
    """Rigid unions: groups [m, n] is 1 where body n belongs to union m."""
    mass = group_sum(groups, bodies.mass)
    safe = namespace(mass).where(mass > 0, mass, 1.0)
    center = group_sum(groups, bodies.mass[:, None] * bodies.center) / safe[:, None]
    # Parallel axes (Huygens-Steiner): I + m (|d|^2 1 - d d^T)
    offset = bodies.center - group_sum(groups.T, center)
    square = (offset**2).sum(-1)[:, None, None] * np.eye(3)
    shift = square - offset[:, :, None] * offset[:, None, :]
    inertia = group_sum(groups, bodies.inertia + bodies.mass[:, None, None] * shift)
    return MassProperties(mass, center, inertia)


def six(inertia: FloatArray) -> FloatArray:
    """Matrices [n, 3, 3] as xx, yy, zz, xy, xz, yz [n, 6]."""
    return inertia.reshape(-1, 9)[:, np.array([0, 4, 8, 1, 2, 5])]


def matrix(inertia: FloatArray) -> FloatArray:
    """The inverse of `six`."""
    return inertia[:, np.array([0, 3, 4, 3, 1, 5, 4, 5, 2])].reshape(-1, 3, 3)
