"""`RobotSpec`: a robot file understood. Names and trees are settled, numbers are expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

from robodiff.robot.expressions import Expression
from robodiff.robot.spec_links import (
    ActuatorSpec,
    LinkSpec,
    MaterialSpec,
    ParameterSpec,
    Row,
    ShapeSpec,
)
from robodiff.robot.spec_ties import CouplingSpec, PairSpec, TendonSpec
from robodiff.robot.spec_world import ContactSpec, FluidSpec, TerrainSpec
from robodiff.robot.yaml_source import Source


@dataclass(frozen=True, eq=False)
class RobotSpec:
    """A robot file understood; see `load_robot`."""

    name: str
    """The robot's name."""
    description: str
    """In the author's words."""
    source: Source = field(repr=False)
    """The file as read."""
    parameters: dict[str, ParameterSpec]
    """Named numbers, each after those that it depends on."""
    materials: dict[str, MaterialSpec]
    """By name."""
    links: tuple[LinkSpec, ...]
    """Depth first, in file order."""
    shapes: tuple[ShapeSpec, ...]
    """In the order of links."""
    actuators: tuple[ActuatorSpec, ...]
    """In file order: the order of commands."""
    start: dict[str, Expression]
    """Coordinate name (`hip`, `torso.z`, `torso.vx`): value; the others are 0."""
    start_rotations: dict[str, Row]
    """Joint name: roll, pitch, yaw or quaternion of a ball or free joint."""
    gravity: Row
    """[m/s^2]."""
    contact: ContactSpec
    """The ground's law."""
    ground: bool
    """Whether there is a ground."""
    integrator: str
    """midpoint or semi_implicit_euler."""
    tendons: tuple[TendonSpec, ...] = ()
    """In file order."""
    couplings: tuple[CouplingSpec, ...] = ()
    """In file order."""
    fluid: FluidSpec | None = None
    """None for a vacuum."""
    terrain: TerrainSpec | None = None
    """What the ground is; None for a floor at z = 0."""
    pairs: tuple[PairSpec, ...] = ()
    """Shapes that touch each other."""
