"""What a certificate says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal

Label = Literal["ok", "zero", "chaotic", "non-finite", "wrong"]
FAILURES = ("wrong", "non-finite")


@dataclass(frozen=True)
class Entry:
    """The derivative of the loss with respect to one number, three ways, per physical unit."""

    label: Label
    """The verdict."""
    group: Literal["design", "control"]
    """What it belongs to."""
    reverse: float
    """By reverse mode, as the optimizer computes it."""
    forward: float
    """By forward mode."""
    difference: float
    """By central difference, at the width of least estimated error."""
    difference_error: float
    """Estimated error of that difference."""
    macro_difference: float
    """By central difference over a hundredth of its range."""
    relative_error: float
    """Largest disagreement of reverse mode with the other two, relative."""
    step: float
    """Half width of `difference`."""
    scale: float
    """Typical size of the parameter."""
    note: str = ""
    """What to know, in words."""
    slopes: tuple[float, ...] = ()
    """By forward mode at each of the certificate's horizons."""
    half_step: float | None = None
    """By forward mode at half the time step; None where that was left out."""

    @property
    def growth(self) -> float | None:
        """Size of the derivative over that at half the task; None where that is nothing."""
        last = [abs(slope) for slope in self.slopes[-2:]]
        return last[1] / last[0] if len(last) == 2 and last[0] > 0 else None

    @property
    def half_step_change(self) -> float | None:
        """Relative change of the derivative when the time step is halved."""
        if self.half_step is None:
            return None
        return abs(self.half_step - self.forward) / (abs(self.forward) or 1.0)


@dataclass(frozen=True)
class Certificate:
    """Gradients of an experiment, certified in float64; see `certify`."""

    experiment: str
    """Its name."""
    loss: float
    """Where the gradients were taken."""
    parameters: dict[str, Entry]
    """Every free number, design first."""
    horizons: list[dict[str, float]]
    """`fraction`, `steps`, `loss` and norms `design`, `control` of the gradient with respect to
    parameters in units of their scales."""
    half_step: dict[str, float] | None
    """What halving dt changes: `loss` before and after, `gradient_change` (relative), `cosine`."""
    notes: tuple[str, ...]
    """What holds for all parameters."""
    seconds: dict[str, float]
    """`compile` and `total` wall time."""

    @property
    def ok(self) -> bool:
        """Whether no gradient is wrong or non-finite."""
        return not self.failures

    @property
    def failures(self) -> list[str]:
        """Parameters whose gradient is wrong or non-finite, those of reverse mode first."""
        bad = [name for name, entry in self.parameters.items() if entry.label in FAILURES]
        return sorted(bad, key=lambda name: isfinite(self.parameters[name].reverse))

    @property
    def worst_relative_error(self) -> float:
        """Largest relative error of all parameters; nan where one is not finite."""
        errors = [entry.relative_error for entry in self.parameters.values()]
        return max(errors, key=lambda e: float("inf") if e != e else e, default=0.0)

    @property
    def counts(self) -> dict[str, int]:
        """Parameters by label."""
        labels = [entry.label for entry in self.parameters.values()]
        return {label: labels.count(label) for label in dict.fromkeys(labels)}

    def to_dict(self) -> dict[str, Any]:
        """The content of `gradcheck --json`."""
        return {
            **{"ok": self.ok, "worst_relative_error": self.worst_relative_error},
            **{"labels": self.counts, **asdict(self)},
        }
