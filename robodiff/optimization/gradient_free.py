"""Searches that never ask for a gradient, one `Iteration` a batch, like `co_optimize`."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from robodiff.optimization.iteration import Iteration
from robodiff.optimization.objective import Evaluation, Problem, Window
from robodiff.optimization.parameters import Variables, member, to_parameters
from robodiff.optimization.programs import Program
from robodiff.optimization.progress import begin_search
from robodiff.optimization.schema import BATCH, OptimizerSpec
from robodiff.optimization.space import Space, make_space
from robodiff.optimization.strategies import STRATEGIES, Strategy


def gradient_free(
    problem: Problem,
    settings: OptimizerSpec | None = None,
    *,
    notify: Callable[[str], None] = lambda note: None,
) -> Generator[Iteration, None, None]:
    """Improve an experiment by `settings.method`, over the whole task from the first batch on.

    The budget is that of the gradient method in simulations (`settings.simulations`), or
    `time_limit`. The generator may be left at any time.
    """
    settings = settings or problem.optimizer
    space = make_space(problem, settings)
    strategy: Strategy = STRATEGIES[settings.method](space, settings.seed)
    notify(f"compiling: {BATCH} simulations side by side")
    began = time.perf_counter()
    score = _score(problem, space)
    waited = time.perf_counter() - began
    search = begin_search(problem, settings)
    for index in range(settings.updates):
        began = time.perf_counter()
        points = strategy.ask()
        evaluation, values = jax.device_get(score(points.T.astype(space.center.dtype)))
        losses = np.where(np.isfinite(evaluation.loss), evaluation.loss, np.inf)
        strategy.tell(points, losses)
        first = int(np.argmin(losses))
        if losses[first] < search.best_loss:
            best = space.variables(points[first].astype(space.center.dtype))
            search = replace(search, best=jax.device_get(best), best_loss=float(losses[first]))
        seconds = time.perf_counter() - began
        search = replace(
            search,
            iteration=index + 1,
            simulations=search.simulations + BATCH,
            seconds=search.seconds + seconds + waited,
        )
        told = member(evaluation, first)
        yield Iteration(
            index=index,
            stage=0,
            loss=float(told.loss),
            losses=np.asarray(evaluation.loss),
            best_loss=search.best_loss,
            terms={name: float(value) for name, value in told.terms.items()},
            metrics={name: float(value) for name, value in told.metrics.items()},
            design={name: float(value[first]) for name, value in values.items()},
            gradient_norm={},
            finite_starts=int(np.sum(np.isfinite(losses))),
            seconds=seconds,
            compile_seconds=waited,
            simulations=search.simulations,
            search=search,
        )
        waited = 0.0
        if settings.time_limit is not None and search.seconds >= settings.time_limit:
            notify(f"time limit of {settings.time_limit:g} s reached")
            return


def _score(
    problem: Problem, space: Space
) -> Callable[[np.ndarray], tuple[Evaluation, dict[str, Any]]]:
    """Evaluation and design of a batch of points [n, BATCH], compiled once for each problem."""

    def score(points: Any) -> Any:
        variables = jax.vmap(space.variables, in_axes=-1, out_axes=-1)(points)
        parameters = to_parameters(problem.design, variables)
        return problem.evaluate(parameters, Window()), parameters.design

    key = _key(space)
    if key not in problem.compiled:
        points = jax.ShapeDtypeStruct((space.center.size, BATCH), space.center.dtype)
        problem.compiled[key] = Program(score, points).finish()
    return problem.compiled[key]


def _key(space: Space) -> tuple:
    return ("score", space.center.size, space.center.dtype)


def scores(problem: Problem) -> Callable[[list[Variables]], list[float]] | None:
    """The losses of single places, by what a search has compiled; None where none has."""
    space = make_space(problem, problem.optimizer)
    score = problem.compiled.get(_key(space))
    if score is None:
        return None

    def losses(places: list[Variables]) -> list[float]:
        points = [space.point(place).astype(space.center.dtype) for place in places]
        points += [points[-1]] * (-len(points) % BATCH)
        batches = [np.stack(points[i : i + BATCH], axis=1) for i in range(0, len(points), BATCH)]
        found = [np.asarray(score(batch)[0].loss) for batch in batches]
        return np.concatenate(found)[: len(places)].tolist()

    return losses
