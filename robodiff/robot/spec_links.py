"""Links with their joints, shapes and actuators, understood: numbers are expressions."""

from __future__ import annotations

from dataclasses import dataclass

from robodiff.robot.expressions import Expression

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
