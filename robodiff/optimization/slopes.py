"""How the loss would change with each parameter of the robot, at the place that a run has found."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from robodiff.optimization.compiler import cast, shape_of
from robodiff.optimization.iteration import Iteration, Outcome
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.parameters import member, to_variables
from robodiff.optimization.progress import design_slopes
from robodiff.optimization.search import Pace, Report
from robodiff.optimization.starts import enter, repeat


def slopes_at(problem: Problem, history: Sequence[Iteration], found: Outcome) -> dict[str, float]:
    """d(loss) / d(parameter) over the whole task, per unit of each parameter.

    From the update that evaluated the place, else by a compiled update once more (nothing is
    compiled for it). Empty where there is neither.
    """
    return told_slopes(history, found) or measured_slopes(problem, found)


def told_slopes(history: Sequence[Iteration], found: Outcome) -> dict[str, float]:
    """The slopes that the update told that evaluated a place; empty without one.

    An update of a shorter window has another loss, so its gradient does not count.
    """
    for iteration in reversed(history):
        if iteration.loss == iteration.best_loss and all(
            math.isclose(value, found.design[name], rel_tol=1e-5)
            for name, value in iteration.design.items()
        ):
            return iteration.slopes
    return {}


def measured_slopes(problem: Problem, found: Outcome) -> dict[str, float]:
    """The slopes at a place by an update of the whole task that the run has compiled."""
    design = problem.design.replace(**found.design)
    place = jax.device_get(to_variables(design, found.parameters.control))
    update, starts = _update(problem, place.design.dtype)
    if update is None or not design.names:
        return {}
    # The derivative itself: gradients that fade on their way back are not those of the loss.
    window = cast(Window(memory=math.inf), place.design.dtype)
    pace = cast(Pace(0.0, 0.0), place.design.dtype)
    report: Report = jax.device_get(update(enter(repeat(place, starts)), window, pace)[1])
    values = member(report.values, 0)
    return design_slopes(design, values, report.gradient, 0) if report.finite[0] else {}


def _update(problem: Problem, dtype: np.dtype) -> tuple[Callable[..., Any] | None, int]:
    """A compiled update of the whole task and its number of starts, the fewest that there are."""
    settings = problem.optimizer
    shapes = {shape_of(stage) for stage in settings.resolved_stages() if stage.duration == 1.0}
    for shape in sorted(shapes):
        update = problem.compiled.get((*shape, settings.normalise_gradient, dtype))
        if update is not None:
            return update, shape[0]
    return None, 0
