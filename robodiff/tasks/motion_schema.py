"""Options of the metrics of `motion.py`. Free of JAX."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from robodiff.controllers.fields import Names, NonNegative, Number, Positive
from robodiff.robot.yaml_source import Section
from robodiff.tasks.metric_base import Body, MetricSpec, TargetSpec, Vector


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


class FallSpec(MetricSpec):
    """Mean of ((below - height)+ / below)^2."""

    type: Literal["fall"]
    below: Positive
    """Height under which the body counts as falling [m]."""
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


class ClearanceSpec(MetricSpec):
    """Mean over feet of their squared horizontal speed while they are low."""

    unit = "m^2/s^2"
    type: Literal["clearance"]
    links: Names
    """Feet, with wildcards."""
    height: Positive = 0.05
    """Height of the link's origin at which moving costs 1/e of what it costs on the ground [m]."""
