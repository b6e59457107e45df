"""Programs compiled once on a machine: found again by their fingerprint, without tracing.

JAX's own cache keeps what XLA compiled, but asks for it by the traced program, and tracing takes
longer than reading.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any

import jax
import numpy as np
from jax.errors import JaxRuntimeError
from jax.extend.mlir.passmanager import PassManager

from robodiff.optimization import kept
from robodiff.optimization.chain import Chain
from robodiff.optimization.freed import give_back_memory, without_collector
from robodiff.optimization.halves import Half, cut
from robodiff.optimization.opened import files_opened
from robodiff.physics.compiler_options import compiled_with, compiler_options
from robodiff.physics.kernel import KERNELS, call_alone

LOG = logging.getLogger(__name__)
COMPILING = threading.Lock()
WRITTEN_AFTER = "jax_persistent_cache_min_compile_time_secs"
"""JAX keeps what took it longer to compile."""

Jit = Callable[..., Any]
"""From a function and its arguments, or their shapes, to the jitted function."""


def plain_jit(function: Callable[..., Any], *arguments: Any) -> Any:
    """`jax.jit`."""
    return jax.jit(function)


class Program:
    """A function on its way to a compiled one: known from an earlier process, or traced.

    `arguments` may hold shapes alone. What has been compiled is kept for later processes if
    everything that `function` is made of has a fingerprint.
    """

    def __init__(
        self, function: Callable[..., Any], *arguments: Any, jit: Jit = plain_jit, **keywords: Any
    ):
        self._function, self._jit = function, jit
        self._arguments, self._keywords = jax.tree.map(_shape, (arguments, keywords))
        self._file = kept.file_of(function, self._arguments, self._keywords, jit)
        self._x64 = _x64()  # which another thread does not know
        self.is_known = self._file is not None and self._file.exists()
        self._traced: list[Any] = []  # the whole, or both halves
        self._halves: tuple[Half, Half] | None = None
        self._results: Any = None
        self._options: dict[str, str | bool] = {}

    def trace(self) -> None:
        """Trace the function, unless it is known."""
        if not self.is_known:
            self._trace()

    def finish(self) -> Callable[..., Any]:
        """The compiled function; may be called in another thread."""
        if self._file and self.is_known:
            found = kept.read(self._file, self._arguments, self._keywords)
            if found is not None:
                return found
        if not self._traced:
            self._trace()
        try:
            program = self._compile()
        except JaxRuntimeError as error:
            if not KERNELS:
                raise
            LOG.warning("compiled without kernels, since XLA said: %s", error)
            self._trace(kernels=False)
            program = self._compile(kernels=False)
        if self._file:
            kept.write(self._file, program, self._results)
        give_back_memory()
        return program

    def _trace(self, kernels: bool = True) -> None:
        """Trace the whole, and both halves where its loops call kernels alone."""
        name = getattr(self._function, "__name__", "once")
        name = f"robodiff_{self._file.stem if self._file else name}"
        with without_collector(), jax.enable_x64(self._x64), files_opened() as opened:
            jitted = self._jit(_named(self._function, name), *self._arguments)
            whole = jitted.trace(*self._arguments, **self._keywords)
            alone = kernels and jax.default_backend() == "cpu" and call_alone(whole.jaxpr)
            self._options = compiler_options(whole_loops=not alone)
            self._results = whole.out_info
            self._halves = cut(whole.jaxpr) if alone else None
            self._traced = [
                half.trace(f"{name}_{number}") for number, half in enumerate(self._halves or ())
            ] or [whole]
        if opened:
            self._file = None  # what they say may change

    def _compile(self, kernels: bool = True) -> Any:
        """Both halves at once; that of a gradient's way back, which takes longer, first."""
        apart = _unwritten_by_jax() if self._file else nullcontext()
        with apart, ThreadPoolExecutor() as pool:
            compiling = [
                pool.submit(lowered.compile, self._options) for lowered in self._lowered(kernels)
            ]
        programs = [each.result() for each in reversed(compiling)]
        if not self._halves:
            return programs[0]
        arguments, results = (self._arguments, self._keywords), self._results
        takes = [half.takes for half in self._halves]
        return Chain(programs, takes, *map(jax.tree.structure, (arguments, results)))

    def _lowered(self, kernels: bool) -> Iterator[Any]:
        """What was traced, the last first, in the form that XLA compiles."""
        promised = self._options if kernels else {}
        for traced in reversed(self._traced):
            with without_collector(), jax.enable_x64(self._x64), compiled_with(promised):
                lowered = traced.lower()
            if self._file:
                _forget_places(lowered)
            yield lowered


def _x64() -> bool:
    return jax.config.values["jax_enable_x64"]


def _named(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The same function under a name of its own, so that JAX's caches take it for no other: what
    they gave cannot be written once more (XLA loses its functions), and has no kernels."""

    def named(*arguments: Any, **keywords: Any) -> Any:
        return function(*arguments, **keywords)

    named.__name__ = named.__qualname__ = name
    return named


def _forget_places(lowered: Any) -> None:
    """Drop names and source lines of operations: two fifths of what is kept of a program, and a
    fifth of the time that it takes to read it."""
    module = lowered.compiler_ir("stablehlo")
    with module.context:
        PassManager.parse("builtin.module(strip-debuginfo)").run(module.operation)


@contextmanager
def _unwritten_by_jax() -> Iterator[None]:
    """Compile without leaving the result in JAX's own cache."""
    with COMPILING:
        before = jax.config.values[WRITTEN_AFTER]
        jax.config.update(WRITTEN_AFTER, math.inf)
        try:
            yield
        finally:
            jax.config.update(WRITTEN_AFTER, before)


def _shape(leaf: Any) -> jax.ShapeDtypeStruct:
    weak = getattr(leaf, "weak_type", False)  # of a Python number
    return jax.ShapeDtypeStruct(np.shape(leaf), leaf.dtype, weak_type=weak)
