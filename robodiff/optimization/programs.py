"""Programs compiled once on a machine: found again by their fingerprint, without tracing.

JAX's own cache keeps what XLA compiled, but asks for it by the traced program, and tracing takes
longer than reading.
"""

from __future__ import annotations

import ctypes
import gc
import math
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from robodiff.optimization import kept
from robodiff.physics.compiler_options import compiler_options

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

    def __init__(self, function: Callable[..., Any], *arguments: Any, jit: Jit = plain_jit):
        self._function, self._jit = function, jit
        self._arguments = jax.tree.map(_shape, arguments)
        self._file = kept.file_of(function, self._arguments, jit)
        self._x64 = _x64()  # which another thread does not know
        self.is_known = self._file is not None and self._file.exists()
        self._lowered: Any = None

    def trace(self) -> None:
        """Trace the function, unless it is known."""
        if not self.is_known:
            self._lowered = self._lower()

    def finish(self) -> Callable[..., Any]:
        """The compiled function; may be called in another thread."""
        found = kept.read(self._file, self._arguments) if self._file and self.is_known else None
        if found is not None:
            return found
        lowered = self._lowered or self._lower()
        if self._file is None:
            program = lowered.compile(compiler_options())
        else:
            with _unwritten_by_jax():
                program = lowered.compile(compiler_options())
            kept.write(self._file, program, lowered.out_info)
        give_back_memory()
        return program

    def _lower(self) -> Any:
        function = self._function
        if self._file:
            function = _named(function, f"robodiff_{self._file.stem}")
        with without_collector(), jax.enable_x64(self._x64):
            return self._jit(function, *self._arguments).lower(*self._arguments)


class Remembered:
    """A function like its `jax.jit`, whose programs are kept for later processes.

    Inside other transformations, and while JAX looks for NaN, it is the jitted function.
    """

    def __init__(self, function: Callable[..., Any]):
        self._function, self._jitted = function, jax.jit(function)
        self._programs: dict[Any, Callable[..., Any]] = {}

    def __call__(self, *arguments: Any) -> Any:
        """The function's value."""
        leaves, structure = jax.tree.flatten(arguments)
        if _is_debugging() or not all(_is_plain(leaf) for leaf in leaves):
            return self._jitted(*arguments)
        leaves = [jnp.asarray(leaf) for leaf in leaves]
        arguments = jax.tree.unflatten(structure, leaves)
        key = (structure, *((leaf.shape, leaf.dtype) for leaf in leaves), _x64())
        if key not in self._programs:
            self._programs[key] = Program(self._function, *arguments).finish()
        return self._programs[key](*arguments)


def _is_plain(leaf: Any) -> bool:
    """Whether a leaf is a number, or an array of one device."""
    if isinstance(leaf, Tracer):
        return False
    return not isinstance(leaf, jax.Array) or leaf.devices() == {jax.devices()[0]}


def _is_debugging() -> bool:
    """Whether JAX should run what it is given operation by operation, sooner or later."""
    names = ("jax_disable_jit", "jax_debug_nans", "jax_debug_infs")
    return any(jax.config.values[name] for name in names)


def _x64() -> bool:
    return jax.config.values["jax_enable_x64"]


def _named(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The same function under a name of its own, so that JAX's cache takes it for no other: what
    that cache gave cannot be written once more (XLA loses its functions)."""

    def named(*arguments: Any) -> Any:
        return function(*arguments)

    named.__name__ = named.__qualname__ = name
    return named


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
    return jax.ShapeDtypeStruct(np.shape(leaf), leaf.dtype)


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
