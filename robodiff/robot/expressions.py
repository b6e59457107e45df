"""Arithmetic over named parameters: a whitelist of Python's grammar, evaluated by our own hand.

The same expression is checked with Python floats and differentiated with JAX arrays: the caller
hands in the table of functions.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_LENGTH = 500
CONSTANTS = {"pi": math.pi}
FLOAT_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "exp": math.exp, "log": math.log, "abs": abs, "deg": math.radians,
    "min": min, "max": max,
}  # fmt: skip
_SEVERAL = {"min", "max"}
_BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
_UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_ALLOWED = re.compile(r"[A-Za-z0-9_ .+\-*/(),]*")
Tree = Any


@dataclass(frozen=True)
class Expression:
    """A number, or arithmetic that gives one."""

    text: str
    """As written, unit and all; equal texts mean equal values."""
    tree: Tree
    """A float, a name, or (operation, *operands)."""
    names: frozenset[str] = frozenset()
    """Parameters that it mentions."""
    value: float = math.nan
    """Its value at the file's parameters, in SI."""


class ExpressionError(ValueError):
    """Why a text is no expression, and at which character."""

    def __init__(self, message: str, offset: int = 0, name: str = ""):
        super().__init__(message)
        self.offset = offset
        self.name = name
        """The unknown name, when that is the mistake."""


def constant(value: float) -> Expression:
    """An expression that is just a number."""
    return Expression(repr(value), float(value), frozenset(), float(value))


def parse_expression(text: str) -> Expression:
    """Parse arithmetic; raises `ExpressionError` for anything else."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression of more than {MAX_LENGTH} characters")
    if not text.strip():
        raise ExpressionError("empty, expected a number or an expression")
    legal = _ALLOWED.match(text)
    end = legal.end() if legal else 0
    if end < len(text):
        raise ExpressionError(f"unexpected character {text[end]!r} in {text!r}", end)
    lead = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text.strip(), mode="eval").body
        names: set[str] = set()
        tree = _convert(body, names, lead)
    except SyntaxError as error:
        offset = lead + max((error.offset or 1) - 1, 0)
        raise ExpressionError(f"cannot read {text!r} as arithmetic", offset) from None
    except (RecursionError, MemoryError):
        raise ExpressionError(f"{text[:20]!r}... nests too deep") from None
    return Expression(text, tree, frozenset(names))


def _convert(node: ast.AST, names: set[str], lead: int) -> Tree:
    """A whitelisted syntax tree as nested tuples."""
    offset = lead + getattr(node, "col_offset", 0)
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return float(value)
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.Name(id=name) if name in FLOAT_FUNCTIONS:
            raise ExpressionError(f"{name} is a function, write {name}(...)", offset)
        case ast.Name(id=name):
            names.add(name)
            return name
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)], _convert(operand, names, lead)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)], _convert(left, names, lead), _convert(right, names, lead)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            if name not in FLOAT_FUNCTIONS:
                raise ExpressionError(f"unknown function {name!r}", offset, name)
            if (len(args) < 2) if name in _SEVERAL else (len(args) != 1):
                count = "two or more values" if name in _SEVERAL else "one value"
                raise ExpressionError(f"{name} takes {count}", offset)
            return name, *(_convert(arg, names, lead) for arg in args)
    raise ExpressionError("only + - * / **, parentheses, names and functions may be used", offset)


def evaluate(
    tree: Tree, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]
) -> Any:
    """The value of an expression's tree; raises ArithmeticError or ValueError as floats do."""
    if isinstance(tree, float):
        return tree
    if isinstance(tree, str):
        return values[tree]
    operation, *operands = tree
    arguments = [evaluate(operand, values, functions) for operand in operands]
    if operation is operator.pow and isinstance(arguments[1], float) and arguments[1].is_integer():
        return arguments[0] ** int(arguments[1])  # differentiable for bases <= 0 too
    if callable(operation):
        return operation(*arguments)
    return functions[operation](*arguments)


def evaluate_float(expression: Expression, values: Mapping[str, float]) -> float:
    """The value at given parameters; raises `ExpressionError` where there is no real number."""
    try:
        result = evaluate(expression.tree, values, FLOAT_FUNCTIONS)
    except ZeroDivisionError:
        raise ExpressionError(f"{expression.text!r} divides by zero") from None
    except (ArithmeticError, ValueError):
        raise ExpressionError(f"{expression.text!r} has no finite real value") from None
    if isinstance(result, complex) or not math.isfinite(result):
        raise ExpressionError(f"{expression.text!r} has no finite real value")
    return float(result)


def scaled(expression: Expression, factor: float, text: str) -> Expression:
    """The same expression in another unit."""
    if factor == 1.0:
        return Expression(text, expression.tree, expression.names)
    return Expression(text, (operator.mul, expression.tree, factor), expression.names)
