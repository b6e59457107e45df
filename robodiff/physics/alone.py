"""Programs of functions that are called with plain numbers, outside any trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import jax
from jax.core import Tracer


def compiled_alone(function: Callable, static: Sequence[str] = ()) -> Callable:
    """The function; called with numbers, it is one program, compiled once for each robot, shape and
    value of the `static` arguments. In a trace of the caller's it is a part of that one program: a
    program within another takes longer to compile."""
    compiled = jax.jit(function, static_argnames=static)

    @wraps(function)
    def called(*arguments: Any) -> Any:
        traced = any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(arguments))
        return (function if traced else compiled)(*arguments)

    return called
