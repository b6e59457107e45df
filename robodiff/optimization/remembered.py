"""`rd.jit`: `jax.jit` for functions that roll out, without compiling twice what this machine has
compiled before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, update_wrapper
from typing import Any

import jax
import jax.numpy as jnp
from jax._src.core import trace_state_clean  # whether nothing traces; it has no public name

from robodiff.optimization.programs import Program
from robodiff.physics.compiler_options import compiler_options


@dataclass(eq=False)
class Remembered:
    """A function like its `jax.jit`, whose programs are kept for later processes."""

    function: Callable[..., Any]
    _programs: dict[Any, Callable[..., Any]] = field(default_factory=dict, init=False, repr=False)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """The function's value."""
        if not trace_state_clean():
            return self._inner(*arguments, **keywords)
        leaves, structure = jax.tree.flatten((arguments, keywords))
        if _is_debugging() or not all(_is_plain(leaf) for leaf in leaves):
            return self._plain(*arguments, **keywords)
        leaves = [jnp.asarray(leaf) for leaf in leaves]
        arguments, keywords = jax.tree.unflatten(structure, leaves)
        x64 = jax.config.values["jax_enable_x64"]
        key = (structure, *((leaf.shape, leaf.dtype, leaf.weak_type) for leaf in leaves), x64)
        if key not in self._programs:
            self._programs[key] = Program(self.function, *arguments, **keywords).finish()
        return self._programs[key](*arguments, **keywords)

    @cached_property
    def _inner(self) -> Any:
        """For other transformations: only the outermost `jit` has options."""
        return jax.jit(self.function)

    @cached_property
    def _plain(self) -> Any:
        """For arrays of several devices, and for debugging."""
        return jax.jit(self.function, compiler_options=compiler_options())


def jit(function: Callable[..., Any]) -> Remembered:
    """`jax.jit(function, compiler_options=rd.compiler_options())` that remembers: what it has
    compiled is there at once in the next process. Gradients of a large single robot run about twice
    as fast as with that `jax.jit` (on CPU, jax 0.11 or later), and those of few robots 1.2 to 2.5
    times, since only here they have kernels.

    Programs are kept by what the function and all that it refers to say (its bytecode, constants,
    defaults, closures and globals, the versions of the libraries, the CPU), not by its traced
    program, which takes seconds to make. So the function must be pure, as JAX wants it anyway: what
    it prints or appends while it is traced does not happen again. What cannot be told for certain
    is traced in each process: functions that read files, draw numpy's random numbers, import inside
    themselves or call libraries other than JAX, numpy, equinox, optax and robodiff (Python's
    `logging` at level DEBUG says what it is).

    They lie in `jax_compilation_cache_dir`, else in the folder named by `ROBODIFF_COMPILE_CACHE`
    (`off` for none), else in this user's cache folder; the last 64 stay.

    Args: function, of arrays and trees of arrays. Works as a decorator, and inside `jax.grad`,
    `jax.vmap` and `jax.jit`.
    """
    remembered = Remembered(function)
    update_wrapper(remembered, function, updated=())
    return remembered


def _is_plain(leaf: Any) -> bool:
    """Whether a leaf is a number, or an array of one device."""
    return not isinstance(leaf, jax.Array) or leaf.devices() == {jax.devices()[0]}


def _is_debugging() -> bool:
    """Whether JAX should run what it is given operation by operation, sooner or later."""
    names = ("jax_disable_jit", "jax_debug_nans", "jax_debug_infs")
    return any(jax.config.values[name] for name in names)
