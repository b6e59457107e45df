"""The update of a search, compiled once for each shape, while the run already goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.schema import StageSpec
from robodiff.optimization.search import Pace, Population, advance
from robodiff.optimization.starts import shapes

Shape = tuple[int, float]
"""Starts and fraction of the duration: what an update is compiled for."""


def shape_of(stage: StageSpec) -> Shape:
    """The shape of a (resolved) stage."""
    return stage.starts or 1, stage.duration


class Compiler:
    """Compiles updates in a background thread, in the order in which they will be needed."""

    def __init__(self, problem: Problem, notify: Callable[[str], None]):
        self._problem = problem
        self._notify = notify
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="compile")
        self._updates: dict[Shape, Future] = {}
        self._tracing = 0.0

    def prepare(self, stage: StageSpec) -> None:
        """Trace the update of a (resolved) stage and start its compilation."""
        shape = shape_of(stage)
        if shape in self._updates:
            return
        began = time.perf_counter()
        starts, fraction = shape
        self._notify(f"compiling: {starts} starts, {fraction:.0%} of the duration")

        def update(population: Population, window: Window, pace: Pace) -> Any:
            return advance(self._problem, population, window, pace)

        population = shapes(self._problem, starts)
        dtype = population.variables.design.dtype
        window, pace = cast(Window.of(stage), dtype), cast(Pace(0.0, 0.0), dtype)
        lowered = jax.jit(update).lower(population, window, pace)
        self._updates[shape] = self._pool.submit(lowered.compile)
        self._tracing += time.perf_counter() - began

    def wait(self, shape: Shape) -> tuple[Callable[..., Any], float]:
        """The compiled update and the seconds spent on it since the last wait."""
        began = time.perf_counter() - self._tracing
        self._tracing = 0.0
        return self._updates[shape].result(), time.perf_counter() - began

    def close(self) -> None:
        """Forget what is not yet compiled."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def cast(tree: Any, like: np.dtype) -> Any:
    """A tree whose numbers are arrays of one type, so that no update is compiled twice."""
    return jax.tree.map(lambda leaf: np.asarray(leaf, like), tree)
