"""Programs compiled once on a machine: found again by their fingerprint, without tracing.

JAX's own cache keeps what XLA compiled, but asks for it by the traced program, and tracing takes
longer than reading.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import math
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.errors import JaxRuntimeError
from jax.extend.mlir.passmanager import PassManager

from robodiff.optimization import kept
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
        self._lowered: Any = None
        self._options: dict[str, str | bool] = {}

    def trace(self) -> None:
        """Trace the function, unless it is known."""
        if not self.is_known:
            self._lowered = self._lower()

    def finish(self) -> Callable[..., Any]:
        """The compiled function; may be called in another thread."""
        if self._file and self.is_known:
            found = kept.read(self._file, self._arguments, self._keywords)
            if found is not None:
                return found
        lowered = self._lowered or self._lower()
        try:
            program = self._compile(lowered)
        except JaxRuntimeError as error:
            if not KERNELS:
                raise
            LOG.warning("compiled without kernels, since XLA said: %s", error)
            lowered = self._lower(kernels=False)
            program = self._compile(lowered)
        if self._file:
            kept.write(self._file, program, lowered.out_info)
        give_back_memory()
        return program

    def _compile(self, lowered: Any) -> Any:
        if self._file is None:
            return lowered.compile(self._options)
        with _unwritten_by_jax():
            return lowered.compile(self._options)

    def _lower(self, kernels: bool = True) -> Any:
        name = getattr(self._function, "__name__", "once")
        function = _named(self._function, f"robodiff_{self._file.stem if self._file else name}")
        with without_collector(), jax.enable_x64(self._x64), files_opened() as opened:
            jitted = self._jit(function, *self._arguments)
            traced = jitted.trace(*self._arguments, **self._keywords)
            self._options = compiler_options(whole_loops=not (kernels and call_alone(traced.jaxpr)))
            with compiled_with(self._options if kernels else {}):
                lowered = traced.lower()
        if opened:
            self._file = None  # what they say may change
        if self._file:
            _forget_places(lowered)
        return lowered


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
