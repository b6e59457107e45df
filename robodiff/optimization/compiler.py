"""The update of a search, compiled once for each shape, while the run already goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import jax
import numpy as np

from robodiff.optimization.devices import share_out
from robodiff.optimization.memory import forecast
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.programs import Program
from robodiff.optimization.schema import StageSpec
from robodiff.optimization.search import Pace, advance
from robodiff.optimization.starts import shapes

Shape = tuple[int, float]
"""Starts and fraction of the duration: what an update is compiled for."""


def shape_of(stage: StageSpec) -> Shape:
    """The shape of a (resolved) stage."""
    return stage.starts or 1, stage.duration


class Compiler:
    """Compiles updates in a background thread, in the order in which they will be needed.

    They are kept in `problem.compiled`, so that a second search compiles nothing.
    """

    def __init__(self, problem: Problem, normalised: bool, notify: Callable[[str], None]):
        self._problem = problem
        self._normalised = normalised
        self._notify = notify
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="compile")
        self._futures: dict[Shape, Future] = {}
        self._tracing = 0.0
        self._told: set[Shape] = set()

    def prepare(self, stage: StageSpec) -> None:
        """Trace the update of a (resolved) stage and start its compilation."""
        shape = shape_of(stage)
        if shape in self._futures:
            return
        began = time.perf_counter()
        population = shapes(self._problem, shape[0])
        dtype = population.variables.design.dtype
        key, known = (*shape, self._normalised, dtype), self._problem.compiled
        if key not in known:
            window, pace = cast(Window.of(stage), dtype), cast(Pace(0.0, 0.0), dtype)
            update = partial(advance, self._problem, self._normalised)
            program = Program(update, population, window, pace, jit=share_out)
            if not program.is_known:
                self._notify(f"compiling: {shape[0]} starts, {shape[1]:.0%} of the duration")
            program.trace()
        self._futures[shape] = self._pool.submit(
            lambda: known[key] if key in known else known.setdefault(key, program.finish())
        )
        self._tracing += time.perf_counter() - began

    def wait(self, shape: Shape) -> tuple[Callable[..., Any], float]:
        """The compiled update and the seconds spent on it since the last wait."""
        began = time.perf_counter() - self._tracing
        self._tracing = 0.0
        update = self._futures[shape].result()
        if shape not in self._told:
            self._told.add(shape)
            self._notify(forecast(update))
        return update, time.perf_counter() - began

    def close(self) -> None:
        """Forget what is not yet compiled."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def cast(tree: Any, like: np.dtype) -> Any:
    """A tree whose numbers are arrays of one type, so that no update is compiled twice."""
    return jax.tree.map(lambda leaf: np.asarray(leaf, like), tree)
