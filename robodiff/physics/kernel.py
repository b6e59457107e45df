"""A function that XLA compiles, on a CPU, as one machine function of its own: a kernel.

XLA makes one machine function of a whole loop over little, with all that is called in it. LLVM
looks at all of a loop again whenever it changes a loop inside, so that such a function compiles
slowly: where it is long, as that of a gradient, what the loop repeats is better a kernel.
Where a loop reads and writes more than XLA takes for little, it calls one function for each
operation; as a kernel the same operations run in half to two thirds of the time (a humanoid). Both
are measured in docs/performance.md.

A kernel is a primitive, of whose derivatives only the transpose of a linear one is a kernel again;
all others, and batches, are plain programs. For XLA aborts where a kernel does what its emitter
does not know, which can be told of what is about to be compiled, or where one does not read one of
its arguments once XLA has simplified it; so each is read. Nor does the emitter know the library
calls that XLA makes of larger sums unless told not to. So only programs that robodiff compiles
itself have kernels (`compiled_with`), not a `jax.jit`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental.xla_metadata import set_xla_metadata
from jax.extend.core import ClosedJaxpr, Jaxpr, Primitive, jaxpr_as_fun, jaxprs_in_params
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array

from robodiff.physics.compiler_options import calls_no_library, makes_whole_loops

KERNELS = jax.__version_info__ >= (0, 11)
"""Whether XLA's emitter of kernels knows optimization barriers."""
CALLED = {"inlineable": "false", "xla_cpu_small_call": "true"}
"""Marks of a call that XLA keeps and emits as one machine function."""
LEAST = 2**14
"""Numbers that all operations of a kernel make, at least, that is better alone. With fewer (10,000
of a double pendulum) a gradient takes a third longer than in one machine function of its loop."""
FEWEST = 2**18
"""Numbers that all operations of any other kernel make, at least. It stands for XLA's own estimate
of what a loop reads and writes, whose limit lies between a quadruped's step (210,000 at most), of
which it makes one machine function anyway, and a humanoid's (400,000 at least)."""
# fmt: off
EMITTED = frozenset((
    "abs", "add", "add_any", "and", "atan2", "broadcast_in_dim", "clamp", "concatenate",
    "convert_element_type", "cos", "custom_jvp_call", "div", "dot_general", "dynamic_slice",
    "eq", "ge", "gt", "integer_pow", "jit", "lt", "max", "min", "mul", "name", "neg",
    "optimization_barrier", "or", "pad", "reduce_precision", "reduce_sum", "remat2", "reshape",
    "robodiff_form", "robodiff_matrices", "robodiff_product", "rsqrt", "scan", "select_n", "sign",
    "sin", "slice", "split", "sqrt", "square", "squeeze", "stack", "sub", "transpose", "unstack",
))
# fmt: on
"""Operations in kernels of the shipped robots and those of the benchmarks, and so known to XLA's
emitter of kernels. It knows no sorting, scattering or LAPACK."""


def kernel(function: Callable[..., Any], *arguments: Array, alone: bool = False) -> Any:
    """What the function returns, a tree of arrays, computed by a kernel where that is possible.

    Args: function, of arrays, that closes over no traced array; alone, whether it is better a
    machine function of its own than a part of that of a loop (`call_alone`).
    """
    jaxpr, shapes = jax.make_jaxpr(function, return_shape=True)(*arguments)
    results = kernel_p.bind(*arguments, jaxpr=jaxpr, alone=alone)
    return jax.tree.unflatten(jax.tree.structure(shapes), results)


kernel_p = Primitive("robodiff_kernel")
kernel_p.multiple_results = True


@kernel_p.def_impl
def _plain(*arguments: Array, jaxpr: ClosedJaxpr, **_: Any) -> list[Array]:
    return jaxpr_as_fun(jaxpr)(*arguments)


@kernel_p.def_abstract_eval
def _shapes(*_: Any, jaxpr: ClosedJaxpr, **__: Any) -> list[Any]:
    return jaxpr.out_avals


def _push(at: Any, along: Any, jaxpr: ClosedJaxpr, **_: Any) -> tuple[list[Array], list[Array]]:
    """The derivative in a direction."""
    directions = [ad.instantiate_zeros(part) for part in along]
    return jax.jvp(jaxpr_as_fun(jaxpr), list(at), directions)


