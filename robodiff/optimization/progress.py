"""Where a run stands between updates, and what an update adds to it."""

from __future__ import annotations

import math
from dataclasses import replace

import equinox as eqx
import numpy as np

from robodiff.optimization.compiler import shape_of
from robodiff.optimization.iteration import Iteration
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.parameters import Variables, member
from robodiff.optimization.schema import OptimizerSpec, StageSpec
from robodiff.optimization.search import Population, Report
from robodiff.optimization.starts import begin, retreat, revive, succeed
from robodiff.robot.design import Design


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
    """Current stage, from 0."""
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


def begin_search(problem: Problem, settings: OptimizerSpec) -> Search:
    """The search before its first update."""
    population = begin(problem, settings)
    first = member(population.variables, 0)
    return Search(population, first, math.inf, 0, 0, 0, math.inf, 0, 0, 0.0)


def account(
    problem: Problem,
    search: Search,
    stage: StageSpec,
    settings: OptimizerSpec,
    population: Population,
    report: Report,
    waited: float,
    seconds: float,
) -> Iteration:
    """What there is to tell about an update, and the search after it."""
    losses = np.where(report.finite, report.evaluation.loss, np.inf)
    first = int(np.argmin(losses))
    best, best_loss = search.best, search.best_loss
    if Window.of(stage).is_scored and losses[first] < best_loss:
        best, best_loss = member(search.population.variables, first), float(losses[first])
    reference, stale = _patience(search, population, settings.tolerance)
    population = retreat(population, stage.retreat)
    population, revived = revive(population, settings, search.iteration + 1)
    after = replace(
        search,
        population=population,
        best=best,
        best_loss=best_loss,
        iteration=search.iteration + 1,
        stage_iteration=search.stage_iteration + 1,
        reference_loss=reference,
        stale=stale,
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
        # A fading gradient is not that of the loss.
        slopes={}
        if stage.memory
        else design_slopes(problem.design, member(report.values, first), report.gradient, first),
        notes=_notes(report, revived),
        search=after,
    )
    return iteration


def design_slopes(
    design: Design, values: dict[str, np.ndarray], gradient: Variables, start: int
) -> dict[str, float]:
    """The gradient of one start per unit of each parameter; the optimizer's own is unbounded."""
    stretch = design.replace(**_floats(values)).stretch()
    raw = np.asarray(gradient.design)[:, start]
    return {
        name: float(slope) / stretch[name] if stretch[name] else math.nan
        for name, slope in zip(design.names, raw, strict=True)
    }


def _notes(report: Report, revived: np.ndarray) -> tuple[str, ...]:
    """What was skipped or begun anew, in words."""
    lost = [str(i) for i in np.flatnonzero(~report.finite & ~revived)]
    again = [str(i) for i in np.flatnonzero(revived)]
    notes = []
    if lost:
        notes.append(f"no finite gradient for start {', '.join(lost)}: its update was skipped")
    if again:
        notes.append(f"start {', '.join(again)} was begun anew near the best start")
    return tuple(notes)


def turn_page(search: Search, stages: tuple[StageSpec, ...], settings: OptimizerSpec) -> Search:
    """The search at the head of the next stage when this one has ended and there is a next one."""
    number = search.stage + 1
    if not has_ended(search, stages, settings) or number >= len(stages):
        return search
    population = succeed(search.population, shape_of(stages[number])[0])
    return replace(
        search,
        population=population,
        stage=number,
        stage_iteration=0,
        reference_loss=math.inf,
        stale=0,
    )


def has_ended(search: Search, stages: tuple[StageSpec, ...], settings: OptimizerSpec) -> bool:
    """Whether the current stage has done its updates or no longer improves."""
    is_stale = settings.patience is not None and search.stale >= settings.patience
    return search.stage_iteration >= (stages[search.stage].iterations or 0) or is_stale


def _patience(search: Search, population: Population, tolerance: float) -> tuple[float, int]:
    """The loss to beat, and the updates since it was last beaten."""
    loss, reference = float(np.min(population.incumbent_loss)), search.reference_loss
    if not math.isfinite(reference) or loss < reference - tolerance * abs(reference):
        return loss, 0
    return reference, search.stale + 1


def _floats(numbers: dict[str, np.ndarray]) -> dict[str, float]:
    return {name: float(number) for name, number in numbers.items()}
