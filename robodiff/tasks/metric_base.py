"""What every metric offers. Free of JAX."""

from __future__ import annotations

from typing import ClassVar

from robodiff.controllers.fields import NonNegative, Number, Positive
from robodiff.robot.yaml_source import Section

Vector = tuple[Number, Number, Number]
Body = str | None
"""A link, or `com` where that makes sense; the base when absent."""


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
