"""What is around a robot, understood: terrain, fluid and the ground's law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robodiff.robot.expressions import Expression
from robodiff.robot.spec_links import Row


@dataclass(frozen=True, eq=False)
class TerrainSpec:
    """A ground of heights over a grid."""

    heights: np.ndarray
    """[rows, columns] from the lowest y and x, to be scaled [m]."""
    size: Row
    """Full sides along x and y [m]."""
    scale: Expression
    """Of the heights [-]."""
    position: Row
    """Of its middle, at height 0 [m]."""
    rotation: Row
    """Roll, pitch, yaw or quaternion."""


@dataclass(frozen=True)
class FluidSpec:
    """The fluid around everything."""

    density: Expression
    """[kg/m^3]."""
    viscosity: Expression
    """[Pa s]."""
    wind: Row
    """[m/s]."""


@dataclass(frozen=True)
class ContactSpec:
    """The compliant ground; see `physics.model.Contact`."""

    stiffness: Expression | None
    """None for weight / 1 mm [N/m]."""
    dissipation_time: Expression
    """[s]."""
    slip_speed: Expression
    """[m/s]."""
    smoothing: Expression
    """[m]."""
