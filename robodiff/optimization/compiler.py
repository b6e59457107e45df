"""The update of a search, compiled once for each shape, while the run already goes on."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import jax
import numpy as np

from robodiff.optimization.devices import share_out
from robodiff.optimization.memory import forecast
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.schema import StageSpec
from robodiff.optimization.search import Pace, advance
from robodiff.optimization.starts import shapes
from robodiff.physics.compiler_options import compiler_options

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
            self._notify(f"compiling: {shape[0]} starts, {shape[1]:.0%} of the duration")
            window, pace = cast(Window.of(stage), dtype), cast(Pace(0.0, 0.0), dtype)
            update = partial(advance, self._problem, self._normalised)
            with without_collector():
                shared = share_out(update, population, window, pace)
                lowered = shared.lower(population, window, pace)
        self._futures[shape] = self._pool.submit(
            lambda: known[key] if key in known else known.setdefault(key, compiled(lowered))
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


def compiled(lowered: Any) -> Callable[..., Any]:
    """The program, with the memory that XLA needed to make it given back."""
    program = lowered.compile(compiler_options())
    give_back_memory()
    return program


@contextmanager
def without_collector() -> Iterator[None]:
    """Trace without the garbage collector, which takes a quarter of the time and finds nothing:
    all that is made is kept until the end."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def give_back_memory() -> None:
    """Return freed memory to the system: XLA leaves more than half a gigabyte to glibc, which keeps
    it. Elsewhere nothing happens."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
