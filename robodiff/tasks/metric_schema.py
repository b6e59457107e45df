"""What a user may write about each metric: options, unit, and which way is better. Free of JAX."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from robodiff.controllers.fields import Names, NonNegative, Number, Positive
from robodiff.robot.yaml_source import Section

Vector = tuple[Number, Number, Number]
Body = str | None
Work = Literal["positive", "absolute", "net", "electrical"]


class MetricSpec(Section):
    """What every metric offers. Loss term: weight (+-value) / scale, minus where more is better."""

    unit: ClassVar[str] = "-"
    higher_is_better: ClassVar[bool] = False

    weight: Number = 1.0
    """Factor of its term in the loss; 0 reports the metric only."""
    scale: Positive = 1.0
    """Size of the metric that counts as one [its unit]."""
    after: NonNegative = 0.0
    """Seconds at the beginning that do not count [s]."""
    at_least: Number | None = None
    """The term is weight ((at_least - value)+ / scale)^2 instead [its unit]."""
    at_most: Number | None = None
    """The term is weight ((value - at_most)+ / scale)^2 instead [its unit]."""


class TargetSpec(MetricSpec):
    """A metric that may also be held to a value."""

    target: Number | None = None
    """The term is weight ((value - target) / scale)^2 instead [its unit]."""


class DistanceSpec(TargetSpec):
    """How far a body goes along a direction."""

    unit = "m"
    higher_is_better = True
    type: Literal["distance"]
    of: Body = None
    """A link, or `com`; the base when absent."""
    direction: Vector = (1.0, 0.0, 0.0)
    """World direction, of any length but 0."""


class VelocitySpec(TargetSpec):
    """Mean velocity along a direction."""

    unit = "m/s"
    higher_is_better = True
    type: Literal["velocity"]
    of: Body = None
    direction: Vector = (1.0, 0.0, 0.0)


class VelocityTrackingSpec(MetricSpec):
    """Mean squared difference between the velocity along a direction and a target."""

    unit = "m^2/s^2"
    type: Literal["velocity_tracking"]
    target: Number
    """Wanted velocity [m/s]."""
    of: Body = None
    direction: Vector = (1.0, 0.0, 0.0)


class HeightSpec(TargetSpec):
    """Height of a body over the time."""

    unit = "m"
    higher_is_better = True
    type: Literal["height"]
    of: Body = None
    reduce: Literal["max", "mean", "min", "final"] = "mean"
    """Which height counts; max and min are smooth, weighing all times."""
    sharpness: Positive = 50.0
    """How nearly the smooth max or min is the true one [1/m]."""
    relative: bool = False
    """Whether to count from the height at the start."""


class EnergySpec(TargetSpec):
    """Work of the actuators."""

    unit = "J"
    type: Literal["energy"]
    work: Work = "positive"
    """Mechanical (positive part, absolute or net), or electrical: work plus heat, no return."""


class TorqueSpec(TargetSpec):
    """Mean over time and actuators of (torque / torque limit)^2; unlimited actuators count 0."""

    type: Literal["torque"]


class EffortSpec(TargetSpec):
    """Mean over time of the summed squares of the joint torques."""

    unit = "N^2 m^2"
    type: Literal["effort"]


class CostOfTransportSpec(TargetSpec):
    """Energy / (weight x distance)."""

    type: Literal["cost_of_transport"]
    work: Work = "positive"
    of: Body = None
    direction: Vector = (1.0, 0.0, 0.0)
    floor: Positive = 0.1
    """Distance below which the cost stops growing [m]."""


class UprightSpec(TargetSpec):
    """Mean of 1 - cos(tilt)."""

    type: Literal["upright"]
    link: Body = None
    """The base when absent."""
    axis: Vector = (0.0, 0.0, 1.0)
    """Link axis that should point up."""


class HeadingSpec(TargetSpec):
    """Mean of 1 - cos(angle between a link's axis and a world direction)."""

    type: Literal["heading"]
    link: Body = None
    axis: Vector = (1.0, 0.0, 0.0)
    direction: Vector = (1.0, 0.0, 0.0)


class FallSpec(MetricSpec):
    """Mean of ((below - height)+ / below)^2."""

    type: Literal["fall"]
    below: Positive
    """Height under which the body counts as falling [m]."""
    of: Body = None


class SurvivalSpec(TargetSpec):
    """Time that the base stays high and upright, counted smoothly."""

    unit = "s"
    higher_is_better = True
    type: Literal["survival"]
    below: Positive
    """Height under which it has fallen [m]."""
    tilt: Positive = 1.0
    """Tilt over which it has fallen [rad]."""
    width: Positive = 0.05
    """Softness of the height threshold [m]; the tilt's is 0.1 in cosine."""
    of: Body = None


def _target(value: Any) -> Any:
    return {"position": value} if isinstance(value, (list, tuple)) else value


class ReachTarget(Section):
    """One place to reach."""

    position: Vector
    """World coordinates [m]."""
    time: Positive | None = None
    """When to be there; equal shares of the duration, in order, when absent [s]."""


class ReachSpec(TargetSpec):
    """Mean distance between a point of a link and its targets, each at its time."""

    unit = "m"
    type: Literal["reach"]
    link: str
    point: Vector = (0.0, 0.0, 0.0)
    """The point in the link's frame [m]."""
    targets: Annotated[
        tuple[
            Annotated[
                ReachTarget,
                BeforeValidator(_target),
                WithJsonSchema({"type": ["array", "object"]}),
            ],
            ...,
        ],
        Field(min_length=1),
    ]
    hold: NonNegative = 0.0
    """How long before its time each target counts [s]."""


class JointLimitSpec(MetricSpec):
    """Mean over time of the summed squares of how far joints are beyond their limits."""

    unit = "rad^2"
    type: Literal["joint_limit"]
    margin: NonNegative = 0.0
    """How far inside a limit counts as beyond [rad or m]."""


class JointSpeedSpec(TargetSpec):
    """Mean square speed of the actuated joints."""

    unit = "rad^2/s^2"
    type: Literal["joint_speed"]


class FinalPoseSpec(MetricSpec):
    """Summed squared error of coordinates at the end; angles whole turns apart are equal."""

    unit = "rad^2"
    type: Literal["final_pose"]
    pose: dict[str, Number] = Field({})
    """Target by coordinate, with wildcards; an angle's error is 2 (1 - cos e) [rad or m]."""
    velocity: dict[str, Number] = Field({})
    """Target velocity by coordinate, with wildcards [rad/s or m/s]."""
    velocity_weight: NonNegative = 0.1
    """Weight of squared velocity errors against squared pose errors [s^2]."""
    hold: NonNegative = 0.0
    """How long before the end counts [s]."""

    @model_validator(mode="after")
    def _check(self) -> FinalPoseSpec:
        if not (self.pose or self.velocity):
            raise ValueError("give a pose or a velocity to reach")
        return self


class SmoothnessSpec(MetricSpec):
    """Mean over time and actuators of the squared rate of change of the command."""

    unit = "command^2/s^2"
    type: Literal["smoothness"]


class SlipSpec(MetricSpec):
    """Mean squared sliding speed of the contact points, weighted by their normal force."""

    unit = "m^2/s^2"
    type: Literal["slip"]


class ImpactSpec(TargetSpec):
    """Mean square of the total contact force over the robot's weight."""

    type: Literal["impact"]


class ClearanceSpec(MetricSpec):
    """Mean over feet of their squared horizontal speed while they are low."""

    unit = "m^2/s^2"
    type: Literal["clearance"]
    links: Names
    """Feet, with wildcards."""
    height: Positive = 0.05
    """Height of the link's origin at which moving costs 1/e of what it costs on the ground [m]."""


class MassSpec(TargetSpec):
    """Mass of the robot."""

    unit = "kg"
    type: Literal["mass"]


AnyMetric = Annotated[
    DistanceSpec | VelocitySpec | VelocityTrackingSpec | HeightSpec | EnergySpec | TorqueSpec
    | EffortSpec | CostOfTransportSpec | UprightSpec | HeadingSpec | FallSpec | SurvivalSpec
    | ReachSpec | JointLimitSpec | JointSpeedSpec | FinalPoseSpec | SmoothnessSpec | SlipSpec
    | ImpactSpec | ClearanceSpec | MassSpec,
    Field(discriminator="type"),
]  # fmt: skip
"""Any metric, told apart by its `type`."""
