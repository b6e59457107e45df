"""What a run tells while it goes (`Iteration`) and at its end (`Result`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from robodiff.optimization.parameters import Parameters


@dataclass(frozen=True)
class Iteration:
    """One update of every start; numbers without a batch are those of the best start."""

    index: int
    """Updates done before this one."""
    stage: int
    """Stage of the curriculum, from 0."""
    loss: float
    """Lowest loss among the starts, in this stage's window."""
    losses: np.ndarray
    """Loss of every start."""
    best_loss: float
    """Lowest loss so far at the full duration with the file's contact; inf before the first."""
    terms: dict[str, float]
    """Weighted parts of the loss."""
    metrics: dict[str, float]
    """Metrics in their own units."""
    design: dict[str, float]
    """Free parameters of the robot."""
    gradient_norm: dict[str, float]
    """Norm of the raw gradient in unconstrained space: `design` and `control`."""
    finite_starts: int
    """Starts whose loss and gradient are finite."""
    seconds: float
    """Wall time of this update, compile excluded [s]."""
    compile_seconds: float
    """Time spent waiting for a compilation just before this update [s]."""
    simulations: int
    """Simulations so far."""
    slopes: dict[str, float] = field(default_factory=dict)
    """d(loss) / d(parameter) of each free parameter of the robot, per its unit."""
    notes: tuple[str, ...] = ()
    """What was skipped or restarted, in words."""
    search: Any = field(default=None, repr=False, compare=False)
    """Everything that is needed to go on from here (see `optimization/search.py`)."""


def spent(history: list[Iteration]) -> dict[str, float]:
    """Wall time of all updates [s]: waiting for compilation, running, and both."""
    waited = sum(iteration.compile_seconds for iteration in history)
    ran = sum(iteration.seconds for iteration in history)
    return {"compile": waited, "run": ran, "total": waited + ran}


@dataclass(frozen=True)
class Outcome:
    """One robot and controller, simulated over the full task with the file's contact."""

    parameters: Parameters
    """Physical values."""
    loss: float
    """Weighted sum of the metrics."""
    terms: dict[str, float]
    """Weighted parts of the loss."""
    metrics: dict[str, float]
    """Metrics in their own units."""
    model: Any = field(repr=False)
    """The robot, a `Model`."""
    trajectory: Any = field(repr=False)
    """What it does, a `Trajectory`."""

    @property
    def design(self) -> dict[str, float]:
        """Free parameters of the robot."""
        return {name: float(value) for name, value in self.parameters.design.items()}


@dataclass(frozen=True)
class Result:
    """What came out of a run."""

    before: Outcome
    """The experiment as its file gives it."""
    after: Outcome
    """The best that was found."""
    history: list[Iteration] = field(repr=False)
    """Every update, in order."""
    files: dict[str, Path]
    """Files of the run folder by name; empty when nothing was written."""
    seconds: dict[str, float]
    """`compile`, `run` and `total` wall time [s], that before a resumption included."""
    iterations: int
    """Updates done, resumed ones included."""
    simulations: int
    """Simulations done, resumed ones included."""
    slopes: dict[str, float] = field(default_factory=dict)
    """d(loss) / d(parameter) at the best that was found, per unit of each free parameter."""
    changes: dict[str, tuple[float, float]] = field(default_factory=dict)
    """What the loss gains with one per cent less and more of each free parameter, where no update
    told the slopes."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run early; what is here was saved all the same."""
