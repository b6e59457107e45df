"""Expressions to arrays. What no free parameter touches stays NumPy and is folded while tracing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from robodiff.robot.expressions import Expression, evaluate, evaluate_float
from robodiff.robot.spec import RobotSpec

JAX_FUNCTIONS = {
    "sqrt": jnp.sqrt, "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan,
    "exp": jnp.exp, "log": jnp.log, "abs": jnp.abs, "deg": lambda x: x * (np.pi / 180),
    "min": lambda *x: reduce(jnp.minimum, x), "max": lambda *x: reduce(jnp.maximum, x),
}  # fmt: skip
FloatArray = Any
"""A NumPy array (settled while tracing) or a JAX array."""


def namespace(*arrays: FloatArray) -> ModuleType:
    """jax.numpy when any array is JAX's, else numpy."""
    return jnp if any(isinstance(array, jax.Array) for array in arrays) else np


def product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Matrix product in full precision, on accelerators too."""
    if namespace(a, b) is np:
        return a @ b
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)


def group_sum(groups: np.ndarray, values: FloatArray) -> FloatArray:
    """groups [n, k] of 0 and 1 times values [k, ...]: sums without gathers or scatters."""
    flat = values.reshape(groups.shape[1], math.prod(values.shape[1:]))
    return product(groups, flat).reshape(groups.shape[0], *values.shape[1:])


def membership(count: int, owners: list[int]) -> np.ndarray:
    """[count, owners]: 1 where a body belongs to a link."""
    return (np.arange(count)[:, None] == np.array(owners, int)[None, :]).astype(float)


class Numbers:
    """Values of expressions at a design: floats where settled, tracers where free."""

    def __init__(self, spec: RobotSpec, free: Mapping[str, Any]):
        self.settled: dict[str, float] = {}
        self.traced: dict[str, Any] = {}
        self._known: dict[Any, Any] = {}
        batched = [name for name, value in free.items() if np.ndim(value)]
        if batched:
            raise ValueError(f"{', '.join(batched)}: not scalar; build many designs with jax.vmap")
        for name, parameter in spec.parameters.items():
            expression = parameter.expression
            if name in free and isinstance(free[name], Tracer):
                self.traced[name] = free[name]
            elif name in free:
                self.settled[name] = float(free[name])
            elif self.is_traced(expression):
                self.traced[name] = self.evaluate(expression)
            else:
                self.settled[name] = evaluate_float(expression, self.settled)

    def is_traced(self, expression: Expression) -> bool:
        """Whether a free parameter reaches this expression."""
        return not self.traced.keys().isdisjoint(expression.names)

    def evaluate(self, expression: Expression) -> Any:
        """Its traced value; the same arithmetic is done once."""
        if expression.tree not in self._known:
            values = {**self.settled, **self.traced}
            self._known[expression.tree] = evaluate(expression.tree, values, JAX_FUNCTIONS)
        return self._known[expression.tree]

    def array(self, expressions: Sequence[Expression | float], *shape: int) -> FloatArray:
        """Expressions as an array of a shape, one `stack` and one product when any is traced."""
        constants = np.zeros(len(expressions))
        columns: dict[Any, list[int]] = {}
        for row, expression in enumerate(expressions):
            if not isinstance(expression, Expression):
                constants[row] = expression
            elif self.is_traced(expression):
                columns.setdefault(expression.tree, []).append(row)
                self.evaluate(expression)
            else:
                constants[row] = evaluate_float(expression, self.settled)
        if not columns:
            return constants.reshape(shape)
        choice = np.zeros((len(expressions), len(columns)))
        for column, rows in enumerate(columns.values()):
            choice[rows, column] = 1.0
        stack = jnp.stack([jnp.asarray(self._known[tree], float) for tree in columns])
        return (constants + group_sum(choice, stack)).reshape(shape)

    def rows(self, rows: Sequence[Sequence[Expression | float]], width: int) -> FloatArray:
        """Rows of expressions as [rows, width]."""
        return self.array([entry for row in rows for entry in row], len(rows), width)