def _pull(cotangents: Any, *arguments: Any, jaxpr: ClosedJaxpr, alone: bool) -> list[Array | None]:
    """The transpose of a kernel that is linear in those arguments that have no value."""
    is_linear = [ad.is_undefined_primal(each) for each in arguments]
    shapes = [each.aval for each in arguments if ad.is_undefined_primal(each)]
    known = [each for each in arguments if not ad.is_undefined_primal(each)]
    given = [each for each in cotangents if not isinstance(each, ad.Zero)]

    def back(*numbers: Array) -> list[Array]:
        left, values = iter(numbers[: len(given)]), numbers[len(given) :]

        def forth(*changing: Array) -> list[Array]:
            both = {True: iter(changing), False: iter(values)}
            return jaxpr_as_fun(jaxpr)(*(next(both[linear]) for linear in is_linear))

        every = [ad.instantiate_zeros(each) if isinstance(each, ad.Zero) else next(left)
                 for each in cotangents]  # fmt: skip
        return jax.linear_transpose(forth, *shapes)(every)

    results = iter(kernel(back, *given, *known, alone=alone))
    return [next(results) if linear else None for linear in is_linear]


def _batched(
    arguments: Any, axes: Any, jaxpr: ClosedJaxpr, **_: Any
) -> tuple[list[Array], list[int]]:
    results = jax.vmap(jaxpr_as_fun(jaxpr), in_axes=tuple(axes))(*arguments)
    return results, [0] * len(results)


def _lower_on_cpu(context: Any, *arguments: Any, jaxpr: ClosedJaxpr, **_: Any) -> Any:
    function = _way(jaxpr) if KERNELS and calls_no_library() else _plain
    return mlir.lower_fun(function, multiple_results=True)(context, *arguments, jaxpr=jaxpr)


def _way(closed: ClosedJaxpr) -> Callable[..., list[Array]]:
    """Which of the functions below computes it."""
    is_of_a_loop = makes_whole_loops() and _work(closed) < FEWEST
    return _plain if is_of_a_loop or not _is_known(closed) else _called


def call_alone(closed: ClosedJaxpr) -> bool:
    """Whether a program has kernels that are better machine functions of their own, and XLA can
    call all that it has: then it is to be compiled without `whole_loops`."""
    found = list(_kernels(closed.jaxpr)) if KERNELS else []
    is_long = any(alone and _work(inside) >= LEAST for inside, alone in found)
    return is_long and all(_is_known(inside) for inside, _ in found)


def _is_known(closed: ClosedJaxpr) -> bool:
    """Whether XLA's emitter knows all that a kernel does."""
    return EMITTED.issuperset(name for name, _ in _operations(closed.jaxpr))


def _work(closed: ClosedJaxpr) -> int:
    """How many numbers all operations of a kernel make."""
    return sum(size for _, size in _operations(closed.jaxpr))


def _kernels(jaxpr: Jaxpr) -> Iterator[tuple[ClosedJaxpr, bool]]:
    """The program of each kernel, and whether it is better alone."""
    for equation in jaxpr.eqns:
        if equation.primitive is kernel_p:
            yield equation.params["jaxpr"], equation.params["alone"]
        else:
            for inside in jaxprs_in_params(equation.params):
                yield from _kernels(inside)


def _operations(jaxpr: Jaxpr) -> list[tuple[str, int]]:
    """The kind of each equation and how many numbers it makes; one that holds a jaxpr makes none,
    and the equations inside follow."""
    found = []
    for equation in jaxpr.eqns:
        inside = list(jaxprs_in_params(equation.params))
        results: list[Any] = [] if inside else [variable.aval for variable in equation.outvars]
        found.append((equation.primitive.name, sum(math.prod(x.shape) for x in results)))
        found += [each for part in inside for each in _operations(part)]
    return found


def _called(*arguments: Array, jaxpr: ClosedJaxpr) -> list[Array]:
    """A call that XLA keeps and emits as one machine function."""
    shapes: list[Any] = jaxpr.in_avals

    @set_xla_metadata(**dict.fromkeys(CALLED))  # calls inside are inlined
    def function(*numbers: Array) -> tuple[list[Array], list[Array]]:
        left = iter(numbers)
        given = [next(left) if each.size else jnp.zeros(each.shape, each.dtype) for each in shapes]
        return jaxpr_as_fun(jaxpr)(*given), [each.ravel()[:1] for each in numbers]  # reads all

    with set_xla_metadata(**CALLED):
        return jax.jit(function)(*(each for each in arguments if each.size))[0]


ad.primitive_jvps[kernel_p] = _push
ad.primitive_transposes[kernel_p] = _pull
batching.primitive_batchers[kernel_p] = _batched
mlir.register_lowering(kernel_p, mlir.lower_fun(_plain, multiple_results=True))
mlir.register_lowering(kernel_p, _lower_on_cpu, platform="cpu")
