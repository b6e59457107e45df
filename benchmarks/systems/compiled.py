"""From a function of arrays to a `Program`: what all systems in JAX share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.case import Case, Job
from benchmarks.program import Program, finite, resident

Step = Callable[[Any, Any], tuple[Any, tuple[Any, Any]]]
"""(state of one robot, command) -> (state, (q, v))."""


class Plain:
    """`jax.jit`."""

    def __init__(self, function: Callable, *arguments: Any):
        self._function, self._arguments = function, arguments

    def trace(self) -> None:
        """Make the traced program."""
        self._lowered = jax.jit(self._function).lower(*self._arguments)

    def finish(self) -> Callable:
        """The compiled program."""
        return self._lowered.compile()


def compiled(function: Callable, arguments: tuple, made: Callable = Plain) -> Program:
    """Trace and compile a function of arrays, with the seconds of both and the memory planned."""
    known = _kept()
    began = _clocks()
    program = made(function, *arguments)
    program.trace()
    traced = _clocks()
    program = program.finish()
    ended = _clocks()
    now = _kept()
    run = lambda: jax.block_until_ready(program(*arguments))  # noqa: E731
    outputs = run()
    facts = {
        "trace": {key: traced[key] - began[key] for key in began},
        "compile": {key: ended[key] - traced[key] for key in began},
        "from_cache": bool(known) and now == known,
        "finite": finite(jax.tree.leaves(outputs)),
        "planned_mib": _planned(program, *PLANNED),
        "arguments_mib": _planned(program, PLANNED[0]),
        **resident(),
    }
    return Program(run, facts)


def _kept() -> set[str]:
    """The files of the cache of compiled programs."""
    folder = os.environ.get("JAX_COMPILATION_CACHE_DIR")
    if not folder:
        return set()
    return {str(file) for file in Path(folder).rglob("*") if not file.name.endswith("-atime")}


def _clocks() -> dict[str, float]:
    return {"wall": time.perf_counter(), "cpu": time.process_time()}


PLANNED = ("argument_size_in_bytes", "output_size_in_bytes", "temp_size_in_bytes")


def _planned(program: Any, *parts: str) -> float:
    """Memory of arguments, results and intermediate arrays by XLA's own plan [MiB]."""
    plan = program.memory_analysis()
    return sum(getattr(plan, part) for part in parts) / 2**20


def loss_of(q: Any, v: Any) -> Any:
    """One number from all states, the same for every system."""
    return jnp.mean(q**2) + 0.01 * jnp.mean(v**2)


def scanned(case: Case, job: Job, start: Callable[[Any, Any], Any], step: Step) -> Program:
    """The program of a system that simulates one robot with `step`, batched by `vmap`.

    The gradient is by starts and all commands.
    """

    def states(q, v, commands):
        def one(q, v, commands):
            return jax.lax.scan(step, start(q, v), commands)[1]

        return jax.vmap(one, in_axes=(0, 0, 1))(q, v, commands)

    def loss(q, v, commands):
        return loss_of(*states(q, v, commands))

    q, v = case.starts(job.batch)
    arguments = tuple(jnp.asarray(x) for x in (q, v, case.commands(job.batch, job.steps)))
    if job.what == "forward":
        return compiled(states, arguments)
    return compiled(jax.value_and_grad(loss, argnums=(0, 1, 2)), arguments)
