"""What a user may write about a task. Free of JAX."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from robodiff.controllers.fields import Count, NonNegative, Number, Positive
from robodiff.robot.yaml_source import Section
from robodiff.tasks.metric_base import Vector
from robodiff.tasks.metric_schema import AnyMetric


def _named_metrics(metrics: Any) -> Any:
    """`velocity: 2` and `velocity: {weight: 2}` both mean a metric of the type `velocity`."""
    if not isinstance(metrics, dict):
        raise ValueError("expected `name: {weight: ..., ...}` lines")
    return {name: _named_metric(name, metric) for name, metric in metrics.items()}


def _named_metric(name: str, metric: Any) -> Any:
    if metric is None:
        metric = {}
    if isinstance(metric, (int, float)) and not isinstance(metric, bool):
        metric = {"weight": metric}
    return {"type": name, **metric} if isinstance(metric, dict) else metric


def _gravity(value: Any) -> Any:
    return (0.0, 0.0, -value) if isinstance(value, (int, float)) else value


class NoiseSpec(Section):
    """Standard deviations of random starts, and how many of them count."""

    position: NonNegative = 0.0
    """Noise of every coordinate but x and y of a base [rad or m]."""
    velocity: NonNegative = 0.0
    """Noise of every velocity [rad/s or m/s]."""
    copies: Annotated[Count, Field(ge=1, le=1024)] = 1
    """Starts over which the metrics and the loss are averaged: the exact one, and noisy ones."""
    seed: Annotated[Count, Field(ge=0, lt=2**32)] = 0
    """Seed of the noisy starts, which stay the same all the time."""

    @model_validator(mode="after")
    def _copies_differ(self) -> NoiseSpec:
        if self.copies > 1 and not (self.position or self.velocity):
            raise ValueError("copies of the start need a noise: set position or velocity")
        return self


class TaskSpec(Section):
    """Where the robot starts, for how long it runs, and what that is worth."""

    duration: Positive
    """Simulated time [s]."""
    start: dict[str, Number] = Field({})
    """Coordinates at the start that differ from the robot file's, by name [rad or m]."""
    start_velocity: dict[str, Number] = Field({})
    """Velocities at the start, by name [rad/s or m/s]."""
    start_noise: NoiseSpec = NoiseSpec()
    """Random changes of the start, for robustness."""
    clearance: Number | None = None
    """Put the base so that the lowest contact point starts this high above the ground [m]."""
    slope: Number = 0.0
    """Uphill slope of the ground along x; heights are then measured square to it [rad]."""
    gravity: Annotated[Vector | None, BeforeValidator(_gravity)] = None
    """Size (downwards) or vector that replaces the robot file's [m/s^2]."""
    friction: NonNegative | None = None
    """Coefficient that replaces that of every shape [-]."""
    ground: bool | None = None
    """Whether there is a ground; the robot file says when absent."""
    samples: Annotated[Count, Field(ge=2)] = 200
    """Most instants at which metrics look at the poses of links."""
    metrics: Annotated[dict[str, AnyMetric], BeforeValidator(_named_metrics), Field(min_length=1)]
    """What is measured, by name; the name is the type unless `type` says otherwise."""
