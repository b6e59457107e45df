"""How firmly MuJoCo holds an equality, as the stiffness and time constant of a coupling.

MuJoCo asks for the acceleration -B v - K d r of an error r and gives R = (1 - d) A / d to it, where
A is the inverse inertia that it reckons with: at rest r = f R / (K d). So the stiffness is K d^2 /
((1 - d) A), and the time constant B / (K d), the mean time in which an error decays there (MuJoCo's
documentation, Computation: Parameters). d is taken at an error of 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robodiff.robot.foreign.scene import Scene
from robodiff.robot.foreign.softness import impedance

USUAL = 0.9**2 / (1 - 0.9) / (0.95 * 0.02) ** 2
"""K d^2 / (1 - d) of MuJoCo's own defaults [1/s^2]: what is at least as firm is firm."""


@dataclass(frozen=True)
class Firmness:
    """Of one row of an equality."""

    stiffness: float
    """[N/m or N m/rad]."""
    time_constant: float
    """[s]."""
    is_usual: bool
    """Whether it is at least as firm as by default."""


def equality_firmness(scene: Scene) -> dict[int, list[Firmness]]:
    """The rows of each active equality, at the reference pose."""
    mujoco, model = scene.mujoco, scene.model
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    found: dict[int, list[Firmness]] = {}
    for row in np.flatnonzero(data.efc_type == int(mujoco.mjtConstraint.mjCNSTR_EQUALITY)):
        equality = int(data.efc_id[row])
        K, B, now, _ = (float(value) for value in data.efc_KBIP[row])
        A = float(data.efc_R[row]) * now / max(1.0 - now, 1e-6)
        d = impedance(model.eq_solimp[equality], 0.0)
        rate = K * d * d / (1.0 - d)
        firmness = Firmness(rate / max(A, 1e-15), B / (K * d), rate >= USUAL * (1 - 1e-6))
        found.setdefault(equality, []).append(firmness)
    return found
