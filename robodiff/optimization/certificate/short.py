"""What a short certificate says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Direction:
    """A slope of the loss along one direction from one start, in unconstrained space."""

    start: int
    """Which start."""
    kind: str
    """`gradient`, `design` or `control`."""
    slope: float
    """By the optimizer's gradient."""
    difference: float
    """By central difference."""
    error: float
    """Its estimated error."""
    decided: bool
    """Whether the difference is exact enough to tell."""
    agrees: bool
    """Whether the slope is the difference, within their errors."""


@dataclass(frozen=True)
class ShortCertificate:
    """Whether the gradient that a run begins with can be believed."""

    label: Literal["ok", "zero", "chaotic", "wrong"]
    """The verdict: `chaotic` where most differences decide nothing or some disagree."""
    directions: list[Direction]
    """Every direction that was tried."""
    worst_relative_error: float
    """Of the directions that were decided."""
    precision: str
    """float32 or float64."""
    duration: float
    """Fraction of the task that was simulated."""
    seconds: float
    """Wall time."""

    def to_dict(self) -> dict[str, Any]:
        """The content of `certificate.json`."""
        return {"kind": "short", **asdict(self)}

    def __str__(self) -> str:
        decided = [d for d in self.directions if d.decided]
        agreed = sum(d.agrees for d in decided)
        head = f"gradient check: {self.label}"
        if self.label == "zero":
            return f"{head}, nothing changes the loss at any start"
        text = f"{head}, {agreed} of {len(decided)} directions agree with differences"
        if decided:
            text += f", worst error {100 * self.worst_relative_error:.2g} %"
        if undecided := len(self.directions) - len(decided):
            text += f"; the loss is too rough to tell of {undecided} more in {self.precision}"
        more = "" if self.label == "ok" else "; see robodiff gradcheck"
        return f"{text} ({self.seconds:.1f} s){more}"


def verdict(directions: list[Direction]) -> Literal["ok", "zero", "chaotic", "wrong"]:
    decided = [d for d in directions if d.decided]
    agreed = sum(d.agrees for d in decided)
    if all(d.slope == 0.0 and abs(d.difference) <= 3 * d.error for d in directions):
        return "zero"
    if 2 * len(decided) <= len(directions):
        return "chaotic"  # a few differences of a rough loss prove nothing, either way
    if 2 * agreed < len(decided):
        return "wrong"
    return "ok" if agreed == len(decided) else "chaotic"
