"""How the loss would change with each parameter of the robot, at the place that a run has found."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from robodiff.optimization.compiler import cast, shape_of
from robodiff.optimization.gradient_free import scores
from robodiff.optimization.iteration import Iteration, Outcome
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.parameters import member, to_variables
from robodiff.optimization.progress import design_slopes
from robodiff.optimization.search import Pace, Report
from robodiff.optimization.starts import enter
from robodiff.robot.design import Design

STEP = 0.01
"""Part of a parameter by which it is changed to see what the loss gains."""


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


class Compiled:
    """An update of the whole task that a run has compiled, to look at single places once more.

    Nothing moves, and nothing fades: gradients that fade on their way back are not those of the
    loss.
    """

    def __init__(self, problem: Problem, update: Callable[..., Any], starts: int, dtype: np.dtype):
        self._problem, self._update, self._starts, self._dtype = problem, update, starts, dtype

    @classmethod
    def of(cls, problem: Problem) -> Compiled | None:
        """The one of the fewest starts; None where the run has compiled none."""
        settings = problem.optimizer
        dtype = to_variables(problem.design, problem.initial_control(None)).design.dtype
        whole = {shape_of(stage) for stage in settings.resolved_stages() if stage.duration == 1.0}
        for shape in sorted(whole):
            update = problem.compiled.get((*shape, settings.normalise_gradient, dtype))
            if update is not None:
                return cls(problem, update, shape[0], dtype)
        return None

    def slopes(self, found: Outcome) -> dict[str, float]:
        """d(loss) / d(parameter) at a place, per unit; empty where it is not finite."""
        design = self._problem.design.replace(**found.design)
        report = self._report([design] * self._starts, found)
        if not report.finite[0]:
            return {}
        return design_slopes(design, member(report.values, 0), report.gradient, 0)

    def changes(self, found: Outcome) -> dict[str, tuple[float, float]]:
        """What the loss gains with a `STEP` less of each parameter, and with a `STEP` more."""
        return gains(self._problem.design, found, lambda designs: self._losses(designs, found))

    def _losses(self, designs: list[Design], found: Outcome) -> list[float]:
        """The losses of any number of designs, as many at a time as the update takes."""
        count, losses = self._starts, []
        for first in range(0, len(designs), count):
            part = designs[first : first + count]
            full = part + [part[-1]] * (count - len(part))
            losses += self._report(full, found).evaluation.loss[: len(part)].tolist()
        return losses

    def _report(self, designs: list[Design], found: Outcome) -> Report:
        """What the update sees at these designs with the controller that was found."""
        places = [to_variables(design, found.parameters.control) for design in designs]
        batch = jax.tree.map(lambda *leaves: np.stack(leaves, axis=-1), *jax.device_get(places))
        window = cast(Window(memory=math.inf), self._dtype)
        pace = cast(Pace(0.0, 0.0), self._dtype)
        return jax.device_get(self._update(enter(cast(batch, self._dtype)), window, pace)[1])


def changes_by_scores(problem: Problem, found: Outcome) -> dict[str, tuple[float, float]]:
    """The same by the simulations that a search without gradients has compiled; empty where it
    has compiled none, or none of other designs."""
    score = None if problem.optimizer.freeze == "design" else scores(problem)
    if score is None:
        return {}
    control = found.parameters.control
    return gains(
        problem.design, found, lambda designs: score([to_variables(d, control) for d in designs])
    )


def gains(
    design: Design, found: Outcome, losses: Callable[[list[Design]], list[float]]
) -> dict[str, tuple[float, float]]:
    """What the loss gains with a `STEP` less and more of each parameter of what was found.

    Nan where that is outside its bounds.
    """
    here = design.replace(**found.design)
    steps = [
        (name, value * factor)
        for name, value in found.design.items()
        for factor in (1.0 - STEP, 1.0 + STEP)
    ]
    inside = [low <= v <= high for (low, high), v in ((here.bounds[n], v) for n, v in steps)]
    designs = [
        here.replace(**{name: value}) if fits else here
        for (name, value), fits in zip(steps, inside, strict=True)
    ]
    base, *seen = losses([here, *designs])
    seen = [x if fits else math.nan for x, fits in zip(seen, inside, strict=True)]
    pairs = zip(seen[::2], seen[1::2], strict=True)
    return {
        name: (less - base, more - base)
        for name, (less, more) in zip(found.design, pairs, strict=True)
    }
