"""Options of the metrics of `effort.py`. Free of JAX."""

from __future__ import annotations

from typing import Literal

from robodiff.controllers.fields import Positive
from robodiff.tasks.metric_base import Body, MetricSpec, TargetSpec, Vector

Work = Literal["positive", "absolute", "net", "electrical"]


class EnergySpec(TargetSpec):
    """Work of the actuators."""

    unit = "J"
    type: Literal["energy"]
    work: Work = "positive"
    """Mechanical (positive part, absolute or net), or electrical: work plus heat, no return."""


class CostOfTransportSpec(TargetSpec):
    """Energy / (weight x distance)."""

    type: Literal["cost_of_transport"]
    work: Work = "positive"
    of: Body = None
    direction: Vector = (1.0, 0.0, 0.0)
    floor: Positive = 0.1
    """Distance below which the cost stops growing [m]."""


class TorqueSpec(TargetSpec):
    """Mean over time and actuators of (torque / torque limit)^2; unlimited actuators count 0."""

    type: Literal["torque"]


class EffortSpec(TargetSpec):
    """Mean over time of the summed squares of the joint torques."""

    unit = "N^2 m^2"
    type: Literal["effort"]


class JointSpeedSpec(TargetSpec):
    """Mean square speed of the actuated joints."""

    unit = "rad^2/s^2"
    type: Literal["joint_speed"]


class SmoothnessSpec(MetricSpec):
    """Mean over time and actuators of the squared rate of change of the command."""

    unit = "command^2/s^2"
    type: Literal["smoothness"]


class MassSpec(TargetSpec):
    """Mass of the robot."""

    unit = "kg"
    type: Literal["mass"]
