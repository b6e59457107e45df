"""Values of a traced program that are others moved: cut out, reshaped, or behind a barrier.

Of what a derivative needs, much is the same number several times over, each time cut in another
way. Kept once, the rest is found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jax.extend.core import ClosedJaxpr, Literal
from jaxtyping import Array

SAME = frozenset(("name", "optimization_barrier"))
"""Primitives that give what they get."""
MOVES = frozenset(("reshape", "slice", "split", "squeeze", "transpose", "unstack"))
"""Primitives that only move the numbers of their one argument."""


@dataclass(frozen=True, eq=False)
class Value:
    """What an equation gives or a program gets."""

    source: Value | None = None
    """The value that is moved here; None if it is computed."""
    equation: Any = None
    """Which moves it."""
    place: int = 0
    """Among the equation's results."""

    def sources(self) -> Iterator[Value]:
        """Those that it is moved from, the next one first."""
        value = self.source
        while value is not None:
            yield value
            value = value.source


def values(closed: ClosedJaxpr, given: Iterable[Value]) -> list[Value]:
    """Those of a program's results: one object where they are the same numbers moved in the same
    way.

    Args: given, the values of its constants and arguments.
    """
    moved: dict[Any, Value] = {}

    def follow(jaxpr: Any, arguments: Iterable[Value]) -> list[Value]:
        known = dict(zip([*jaxpr.constvars, *jaxpr.invars], arguments, strict=True))
        read = lambda each: Value() if isinstance(each, Literal) else known[each]  # noqa: E731
        for equation in jaxpr.eqns:
            known |= zip(equation.outvars, results(equation, list(map(read, equation.invars))))  # noqa: B905
        return list(map(read, jaxpr.outvars))

    def results(equation: Any, given: list[Value]) -> list[Value]:
        kind, parameters = equation.primitive.name, equation.params
        if kind == "jit":
            inside = parameters["jaxpr"]
            return follow(inside.jaxpr, [*(Value() for _ in inside.consts), *given])
        if kind in SAME:
            return given
        places = range(len(equation.outvars))
        if kind not in MOVES:
            return [Value() for _ in places]
        (source,) = given
        key = source, kind, tuple(sorted(parameters.items()))
        return [moved.setdefault((*key, place), Value(source, equation, place)) for place in places]

    return follow(closed.jaxpr, given)


def unmoved(wanted: Iterable[Value], known: Iterable[Value]) -> list[Value]:
    """Those, each once, that are neither known nor moved from others of them."""
    each, given = dict.fromkeys(wanted), set(known)
    found = given.union(each)
    return [v for v in each if v not in given and found.isdisjoint(v.sources())]


def move(value: Value, known: dict[Value, Array]) -> Array:
    """The array of a value that is known or moved from one that is."""
    if value not in known:
        assert value.source is not None
        primitive = value.equation.primitive
        results = primitive.bind(move(value.source, known), **value.equation.params)
        known[value] = results[value.place] if primitive.multiple_results else results
    return known[value]
