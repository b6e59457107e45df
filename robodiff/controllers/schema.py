"""What a user may write about a controller. Free of JAX."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from robodiff.controllers.fields import (
    Count,
    Curves,
    Names,
    NonNegative,
    Number,
    Positive,
    PositiveValues,
    Values,
)
from robodiff.robot.yaml_source import Section


class PartSpec(Section):
    """What every kind of controller offers."""

    name: str | None = None
    """Name of the part in parameters and plots; the type when absent."""
    actuators: Names = ("*",)
    """Actuators that this part drives, with wildcards; the others get 0."""
    scale: PositiveValues = Field({"*": 1.0})
    """Parameters and output are in multiples of this [unit of the command]."""
    limit: PositiveValues | None = None
    """Smooth bound on the size of this part's command [unit of the command]."""
    fixed: tuple[str, ...] = ()
    """Parameters that keep their initial value."""
    init_scale: NonNegative = 0.0
    """Standard deviation of the noise on the parameters of random starts [multiples of scale]."""


class SplineSpec(PartSpec):
    """A cubic B-spline over time for each actuator: twice differentiable, held at both ends."""

    type: Literal["spline"]
    knots: Annotated[Count, Field(ge=2, le=10_000)] = 10
    """Control points, equally spaced over the duration (or the period)."""
    duration: Positive | None = None
    """Time that the control points span; the task's when absent [s]."""
    periodic: bool = False
    """Whether the curve repeats with a period that is a parameter."""
    period: Positive | None = None
    """Initial period of a periodic spline; the duration when absent [s]."""
    value: Curves = Field({"*": (0.0,)})
    """Initial control points: one number, or one a knot [unit of the command]."""
    offset: Values | None = None
    """When given, a parameter added to the whole curve [unit of the command]."""

    @model_validator(mode="after")
    def _check(self) -> SplineSpec:
        for name, values in self.value.items():
            if len(values) not in (1, self.knots):
                raise ValueError(f"value of {name!r}: expected 1 or {self.knots} numbers")
        if self.period is not None and not self.periodic:
            raise ValueError("period needs `periodic: true`")
        return self


class OscillatorGroup(Section):
    """Actuators that share amplitude, phase and offset."""

    actuators: Names
    """Actuators of the group, with wildcards."""
    phases: tuple[Number, ...] = (0.0,)
    """Phase that each is ahead of the group, in the order of the robot's actuators [rad]."""


class OscillatorSpec(PartSpec):
    """offset + amplitude sin(2 pi frequency time + phase) for each actuator."""

    type: Literal["oscillator"]
    frequency: PositiveValues = Field({"*": 1.0})
    """Initial frequency [Hz]."""
    own_frequency: bool = False
    """Whether each actuator has a frequency of its own rather than one for all."""
    amplitude: Values = Field({"*": 0.1})
    """Initial amplitude [unit of the command]."""
    phase: Values = Field({"*": 0.0})
    """Initial phase [rad]."""
    offset: Values = Field({"*": 0.0})
    """Initial offset [unit of the command]."""
    second_harmonic: bool = False
    """Whether to add amplitude2 sin(2 angle + phase2), from zero amplitude."""
    mirror: tuple[tuple[str, str], ...] = ()
    """Pairs such as [hip_left, hip_right] or ["*_left", "*_right"] that share parameters, half a
    period apart."""
    groups: tuple[OscillatorGroup, ...] = ()
    """Larger sets that share parameters, with a phase for each member."""
    ramp: NonNegative = 0.0
    """Time over which the amplitude fades in from zero [s]."""


class PdSpec(PartSpec):
    """kp (target - q) - kd v on the joints of the actuators; the target is a controller."""

    type: Literal["pd"]
    target: ControllerSpec
    """Controller whose output is the target of each joint [rad or m]."""
    kp: PositiveValues
    """Position gain [unit of the command per rad or m]."""
    kd: PositiveValues
    """Velocity gain [unit of the command per rad/s or m/s]."""
    fixed: tuple[str, ...] = ("kp", "kd")
    """Gains are fixed unless this list leaves them out."""


class FeedbackSpec(PartSpec):
    """bias + gain (features - reference)."""

    type: Literal["feedback"]
    features: Names
    """What is fed back, with wildcards; `all` is everything but the absolute place."""
    gains: dict[str, dict[str, Number]] = Field({})
    """Initial gain by actuator and feature, with wildcards; 0 when absent [multiples of scale]."""
    reference: dict[str, Number] = Field({})
    """Value of each feature at which its feedback is zero; 0 when absent."""
    bias: Values = Field({"*": 0.0})
    """Initial command at the reference [unit of the command]."""
    share: tuple[Names, ...] = ()
    """Sets of actuators that share one row of gains and one bias."""


class PolicySpec(PartSpec):
    """A neural network with tanh layers: scale * tanh(last layer), from small last weights."""

    type: Literal["policy"]
    features: Names = ("all",)
    """What the network sees, with wildcards; `all` is everything but the absolute place."""
    hidden: tuple[Annotated[Count, Field(ge=1, le=4096)], ...] = (32, 32)
    """Sizes of the hidden layers."""
    velocity_scale: Positive = 0.1
    """Velocities are multiplied by this before the first layer [s/rad or s/m]."""
    clock: Positive | None = None
    """Initial frequency of two more inputs, sin and cos of a clock [Hz]."""
    output_scale: Positive = 0.1
    """Size of the last layer's initial weights, relative to a unit-variance layer."""
    seed: Annotated[Count, Field(ge=0)] = 0
    """Seed of the weights of the nominal start."""


class SumSpec(Section):
    """The sum of several controllers."""

    type: Literal["sum"]
    name: str | None = None
    """Name of the sum in parameters and plots."""
    parts: Annotated[tuple[ControllerSpec, ...], Field(min_length=1)]
    """Controllers whose commands are added."""


ControllerSpec = Annotated[
    SplineSpec | OscillatorSpec | PdSpec | FeedbackSpec | PolicySpec | SumSpec,
    Field(discriminator="type"),
]
"""Any controller, told apart by its `type`."""

PdSpec.model_rebuild()
SumSpec.model_rebuild()
