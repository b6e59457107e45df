"""A whole optimization: the search, its run folder, and the result."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import jax

from robodiff.errors import InputError, Problem
from robodiff.experiment.experiment import Experiment
from robodiff.io.inspect import Inspector
from robodiff.io.results import RunFolder
from robodiff.optimization.co_optimize import co_optimize
from robodiff.optimization.gradient_free import gradient_free
from robodiff.optimization.iteration import Iteration, Outcome, Result, spent
from robodiff.optimization.objective import Window
from robodiff.optimization.parameters import Variables, as_batch, member, to_parameters
from robodiff.optimization.progress import Search
from robodiff.optimization.slopes import Compiled, changes_by_scores, told_slopes

CHECKPOINT_EVERY = 5.0
"""Seconds between checkpoints."""


def optimize(
    experiment: Experiment,
    out: str | Path | None = None,
    progress: Callable[[Iteration], None] = lambda iteration: None,
    *,
    resume: bool = False,
    notify: Callable[[str], None] = lambda note: None,
) -> Result:
    """Improve the design and the controller of an experiment.

    With `out`, everything is written to that run folder as it happens; with `resume`, the run that
    it holds is continued. `progress` hears of every update, `notify` gets short notes for people.
    Ctrl-C ends the run early with what was found: see `Result.interrupted`. Raises `InputError`
    when `out` holds a run and `resume` is not set, or the other way round.
    """
    began = time.perf_counter()
    folder, search, history = _open(experiment, out, resume)
    earlier = spent(history)["total"]
    if folder and not resume:
        folder.write_start(experiment)
    with ThreadPoolExecutor(1, thread_name_prefix="simulate") as pool:
        # Compiling the plain simulation here takes its time while the gradient is compiled.
        before = pool.submit(_outcome_of_start, experiment, jax.config.read("jax_enable_x64"))
        search, interrupted = _search(experiment, folder, search, history, progress, notify)
        after = best_outcome(experiment, search, before.result())
    slopes, changes = _sensitivities(experiment, history, after)
    result = Result(
        before=before.result(),
        after=after,
        history=history,
        files={},
        seconds=spent(history) | {"total": earlier + time.perf_counter() - began},
        iterations=len(history),
        simulations=history[-1].simulations if history else 0,
        slopes=slopes,
        changes=changes,
        interrupted=interrupted,
    )
    if folder is None:
        return result
    folder.write_end(experiment, result)
    return replace(result, files=folder.files)


def _sensitivities(
    experiment: Experiment, history: list[Iteration], found: Outcome
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Slopes of the loss at the result, and where no update told them what small steps do to it.

    The slopes of a chaotic motion are those of steps far smaller than anyone would make.
    """
    if experiment.optimizer.method != "gradient":
        return {}, changes_by_scores(experiment, found) if experiment.design.names else {}
    told = told_slopes(history, found)
    compiled = None if told or not experiment.design.names else Compiled.of(experiment)
    return (told, {}) if compiled is None else (compiled.slopes(found), compiled.changes(found))


def _outcome_of_start(experiment: Experiment, x64: bool) -> Outcome:
    """The outcome of the start, in the float type of the thread that asks for it."""
    with jax.enable_x64(x64):
        return experiment.outcome(experiment.parameters)


def _open(
    experiment: Experiment, out: str | Path | None, resume: bool
) -> tuple[RunFolder | None, Search | None, list[Iteration]]:
    """The folder of a run, and where that run stands."""
    if out is None:
        return None, None, []
    if not resume:
        return RunFolder.create(experiment.name, out), None, []
    folder = RunFolder(out)
    if not folder.file("experiment.yaml").exists():
        raise InputError(Problem("holds no run to resume", str(out)))
    if experiment.optimizer.method != "gradient":
        message = f"a run of method {experiment.optimizer.method!r} cannot be continued"
        raise InputError(Problem(message, str(out), suggestion="run it again from the start"))
    search = folder.read_search(experiment)
    return folder, search, folder.forget_after(search.iteration if search else 0)


def _search(
    experiment: Experiment,
    folder: RunFolder | None,
    search: Search | None,
    history: list[Iteration],
    progress: Callable[[Iteration], None],
    notify: Callable[[str], None],
) -> tuple[Search | None, bool]:
    """Run the search to its end or to Ctrl-C, telling the folder and `progress`."""
    interrupted, saved = False, time.perf_counter()
    with_gradient = experiment.optimizer.method == "gradient"
    updates = (
        co_optimize(experiment, resume=search, notify=notify)
        if with_gradient
        else gradient_free(experiment, notify=notify)
    )
    inspector = Inspector(experiment, folder, notify)
    try:
        for iteration in updates:
            search = iteration.search
            history.append(iteration)
            if with_gradient:
                inspector.look(iteration)
            if folder:
                folder.append(iteration)
                if time.perf_counter() - saved > CHECKPOINT_EVERY:
                    folder.write_checkpoint(iteration.search)
                    saved = time.perf_counter()
            progress(iteration)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        updates.close()
    if folder and search is not None:
        folder.write_checkpoint(search)
    return search, interrupted


def best_outcome(experiment: Experiment, search: Search | None, before: Outcome) -> Outcome:
    """The best outcome at the full duration with the file's contact, the start included."""
    outcomes = [before]
    for variables in _candidates(experiment, search):
        parameters = member(to_parameters(experiment.design, as_batch(variables)), 0)
        outcomes.append(experiment.outcome(parameters))
    return min(outcomes, key=lambda o: o.loss if math.isfinite(o.loss) else math.inf)


def _candidates(experiment: Experiment, search: Search | None) -> list[Variables]:
    """The best place so far, and that of an unfinished stage with another window."""
    if search is None:
        return []
    found = [search.best] if math.isfinite(search.best_loss) else []
    stage = experiment.optimizer.resolved_stages()[search.stage]
    losses = search.population.incumbent_loss
    if not Window.of(stage).is_scored and math.isfinite(losses.min()):
        found.append(member(search.population.incumbents, int(losses.argmin())))
    return found
