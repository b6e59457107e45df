"""Expressions as JSON: numbers, names and [operation, *operands], for the page to evaluate."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

from robodiff.robot.expressions import Expression, Tree

_SYMBOLS: dict[Callable[..., Any], str] = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/",
    operator.pow: "**", operator.neg: "neg", operator.pos: "pos",
}  # fmt: skip


def formula(expression: Expression | None) -> Any:
    """The tree of an expression; None stays None."""
    return None if expression is None else _tree(expression.tree)


def formulas(row: Iterable[Expression]) -> list[Any]:
    """The trees of a row."""
    return [formula(expression) for expression in row]


def _tree(tree: Tree) -> Any:
    if isinstance(tree, float | str):
        return tree
    operation, *operands = tree
    name = operation if isinstance(operation, str) else _SYMBOLS[operation]
    return [name, *map(_tree, operands)]
