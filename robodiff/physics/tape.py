"""A function whose derivative reads what it needs from one array, the tape, that is kept.

A step under `jax.checkpoint` is computed again on the way back, so that the compiled loop of the
way back holds the step and its transpose. For a single robot XLA makes one machine function of that
loop, whose compilation grows faster than its length. With a tape the transpose is all that it
holds (measured in docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jax.ad_checkpoint import checkpoint_name

from robodiff.physics.linear import INVERSE, SOLUTION

TAPE = "robodiff_tape"
"""Name of the tape, for policies of `jax.checkpoint`."""
LONGEST = 2**25
"""Numbers of the tapes of a whole rollout: 128 MiB in float32."""
TAPED = ("div", "sqrt", "rsqrt", "sin", "cos", "dot_general", "optimization_barrier")
"""Primitives whose results are on the tape; what lies between them is computed again."""


def with_tape(function: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The function with the same derivatives, for trees of arrays of a single robot.

    Args: times, how often it is called in a row, each time with a tape of its own. If these would
    be longer than `LONGEST`, there is none.
    """

    def called(*arguments: Any) -> Any:
        numbers, rest = eqx.partition(arguments, eqx.is_inexact_array)

        def plain(numbers: Any) -> Any:
            return function(*eqx.combine(numbers, rest))

        @jax.custom_jvp
        def taped(numbers: Any) -> Any:
            return plain(numbers)

        @taped.defjvp
        def derivative(at: tuple[Any], along: tuple[Any]) -> tuple[Any, Any]:
            remade = jax.checkpoint(plain, policy=_is_taped, prevent_cse=False)
            value, linear = jax.linearize(remade, *at)
            linear, read = jax.closure_convert(linear, *along)
            if times * sum(part.size for part in read) > LONGEST:
                return jax.jvp(plain, at, along)
            return value, linear(*along, *_through_tape(read))

        return taped(numbers)

    return called


def _is_taped(primitive: Any, *_: Any, **parameters: Any) -> bool:
    return primitive.name in TAPED or parameters.get("name") in (SOLUTION, INVERSE)


def _through_tape(parts: list[jax.Array]) -> list[jax.Array]:
    """The same arrays, read from one that is kept."""
    if not parts:
        return parts
    tape = checkpoint_name(jnp.concatenate([part.ravel() for part in parts]), TAPE)
    read = lax.split(tape, [part.size for part in parts])
    return [x.reshape(part.shape) for x, part in zip(read, parts, strict=True)]
