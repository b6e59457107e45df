"""What a person may write in a robot file. Structure only; `load.py` gives it meaning. No jax."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from robodiff.robot.coupling_schema import (
    CouplingSection,
    FluidSection,
    LimitsSection,
    TendonSection,
)
from robodiff.robot.ground_schema import Ground
from robodiff.robot.pair_schema import PairList, Two
from robodiff.robot.written import Name, Number, PerCoordinate, Rotation, Vector
from robodiff.robot.yaml_source import Section


class ParameterSection(Section):
    """A named number. Free in an optimization when it has bounds."""

    value: Number
    min: Number | None = None
    max: Number | None = None
    unit: str = Field(
        default="", description="of plain numbers in value, min and max; converted to SI"
    )
    description: str = ""


Parameter = Annotated[
    Annotated[ParameterSection, Tag("ParameterSection")] | Annotated[Number, Tag("number")],
    Discriminator(lambda value: "ParameterSection" if isinstance(value, dict) else "number"),
]


class MaterialSection(Section):
    """What shapes are made of."""

    density: Number = Field(description="[kg/m^3]")
    yield_stress: Number | None = Field(default=None, description="[Pa]")
    friction: Number | None = Field(
        default=None, description="sliding friction against the ground [-]"
    )


class SphereSection(Section):
    radius: Number = Field(description="[m]")
    center: Vector = Field(default=[0.0, 0.0, 0.0], description="in the link frame [m]")


class RodSection(Section):
    """A capsule or cylinder, by its two ends or by length, center and rotation."""

    radius: Number = Field(description="[m]")
    start: Vector | None = Field(default=None, alias="from", description="centre of one end [m]")
    end: Vector | None = Field(default=None, alias="to", description="centre of the other end [m]")
    length: Number | None = Field(default=None, description="along z, between the end centres [m]")
    center: Vector | None = Field(default=None, description="in the link frame [m]")
    rotation: Rotation | None = Field(
        default=None, description="[roll, pitch, yaw] or [w, x, y, z]"
    )


class BoxSection(Section):
    size: Vector = Field(description="full side lengths [m]")
    center: Vector = Field(default=[0.0, 0.0, 0.0], description="in the link frame [m]")
    rotation: Rotation = Field(
        default=[0.0, 0.0, 0.0], description="[roll, pitch, yaw] or [w, x, y, z]"
    )


class EllipsoidSection(Section):
    semi_axes: Vector = Field(description="[m]")
    center: Vector = Field(default=[0.0, 0.0, 0.0], description="in the link frame [m]")
    rotation: Rotation = Field(
        default=[0.0, 0.0, 0.0], description="[roll, pitch, yaw] or [w, x, y, z]"
    )


class HullSection(Section):
    """The convex hull of points, such as those of a mesh; it touches the ground by them.

    It has no mass of its own: its link needs an inertial.
    """

    points: list[Annotated[list[float], Field(min_length=3, max_length=3)]] = Field(
        min_length=1, description="plain numbers, from its centre [m]"
    )
    scale: Number = Field(default=1.0, description="of the points [-]")
    center: Vector = Field(default=[0.0, 0.0, 0.0], description="in the link frame [m]")
    rotation: Rotation = Field(
        default=[0.0, 0.0, 0.0], description="[roll, pitch, yaw] or [w, x, y, z]"
    )


class ShapeSection(Section):
    """Exactly one of the six shapes, and what it is made of."""

    sphere: SphereSection | None = None
    capsule: RodSection | None = None
    cylinder: RodSection | None = None
    box: BoxSection | None = None
    ellipsoid: EllipsoidSection | None = None
    hull: HullSection | None = None
    name: Name | None = None
    material: Name | None = None
    density: Number | None = Field(default=None, description="[kg/m^3]")
    mass: Number | None = Field(default=None, description="instead of density [kg]")
    friction: Number | None = Field(default=None, description="[-]")
    collide: bool = Field(
        default=True, description="whether it touches the ground (and is in pairs: all)"
    )
    margin: Number = Field(default=0.0, description="gap at which it begins to touch [m]")


class JointSection(Section):
    """How a link moves against its parent; the link's frame is the joint's frame."""

    type: Literal["fixed", "hinge", "slide", "planar", "ball", "free"]
    name: Name | None = Field(default=None, description="default: the link's name")
    axis: Vector | None = Field(default=None, description="of a hinge or slide, in the link frame")
    limits: LimitsSection | None = None
    damping: PerCoordinate = Field(default=0.0, description="[N m s/rad or N s/m]")
    stiffness: PerCoordinate = Field(default=0.0, description="of a spring [N m/rad or N/m]")
    rest: PerCoordinate = Field(default=0.0, description="where the spring is at ease [rad or m]")
    armature: PerCoordinate = Field(
        default=0.0, description="rotor inertia at the joint [kg m^2 or kg]"
    )
    friction: PerCoordinate = Field(default=0.0, description="dry friction [N m or N]")


class InertialSection(Section):
    """Mass properties given instead of computed from shapes."""

    mass: Number = Field(description="[kg]")
    center: Vector = Field(
        default=[0.0, 0.0, 0.0], description="centre of mass in the link frame [m]"
    )
    inertia: Annotated[list[Number], Field(min_length=3, max_length=6)] = Field(
        description="about the centre: [xx, yy, zz] or [xx, yy, zz, xy, xz, yz] [kg m^2]"
    )


class LinkSection(Section):
    """A rigid body."""

    parent: str = Field(default="world", description="a link, or world for a root")
    position: Vector = Field(default=[0.0, 0.0, 0.0], description="frame origin in the parent [m]")
    rotation: Rotation = Field(
        default=[0.0, 0.0, 0.0], description="[roll, pitch, yaw] or [w, x, y, z]"
    )
    joint: JointSection = JointSection(type="fixed")
    shapes: list[ShapeSection] = Field(default_factory=list)
    material: Name | None = None
    density: Number | None = Field(default=None, description="of shapes that say nothing [kg/m^3]")
    mass: Number | None = Field(default=None, description="total of the shapes; scales them [kg]")
    inertial: InertialSection | None = None
    friction: Number | None = Field(default=None, description="of shapes that say nothing [-]")
    gravity_compensation: Number | None = Field(
        default=None, description="share of its weight that holds itself [-]"
    )


class ActuatorSection(Section):
    """A motor at a hinge, slide or tendon. Gains and limits are at the motor, before the gear."""

    joint: Name | None = Field(default=None, description="default: the actuator's name")
    tendon: Name | None = Field(default=None, description="that it pulls, instead of a joint")
    type: Literal["motor", "position", "velocity"] = "motor"
    gear: Number = Field(default=1.0, description="motor speed / joint speed [-]")
    kp: Number | None = Field(default=None, description="gain of a position servo [N m/rad]")
    kd: Number | None = Field(default=None, description="gain on the speed [N m s/rad]")
    torque_limit: PerCoordinate | None = Field(
        default=None, description="or [least, largest]; default: none [N m or N]"
    )
    speed_limit: Number | None = Field(default=None, description="no-load speed [rad/s or m/s]")
    motor_constant: Number | None = Field(default=None, description="[N m/sqrt(W)]")
    mass: Number = Field(default=0.0, description="of the motor, carried by the parent link [kg]")


class ContactSection(Section):
    """The compliant ground, and which links touch each other."""

    stiffness: Number | None = Field(default=None, description="default: weight / 1 mm [N/m]")
    dissipation_time: Number = Field(default=0.010, description="larger is less bouncy [s]")
    slip_speed: Number = Field(default=1e-3, description="creep of a sticking contact [m/s]")
    smoothing: Number = Field(default=5e-5, description="half width of the soft onset [m]")
    friction: Number = Field(default=0.8, description="of shapes that say nothing [-]")
    pairs: PairList = Field(default=[], description="links or shapes that touch each other; or all")
    pair_friction: Number | None = Field(
        default=None, description="of pairs that say nothing; default: the larger of the two [-]"
    )
    exclude: list[Two] = Field(default=[], description="those of pairs that do not")


class RobotSection(Section):
    """A robot file."""

    name: str
    description: str = ""
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    materials: dict[str, MaterialSection] = Field(default_factory=dict)
    gravity: Vector = Field(default=[0.0, 0.0, -9.81], description="[m/s^2]")
    ground: Ground = Field(default=True, description="a floor at z = 0, or a heightfield")
    integrator: Literal["midpoint", "semi_implicit_euler"] = "midpoint"
    contact: ContactSection = ContactSection()
    fluid: FluidSection | None = None
    links: dict[str, LinkSection]
    tendons: dict[str, TendonSection] = Field(default_factory=dict)
    couplings: dict[str, CouplingSection] = Field(default_factory=dict)
    actuators: dict[str, ActuatorSection | None] = Field(default_factory=dict)
    start: dict[str, PerCoordinate] = Field(default_factory=dict)


class RepeatSection(Section):
    """A template: its text once for each value of the names in `for`, walked together."""

    names: dict[str, list[Any]] = Field(alias="for")
    links: dict[str, LinkSection] = Field(default_factory=dict)
    tendons: dict[str, TendonSection] = Field(default_factory=dict)
    couplings: dict[str, CouplingSection] = Field(default_factory=dict)
    actuators: dict[str, ActuatorSection | None] = Field(default_factory=dict)
    materials: dict[str, MaterialSection] = Field(default_factory=dict)
    start: dict[str, PerCoordinate] = Field(default_factory=dict)


class RobotFile(RobotSection):
    """A robot file as written, templates and all; for editors."""

    repeat: list[RepeatSection] = Field(default_factory=list)


def robot_json_schema() -> dict[str, Any]:
    """JSON Schema of a robot file, for completion and checks in editors."""
    return RobotFile.model_json_schema() | {"title": "robodiff robot"}
