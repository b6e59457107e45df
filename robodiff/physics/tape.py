"""A step whose derivative reads what it needs from one array, the tape, that is kept.

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
from jax.ad_checkpoint import checkpoint_name
from jax.core import ShapedArray, Tracer
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun
from jaxtyping import Array, Float

from robodiff.physics.kernel import kernel
from robodiff.physics.layout import settle
from robodiff.physics.linear import INVERSE, SOLUTION
from robodiff.physics.packed import cut, packed

TAPE = "robodiff_tape"
"""Name of the tape, for policies of `jax.checkpoint`."""
LONGEST = 2**25
"""Numbers of the tapes of a whole rollout: 128 MiB in float32."""
TAPED = ("div", "sqrt", "rsqrt", "sin", "cos", "dot_general", "optimization_barrier")
"""Primitives whose results are on the tape; what lies between them is computed again."""


class Untaped:
    """A step, taken again and again.

    The function takes trees of floats: what stays the same, a state and further arguments. It
    returns the next state and what else there is to tell.
    """

    def __init__(self, function: Callable[..., tuple[Any, Any]], constants: Any, state: Any):
        self._function, self._constants, self.start = function, constants, state

    def __call__(self, state: Any, *arguments: Any) -> tuple[Any, Any]:
        """The next state and what else there is to tell."""
        return self._function(self._constants, state, *arguments)

    def state(self, now: Any) -> Any:
        """The tree of a state."""
        return now

    def history(self, states: Any, told: Any) -> tuple[Any, Any]:
        """The trees of all states and all that was told, stacked along the first axis."""
        return states, told


class Taped:
    """The same for a single robot, with a tape where it is differentiated; of a large robot, a
    kernel. States and what it tells are vectors, so that its loop holds few operations beside it.
    """

    def __init__(
        self, function: Callable[..., tuple[Any, Any]], constants: Any, state: Any, times: int
    ):
        """Args: times, how often the step is taken, each time with a tape of its own. If these
        would be longer than `LONGEST`, there is none."""
        self._function, self._times = function, times
        self._constants, self._unpack_constants = packed(constants)
        self.start, self._unpack_state = packed(state)
        self._unpack_told: Any = None

    def __call__(self, state: Float[Array, " n"], *arguments: Any) -> tuple[Array, Array]:
        """The next state and what else there is to tell, each as a vector."""
        numbers, rest = eqx.partition(arguments, eqx.is_inexact_array)
        numbers, unpack = packed(numbers)

        def plain(state: Array, numbers: Array, constants: Array) -> tuple[Array, Array]:
            given = eqx.combine(unpack(numbers), rest)
            constants = self._unpack_constants(constants)
            state, told = self._function(constants, self.state(state), *given)
            told, self._unpack_told = packed(told)
            return packed(state)[0], told

        @jax.custom_jvp
        def taped(*at: Array) -> tuple[Array, Array]:
            return kernel(plain, *at)

        @taped.defjvp
        def derivative(at: tuple[Array, ...], along: tuple[Array, ...]) -> tuple[Any, Any]:
            record, play = _record_and_play(plain)
            value, tapes = kernel(_with_barriers(record), *at)
            if self._times * sum(tape.size for tape in tapes) > LONGEST:
                return jax.jvp(plain, at, along)
            return value, kernel(play, *along, *(checkpoint_name(tape, TAPE) for tape in tapes))

        return taped(state, numbers, self._constants)

    def state(self, now: Float[Array, " n"]) -> Any:
        """The tree of a state."""
        return self._unpack_state(now)

    def history(
        self, states: Float[Array, "steps n"], told: Float[Array, "steps m"]
    ) -> tuple[Any, Any]:
        """The trees of all states and all that was told, stacked along the first axis."""
        return jax.vmap(self._unpack_state)(states), jax.vmap(self._unpack_told)(told)


def _record_and_play(
    function: Callable[..., Any],
) -> tuple[Callable[..., tuple[Any, list[Array]]], Callable[..., Any]]:
    """Two functions: one computes a value and writes what its derivative needs on tapes, one for
    each type of number; the other is the derivative, which reads them."""
    derivative: Any = None
    needed: list[Any] = []
    structure: Any = None

    def record(*at: Array) -> tuple[Any, list[Array]]:
        nonlocal derivative, needed, structure
        remade = jax.checkpoint(function, policy=_is_taped, prevent_cse=False)
        value, linear = jax.linearize(remade, *at)
        closed = jax.make_jaxpr(linear)(*(jnp.zeros_like(part) for part in at))
        tapes = [packed(group)[0] for group in _by_type(closed.consts, Tracer).values()]
        derivative, structure = closed.jaxpr, jax.tree.structure(value)
        needed = [jax.typeof(part) if isinstance(part, Tracer) else part for part in closed.consts]
        return value, tapes

    def play(*given: Array) -> Any:
        along, tapes = given[: len(derivative.invars)], given[len(derivative.invars) :]
        groups = _by_type(needed, ShapedArray).items()
        read = {kind: cut(tape, [part.shape for part in group])
                for (kind, group), tape in zip(groups, tapes, strict=True)}  # fmt: skip
        known = [next(read[part.dtype]) if isinstance(part, ShapedArray) else part
                 for part in needed]  # fmt: skip
        results = jaxpr_as_fun(ClosedJaxpr(derivative, known))(*along)
        return jax.tree.unflatten(structure, results)

    return record, play


def _with_barriers(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, but what `jax.checkpoint` keeps goes through a barrier where JAX rounds it
    to the precision that it has: for XLA on CPU a copy of each."""
    (barrier,) = jax.make_jaxpr(settle)(0.0).eqns

    def settled(*at: Array) -> Any:
        closed, shapes = jax.make_jaxpr(function, return_shape=True)(*at)
        equations = [
            each.replace(primitive=barrier.primitive, params=barrier.params)
            if each.primitive.name == "reduce_precision"
            else each
            for each in closed.jaxpr.eqns
        ]
        program = ClosedJaxpr(closed.jaxpr.replace(eqns=equations), closed.consts)
        return jax.tree.unflatten(jax.tree.structure(shapes), jaxpr_as_fun(program)(*at))

    return settled


def _by_type(parts: list[Any], kind: type) -> dict[Any, list[Any]]:
    """Those of a kind, by their type of number."""
    groups: dict[Any, list[Any]] = {}
    for part in parts:
        if isinstance(part, kind):
            groups.setdefault(part.dtype, []).append(part)
    return groups


def _is_taped(primitive: Any, *_: Any, **parameters: Any) -> bool:
    return primitive.name in TAPED or parameters.get("name") in (SOLUTION, INVERSE)
