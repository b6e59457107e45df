"""A traced program cut in two, that both can be compiled at once.

XLA goes over a whole program in one thread, and only then makes its machine functions in several.
As two programs a gradient of a single robot is there in seven eighths of the time
(docs/performance.md); one of many small machine functions, without kernels, gains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Var, jaxpr_as_fun, jaxprs_in_params

LARGER = 0.75
"""Part of a program that the larger half may be; else it stays whole."""


@dataclass(frozen=True)
class Half:
    """A program that computes part of another."""

    closed: ClosedJaxpr
    """What it does."""
    takes: tuple[int, ...]
    """Its arguments: their places among those of the whole, followed by what the first half
    gives."""

    def trace(self, name: str) -> Any:
        """It as a jitted function of that name, traced."""

        def half(*arguments: Any) -> Any:
            return jaxpr_as_fun(self.closed)(*arguments)

        half.__name__ = half.__qualname__ = name
        avals: list[Any] = self.closed.in_avals
        shapes = [jax.ShapeDtypeStruct(each.shape, each.dtype, weak_type=each.weak_type)
                  for each in avals]  # fmt: skip
        return jax.jit(half).trace(*shapes)


def cut(whole: ClosedJaxpr) -> tuple[Half, Half] | None:
    """The first half of a program's equations, of which it gives what the second needs, and the
    second, which gives all that the program does; None where no cut makes halves of it."""
    jaxpr = whole.jaxpr
    place = _place_of_cut(jaxpr)
    if place is None:
        return None
    first, second = jaxpr.eqns[:place], jaxpr.eqns[place:]
    needed = _variables(each.invars for each in second) | _variables([jaxpr.outvars])
    given = [each for equation in first for each in equation.outvars if each in needed]
    values = {each: number for number, each in enumerate([*jaxpr.invars, *given])}

    def half(equations: list[Any], takes: list[Any], gives: list[Any]) -> Half:
        part = jaxpr.replace(invars=takes, outvars=gives, eqns=equations)
        return Half(ClosedJaxpr(part, whole.consts), tuple(values[each] for each in takes))

    read = _variables(each.invars for each in first)
    return (
        half(first, [each for each in jaxpr.invars if each in read], given),
        half(second, [each for each in values if each in needed], jaxpr.outvars),
    )


def _place_of_cut(jaxpr: Jaxpr) -> int | None:
    """How many equations precede the cut that leaves the larger half as small as it can be."""
    before = list(accumulate(1 + _inside(each) for each in jaxpr.eqns))
    if len(before) < 2 or jaxpr.effects:
        return None
    larger = [max(count, before[-1] - count) for count in before[:-1]]
    least = min(larger)
    return 1 + larger.index(least) if least <= LARGER * before[-1] else None


def _inside(equation: Any) -> int:
    """How many equations one holds."""
    return sum(
        1 + _inside(each)
        for jaxpr in jaxprs_in_params(equation.params)
        for each in jaxpr.eqns
    )  # fmt: skip


def _variables(lists: Iterable[list[Any]]) -> set[Var]:
    return {each for every in lists for each in every if not isinstance(each, Literal)}
