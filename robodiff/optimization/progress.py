"""Where a run stands between updates, and what an update adds to it."""

from __future__ import annotations

import math
from dataclasses import replace

import equinox as eqx
import jax
import numpy as np

from robodiff.optimization.compiler import shape_of
from robodiff.optimization.iteration import Iteration
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.parameters import Variables, member
from robodiff.optimization.schema import OptimizerSpec, StageSpec
from robodiff.optimization.search import Population, Report, begin, succeed


class Search(eqx.Module):
    """Where a run stands: with this and the experiment it goes on exactly as if never stopped."""

    population: Population
    """The starts of the current stage."""
    best: Variables
    """Best place so far at the full duration with the file's contact."""
    best_loss: float
    """Loss there; inf before the first."""
    iteration: int
    """Updates done."""
    stage: int
    """Current stage, from 0; the number of stages when the run is complete."""
    stage_iteration: int
    """Updates done in the current stage."""
    reference_loss: float
    """Loss that must be beaten to count as an improvement."""
    stale: int
    """Updates since the last improvement."""
    simulations: int
    """Simulations done."""
    seconds: float
    """Wall time spent, waiting for compilations included [s]."""


def begin_search(problem: Problem) -> Search:
    """The search before its first update."""
    population = jax.device_get(jax.jit(lambda: begin(problem, problem.optimizer))())
    first = member(population.variables, 0)
    return Search(population, first, math.inf, 0, 0, 0, math.inf, 0, 0, 0.0)


def account(
    search: Search,
    stage: StageSpec,
    population: Population,
    report: Report,
    waited: float,
    seconds: float,
) -> tuple[Search, Iteration]:
    """The search after an update, and what there is to tell about it."""
    losses = np.where(report.finite, report.evaluation.loss, np.inf)
    first = int(np.argmin(losses))
    best, best_loss = search.best, search.best_loss
    if Window.of(stage).is_scored and losses[first] < best_loss:
        best, best_loss = member(search.population.variables, first), float(losses[first])
    after = replace(
        search,
        population=population,
        best=best,
        best_loss=best_loss,
        iteration=search.iteration + 1,
        stage_iteration=search.stage_iteration + 1,
        simulations=search.simulations + losses.size,
        seconds=search.seconds + waited + seconds,
    )
    told = member(report.evaluation, first)
    iteration = Iteration(
        index=search.iteration,
        stage=search.stage,
        loss=float(told.loss),
        losses=np.asarray(report.evaluation.loss),
        best_loss=best_loss,
        terms=_floats(told.terms),
        metrics=_floats(told.metrics),
        design=_floats(member(report.values, first)),
        gradient_norm={
            "design": float(report.design_norm[first]),
            "control": float(report.control_norm[first]),
        },
        finite_starts=int(np.sum(report.finite)),
        seconds=seconds,
        compile_seconds=waited,
        simulations=after.simulations,
        notes=_notes(report),
    )
    return after, iteration


def _notes(report: Report) -> tuple[str, ...]:
    """What was skipped or begun anew, in words."""
    lost = [str(i) for i in np.flatnonzero(~report.finite & ~report.restarted)]
    again = [str(i) for i in np.flatnonzero(report.restarted)]
    notes = []
    if lost:
        notes.append(f"no finite gradient for start {', '.join(lost)}: its update was skipped")
    if again:
        notes.append(f"start {', '.join(again)} was begun anew near the best start")
    return tuple(notes)


def turn_page(search: Search, stages: tuple[StageSpec, ...], settings: OptimizerSpec) -> Search:
    """The search at the head of the next stage when this one has ended."""
    loss = float(np.min(search.population.incumbent_loss))
    needed = search.reference_loss - settings.tolerance * abs(search.reference_loss)
    if loss < needed or not math.isfinite(search.reference_loss):
        search = replace(search, reference_loss=loss, stale=0)
    else:
        search = replace(search, stale=search.stale + 1)
    stage = stages[search.stage]
    is_stale = settings.patience is not None and search.stale >= settings.patience
    if search.stage_iteration < (stage.iterations or 0) and not is_stale:
        return search
    number, population = search.stage + 1, search.population
    if number < len(stages):
        population = jax.device_get(succeed(population, shape_of(stages[number])[0]))
    return replace(
        search,
        population=population,
        stage=number,
        stage_iteration=0,
        reference_loss=math.inf,
        stale=0,
    )


def _floats(numbers: dict[str, np.ndarray]) -> dict[str, float]:
    return {name: float(number) for name, number in numbers.items()}
