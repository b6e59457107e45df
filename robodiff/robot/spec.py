"""`RobotSpec`: a robot file understood. Names and trees are settled, numbers are expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from robodiff.robot.expressions import Expression
from robodiff.robot.yaml_source import Source

Row = tuple[Expression, ...]

JOINT_COORDINATES: dict[str, tuple[tuple[str, str | None], ...]] = {
    "fixed": (),
    "hinge": (("", "angle"),),
    "slide": (("", "length"),),
    "planar": ((".x", "length"), (".z", "length"), (".pitch", "angle")),
    "ball": ((".wx", "angle"), (".wy", "angle"), (".wz", "angle")),
    "free": (
        (".x", "length"), (".y", "length"), (".z", "length"),
        (".wx", "angle"), (".wy", "angle"), (".wz", "angle"),
    ),
}  # fmt: skip
"""Velocity coordinates of each joint type: suffix and dimension of the displacement."""

POSITION_COORDINATES = {
    "hinge": ("",),
    "slide": ("",),
    "planar": (".x", ".z", ".pitch"),
    "free": (".x", ".y", ".z"),
}
"""Coordinates in q that are plain numbers; a ball or free joint's quaternion follows them."""


@dataclass(frozen=True)
class ParameterSpec:
    """A named number of the file."""

    name: str
    """Its name in expressions."""
    expression: Expression
    """Its value, in SI; may depend on other parameters."""
    lower: float | None = None
    """Lower bound in SI; None for none."""
    upper: float | None = None
    """Upper bound in SI; None for none."""
    unit: str = ""
    """SI unit."""
    written_unit: str = ""
    """Unit of plain numbers in the file."""
    description: str = ""
    """For tables and plots."""

    @property
    def value(self) -> float:
        """Its value in the file, in SI."""
        return self.expression.value


@dataclass(frozen=True)
class MaterialSpec:
    """What shapes are made of."""

    density: Expression
    """[kg/m^3]."""
    yield_stress: Expression | None
    """[Pa]."""
    friction: Expression | None
    """Against the ground [-]."""


@dataclass(frozen=True)
class InertialSpec:
    """Mass properties that are given, not computed."""

    mass: Expression
    """[kg]."""
    center: Row
    """In the link frame [m]."""
    inertia: Row
    """About the centre: xx, yy, zz, xy, xz, yz [kg m^2]."""


@dataclass(frozen=True)
class LimitSpec:
    """Stops of a hinge or slide."""

    lower: Expression
    """[rad or m]."""
    upper: Expression
    """[rad or m]."""
    stiffness: Expression | None
    """[N m/rad or N/m]; None for the default."""


@dataclass(frozen=True)
class JointSpec:
    """The joint between a link and its parent; rows have one entry a velocity coordinate."""

    name: str
    """Unique."""
    type: str
    """fixed, hinge, slide, planar, ball or free."""
    axis: Row
    """Axis of a hinge or slide, not normalised."""
    limits: LimitSpec | None
    """Stops; None for none."""
    damping: Row
    """[N m s/rad or N s/m]."""
    stiffness: Row
    """[N m/rad or N/m]."""
    armature: Row
    """[kg m^2 or kg]."""
    friction: Row
    """[N m or N]."""
    rest: Row
    """Where the spring is at ease; one entry a plain coordinate of q."""


@dataclass(frozen=True)
class LinkSpec:
    """A rigid body; its frame is its joint's frame."""

    name: str
    """Unique."""
    parent: int
    """Index of the parent; -1 is the world."""
    position: Row
    """In the parent's frame [m]."""
    rotation: Row
    """Roll, pitch, yaw [rad], or a quaternion w, x, y, z (not normalised)."""
    joint: JointSpec
    """How it moves."""
    mass: Expression | None
    """Total mass of its shapes; None to take their own [kg]."""
    inertial: InertialSpec | None
    """Given mass properties; None to compute them."""
    gravity_compensation: Expression | None = None
    """Share of its weight that holds itself; None for 0 [-]."""


@dataclass(frozen=True)
class ShapeSpec:
    """A sphere, capsule, box, cylinder, ellipsoid or convex hull on a link."""

    name: str
    """Unique."""
    link: int
    """Index of the link that carries it."""
    kind: str
    """One of the six."""
    size: Row
    """As physics wants it: radius; radius, half length; half sides; semi-axes; padded with 0."""
    center: Row
    """In the link frame [m]; unused when `ends` are given."""
    rotation: Row
    """Roll, pitch, yaw or quaternion; unused when `ends` are given."""
    ends: tuple[Row, Row] | None
    """Ends of a capsule's or cylinder's axis [m]."""
    density: Expression
    """[kg/m^3]; unused when `mass` is given."""
    mass: Expression | None
    """[kg]; None to compute it."""
    friction: Expression
    """Against the ground [-]."""
    material: str
    """Name of its material; empty for none."""
    collides: bool
    """Whether it touches the ground."""
    margin: Expression
    """Gap at which it begins to touch [m]."""
    points: tuple[tuple[float, float, float], ...] = ()
    """Corners of a hull in units of `size`, within -1 and 1."""


@dataclass(frozen=True)
class ActuatorSpec:
    """A motor."""

    name: str
    """Unique."""
    link: int
    """Index of the link whose joint it drives, or of the first that its tendon runs over."""
    kind: str
    """motor, position or velocity."""
    gear: Expression
    """[-]."""
    kp: Expression
    """[N m/rad]."""
    kd: Expression
    """[N m s/rad]."""
    torque_limit: Expression | None
    """Largest; None for none [N m or N]."""
    speed_limit: Expression | None
    """None for none [rad/s or m/s]."""
    motor_constant: Expression | None
    """None for no heat [N m/sqrt(W)]."""
    mass: Expression
    """Carried by the parent link at the joint [kg]."""
    tendon: int = -1
    """Index of the tendon that it pulls; -1 for none."""
    torque_lower: Expression | None = None
    """Least; None for minus the largest [N m or N]."""


@dataclass(frozen=True)
class TendonSpec:
    """A length that is a sum of coordinates, each times a lever."""

    name: str
    """Unique."""
    coordinates: tuple[tuple[int, int], ...]
    """Link and number within its joint of each coordinate."""
    levers: Row
    """d length / d coordinate."""
    limits: LimitSpec | None
    """Stops; None for none."""
    stiffness: Expression
    """[N/m]."""
    damping: Expression
    """[N s/m]."""
    friction: Expression
    """[N]."""
    rest: tuple[Expression, Expression]
    """The spring is at ease between these [m]."""


@dataclass(frozen=True)
class CouplingSpec:
    """What a stiff spring keeps equal."""

    name: str
    """Unique."""
    kind: str
    """joint, tendon, point or weld."""
    ends: tuple[tuple[int, int], tuple[int, int] | None]
    """(link, number within its joint), (tendon, 0) or (link, 0); a link -1 is the world."""
    polynomial: Row
    """joint, tendon: five coefficients of what the first follows."""
    points: tuple[Row, Row]
    """point, weld: in the frames of both links [m]."""
    rotation: Row
    """weld: of the second link in the first's frame."""
    stiffness: Expression | None
    """[N/m or N m/rad]; None for firm."""
    turning_stiffness: Expression | None
    """weld: [N m/rad]; None for firm."""
    time_constant: Expression
    """[s]."""


@dataclass(frozen=True)
class PairSpec:
    """Two shapes that touch each other."""

    shapes: tuple[int, int]
    """Indices of the two, the lower first."""
    friction: Expression | None
    """None for the larger of the two [-]."""
    margin: Expression | None
    """None for the larger of the two [m]."""


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
