"""Design and control improved together: one `Iteration` an update."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator

from robodiff.optimization.compiler import Compiler, cast, shape_of
from robodiff.optimization.devices import fetch
from robodiff.optimization.iteration import Iteration
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.progress import Search, account, begin_search, has_ended, turn_page
from robodiff.optimization.schema import OptimizerSpec, StageSpec
from robodiff.optimization.search import Pace


def co_optimize(
    problem: Problem,
    settings: OptimizerSpec | None = None,
    *,
    resume: Search | None = None,
    notify: Callable[[str], None] = lambda note: None,
) -> Generator[Iteration, None, None]:
    """Improve the design and the controller of an experiment, one `Iteration` an update.

    `settings` take the place of the experiment's own `optimizer` block; `resume` is the `search`
    of an iteration of an earlier run; `notify` gets short notes for people. The generator may be
    left at any time.
    """
    settings = settings or problem.optimizer
    stages = settings.resolved_stages()
    compiler = Compiler(problem, settings.normalise_gradient, notify)
    try:
        for stage in stages[resume.stage if resume else 0 :]:
            compiler.prepare(stage)
        search = resume or begin_search(problem, settings)
        while True:
            search = turn_page(search, stages, settings)
            if has_ended(search, stages, settings):
                return
            if _is_over(search.seconds, settings):
                notify(f"time limit of {settings.time_limit:g} s reached")
                return
            stage = stages[search.stage]
            update, waited = compiler.wait(shape_of(stage))
            began = time.perf_counter()
            arguments = _arguments(search, stage, settings)
            population, report = fetch(update(search.population, *arguments))
            seconds = time.perf_counter() - began
            iteration = account(
                problem, search, stage, settings, population, report, waited, seconds
            )
            search = iteration.search
            yield iteration
    finally:
        compiler.close()


def _arguments(search: Search, stage: StageSpec, settings: OptimizerSpec) -> tuple[Window, Pace]:
    """Window and pace of the next update."""
    rates = stage.learning_rate
    assert rates is not None
    assert stage.iterations is not None
    factor = 1.0
    if settings.schedule == "cosine":
        progress = search.stage_iteration / stage.iterations
        factor = 0.1 + 0.45 * (1 + math.cos(math.pi * progress))
    pace = Pace(
        design=rates.design * factor * (settings.freeze != "design"),
        control=rates.control * factor * (settings.freeze != "control"),
    )
    dtype = search.population.variables.design.dtype
    return cast(Window.of(stage), dtype), cast(pace, dtype)


def _is_over(seconds: float, settings: OptimizerSpec) -> bool:
    return settings.time_limit is not None and seconds >= settings.time_limit
