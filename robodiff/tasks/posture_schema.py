"""Options of the metrics of `posture.py`. Free of JAX."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from robodiff.controllers.fields import NonNegative, Number, Positive
from robodiff.tasks.metric_base import Body, MetricSpec, TargetSpec, Vector


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


class JointLimitSpec(MetricSpec):
    """Mean over time of the summed squares of how far joints are beyond their limits."""

    unit = "rad^2"
    type: Literal["joint_limit"]
    margin: NonNegative = 0.0
    """How far inside a limit counts as beyond [rad or m]."""


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
