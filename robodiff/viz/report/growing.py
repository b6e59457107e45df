"""The report of a run that still goes on, written from time to time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from robodiff.experiment.experiment import Experiment
from robodiff.io.files import write_text
from robodiff.io.results import RunFolder
from robodiff.io.run import best_outcome
from robodiff.io.summary import summary
from robodiff.io.trajectory import trajectory_arrays
from robodiff.optimization.iteration import Iteration, Outcome, Result, spent
from robodiff.optimization.slopes import told_slopes
from robodiff.viz.report.content import gather_content
from robodiff.viz.report.page import render
from robodiff.viz.report.report import NAME


class GrowingReport:
    """Told of every update; writes and publishes the page when it is due."""

    def __init__(
        self,
        experiment: Experiment,
        folder: RunFolder,
        publish: Callable[[dict[str, Any]], None] | None = None,
        every: float = 20.0,
        share: float = 0.05,
        write: bool = True,
    ):
        """`every`: seconds between pages, more where a page would take a larger share of them.

        The first page is not counted: what it compiles, the report at the end would have to.
        """
        self._experiment, self._folder = experiment, folder
        self._publish, self._every, self._write = publish, every, write
        self._share = share
        self._before: Outcome | None = None
        self._counted = False
        self._due = time.perf_counter() + (0.0 if publish else every)

    def update(self, iteration: Iteration) -> bool:
        """Take in an update; returns whether a page was due and is made."""
        began = time.perf_counter()
        if began < self._due:
            return False
        content = self._content(iteration)
        if self._write:
            write_text(self._folder.file(NAME), render(content))
        if self._publish:
            self._publish(content)
        now = time.perf_counter()
        cost = now - began if self._counted else 0.0
        self._counted, self._due = True, now + max(self._every, cost / self._share)
        return True

    def _content(self, iteration: Iteration) -> dict[str, Any]:
        experiment, history = self._experiment, self._folder.read_history()
        if self._before is None:
            self._before = experiment.outcome(experiment.parameters)
        before = self._before
        after = best_outcome(experiment, iteration.search, before)
        slopes = told_slopes(history, after)
        result = Result(
            before, after, history, {}, spent(history), len(history), iteration.simulations, slopes
        )
        arrays = [trajectory_arrays(outcome) for outcome in (before, after)]
        content = gather_content(
            experiment, self._folder, summary(experiment, result), history, arrays
        )
        progress = {"iteration": len(history), "total": experiment.optimizer.updates}
        return {**content, "progress": progress}
