"""A step whose derivative reads what it needs from one array, the tape, that is kept.

A step under `jax.checkpoint` is computed again on the way back, so that the compiled loop of the
way back holds the step and its transpose. For a single robot XLA makes one machine function of that
loop, whose compilation grows faster than its length. With a tape the transpose is all that it
holds. A batch of few robots has one, too: its step is some thousand operations on few numbers each,
which take a fraction of the time as kernels (measured in docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.ad_checkpoint import checkpoint_name
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun
from jaxtyping import Array, Float

from robodiff.physics.kernel import KERNELS, kernel
from robodiff.physics.layout import settle
from robodiff.physics.linear import INVERSE, SOLUTION
from robodiff.physics.moved import Value, move, unmoved, values
from robodiff.physics.packed import cut, packed

TAPE = "robodiff_tape"
"""Name of the tape, for policies of `jax.checkpoint`."""
LONGEST = 2**26
"""Numbers of the tapes of a whole rollout: 256 MiB in float32."""
TAPED = ("div", "sqrt", "rsqrt", "sin", "cos", "dot_general", "optimization_barrier")
"""Primitives whose results are on the tape; what lies between them is computed again."""
FEW = 128
"""Velocity coordinates of all robots of a batch with a tape, at most: of a step it holds some 400
numbers for each, which have to stay in the processor's cache."""


def are_few(robots: int, nv: int) -> bool:
    """Whether so many robots of nv coordinates each are simulated better with a tape than without
    (measured in docs/performance.md); more than one only where there are kernels."""
    return robots == 1 or (KERNELS and robots <= min(2 * nv, FEW // max(nv, 1)))


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
    """The same for few robots, with a tape where it is differentiated, and then as a kernel; for a
    single one always. States and what it tells are vectors, so that its loop holds few operations
    beside it.
    """

    def __init__(
        self, function: Callable[..., tuple[Any, Any]], constants: Any, state: Any, times: int
    ):
        """Args: times, how often the step is taken, each time with a tape of its own. If these
        would be longer than `LONGEST`, there is none."""
        self._function, self._times = function, times
        self._is_one = all(part.ndim == 1 for part in jax.tree.leaves(state))
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
            return kernel(plain, *at) if self._is_one else plain(*at)

        @taped.defjvp
        def derivative(at: tuple[Array, ...], along: tuple[Array, ...]) -> tuple[Any, Any]:
            record, play = _record_and_play(plain, at)
            value, tapes = kernel(record, *at, alone=True)
            if self._times * sum(tape.size for tape in tapes) > LONGEST:
                return jax.jvp(plain, at, along)
            tapes = [checkpoint_name(tape, TAPE) for tape in tapes]
            return value, kernel(play, *along, at[-1], *tapes, alone=True)

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
    function: Callable[..., Any], at: tuple[Array, ...]
) -> tuple[Callable[..., tuple[Any, list[Array]]], Callable[..., Any]]:
    """Two functions: one computes a value and writes what its derivative needs on tapes, one for
    each type of number; the other is the derivative, which reads them, and is given the last
    argument, too."""
    program, linear, structure = _linearized(function, at)
    given = [Value() for _ in (*program.consts, *at)]
    constant = dict(zip(given, program.consts, strict=False))  # `at` are given, too
    needed = values(program, given)[structure.num_leaves :]
    shapes: dict[Value, Any] = dict(
        zip(needed, program.out_avals[structure.num_leaves :], strict=True)
    )
    groups: dict[Any, list[Value]] = {}
    for each in unmoved(needed, [*constant, given[-1]]):
        groups.setdefault(shapes[each].dtype, []).append(each)

    def record(*at: Array) -> tuple[Any, list[Array]]:
        results = jaxpr_as_fun(program)(*at)
        value = jax.tree.unflatten(structure, results[: structure.num_leaves])
        found = dict(zip(needed, results[structure.num_leaves :], strict=True))
        return value, [packed([found[each] for each in group])[0] for group in groups.values()]

    def play(*arrays: Array) -> Any:
        along, (last, *tapes) = arrays[: len(at)], arrays[len(at) :]
        known = {**constant, given[-1]: last}
        for group, tape in zip(groups.values(), tapes, strict=True):
            known |= zip(group, cut(tape, [shapes[each].shape for each in group]), strict=True)
        results = jaxpr_as_fun(linear)(*(move(each, known) for each in needed), *along)
        return jax.tree.unflatten(structure, results)

    return record, play


def _linearized(
    function: Callable[..., Any], at: tuple[Array, ...]
) -> tuple[ClosedJaxpr, ClosedJaxpr, Any]:
    """The program of a value and of what its derivative needs; that of its derivative, which takes
    the latter and a direction; and the structure of either's value."""
    linear: Any = None

    def linearize(*at: Array) -> tuple[Any, list[Any]]:
        nonlocal linear
        remade = jax.checkpoint(function, policy=_is_taped, prevent_cse=False)
        value, along = jax.linearize(remade, *at)
        linear = jax.make_jaxpr(along)(*(jnp.zeros_like(part) for part in at))
        return value, linear.consts

    closed, (value, _) = jax.make_jaxpr(linearize, return_shape=True)(*at)
    jaxpr = linear.jaxpr
    jaxpr = jaxpr.replace(constvars=[], invars=[*jaxpr.constvars, *jaxpr.invars])
    return _with_barriers(closed), ClosedJaxpr(jaxpr, []), jax.tree.structure(value)


def _with_barriers(closed: ClosedJaxpr) -> ClosedJaxpr:
    """The same program, but what `jax.checkpoint` keeps goes through a barrier where JAX rounds it
    to the precision that it has: for XLA on CPU a copy of each."""
    (barrier,) = jax.make_jaxpr(settle)(0.0).eqns
    equations = [
        each.replace(primitive=barrier.primitive, params=barrier.params)
        if each.primitive.name == "reduce_precision" and _rounds_nothing(each)
        else each
        for each in closed.jaxpr.eqns
    ]
    return ClosedJaxpr(closed.jaxpr.replace(eqns=equations), closed.consts)


def _rounds_nothing(equation: Any) -> bool:
    has, kept = jnp.finfo(equation.invars[0].aval.dtype), equation.params
    return (has.nexp, has.nmant) == (kept["exponent_bits"], kept["mantissa_bits"])


def _is_taped(primitive: Any, *_: Any, **parameters: Any) -> bool:
    return primitive.name in TAPED or parameters.get("name") in (SOLUTION, INVERSE)
