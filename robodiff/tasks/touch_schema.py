"""Options of the metrics of `touch.py`. Free of JAX."""

from __future__ import annotations

from typing import Literal

from robodiff.tasks.metric_base import MetricSpec, TargetSpec


class SlipSpec(MetricSpec):
    """Mean squared sliding speed of the contact points, weighted by their normal force."""

    unit = "m^2/s^2"
    type: Literal["slip"]


class ImpactSpec(TargetSpec):
    """Mean square of the total contact force over the robot's weight."""

    type: Literal["impact"]
