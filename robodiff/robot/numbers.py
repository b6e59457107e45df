"""From a written number to a checked `Expression`: units, names, finite values, signs, bounds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from robodiff.errors import Problem, did_you_mean
from robodiff.robot.expressions import (
    CONSTANTS,
    FLOAT_FUNCTIONS,
    Expression,
    ExpressionError,
    constant,
    evaluate_float,
    parse_expression,
    scaled,
)
from robodiff.robot.spec_links import ParameterSpec, Row
from robodiff.robot.units import (
    DIMENSION,
    UNITS,
    factor,
    si_unit,
    split_unit,
    unknown_unit,
)
from robodiff.robot.yaml_nodes import KeyPath
from robodiff.robot.yaml_source import Source

LARGEST = 1e15
_RULES = {
    "any": lambda value: True,
    "positive": lambda value: value > 0,
    "nonnegative": lambda value: value >= 0,
}
_WANTED = {"positive": "must be positive", "nonnegative": "must not be negative"}


@dataclass
class NumberReader:
    """Reads numbers at key paths; mistakes go to `problems` and a harmless 1 stands in."""

    source: Source
    problems: list[Problem] = field(default_factory=list)
    parameters: dict[str, ParameterSpec] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    """Value of each parameter in the file."""
    corners: list[tuple[str, dict[str, float]]] = field(default_factory=list)
    """What to say of, and all values at, each bound of each parameter."""

    def fail(self, path: KeyPath, message: str, suggestion: str = "", **place: Any) -> None:
        self.problems.append(self.source.problem(path, message, suggestion, **place))

    def number(
        self, path: KeyPath, raw: float | str, dimension: str | None = None, rule: str = "any"
    ) -> Expression:
        """A number of a dimension (None: of no unit) that obeys a rule."""
        expression = self.parse(path, raw, dimension)
        if expression is None:
            return constant(1.0)
        try:
            value = evaluate_float(expression, self.values)
        except ExpressionError as error:
            self.fail(path, str(error))
            return constant(1.0)
        if not self._obeys(path, expression, value, rule):
            return constant(1.0)
        return replace(expression, value=value)

    def optional(
        self, path: KeyPath, raw: float | str | None, dimension: str | None, rule: str = "any"
    ) -> Expression | None:
        """Like `number`; None stays None."""
        return None if raw is None else self.number(path, raw, dimension, rule)

    def row(self, path: KeyPath, raw: list[Any], dimension: str | None, rule: str = "any") -> Row:
        """A list of numbers."""
        return tuple(
            self.number((*path, index), item, dimension, rule) for index, item in enumerate(raw)
        )

    def parse(self, path: KeyPath, raw: float | str, dimension: str | None) -> Expression | None:
        """The expression without its value; None after a mistake."""
        if not isinstance(raw, str):
            return constant(raw)
        text, unit = split_unit(raw)
        try:
            expression = parse_expression(text)
        except ExpressionError as error:
            self._unreadable(path, raw, dimension, error)
            return None
        if not self._known(path, raw, expression):
            return None
        if unit and DIMENSION[unit] != dimension:
            message = (
                f"the unit {unit} is one of {DIMENSION[unit]}, not of {dimension or 'a number'}"
            )
            self.fail(path, message, self._units(dimension))
            return None
        name = expression.tree if isinstance(expression.tree, str) else ""
        own = DIMENSION.get(self.parameters[name].unit) if name in self.parameters else None
        if own and dimension and own != dimension:
            message = f"{name} is in {si_unit(own)} ({own}), expected {dimension}"
            self.fail(path, message)
            return None
        return scaled(expression, factor(unit) if unit else 1.0, raw)

    def _unreadable(
        self, path: KeyPath, raw: str, dimension: str | None, error: ExpressionError
    ) -> None:
        if error.name:
            suggestion = did_you_mean(error.name, FLOAT_FUNCTIONS)
            self.fail(path, str(error), suggestion, offset=error.offset)
        elif word := unknown_unit(raw):
            message = f"cannot read {raw!r}: {word!r} is no known unit"
            self.fail(path, message, self._units(dimension))
        else:
            self.fail(path, str(error), offset=error.offset)

    def _units(self, dimension: str | None) -> str:
        return "use " + ", ".join(UNITS[dimension]) if dimension else "write a plain number"

    def _known(self, path: KeyPath, raw: str, expression: Expression) -> bool:
        unknown = sorted(expression.names - self.values.keys())
        for name in unknown:
            choices = [*self.values, *CONSTANTS]
            message = f"unknown parameter {name!r}"
            suggestion = did_you_mean(name, choices)
            self.fail(path, message, suggestion, offset=max(raw.find(name), 0))
        return not unknown

    def _obeys(self, path: KeyPath, expression: Expression, value: float, rule: str) -> bool:
        if abs(value) > LARGEST:
            self.fail(path, f"{value:g} is not a sensible number")
            return False
        if not _RULES[rule](value):
            shown = f"{value:g}" if not expression.names else f"{expression.text} = {value:g}"
            self.fail(path, f"{_WANTED[rule]}, not {shown}")
            return False
        for what, values in self.corners if expression.names and rule != "any" else ():
            try:
                value = evaluate_float(expression, values)
            except ExpressionError:
                value = -1.0
            if not _RULES[rule](value):
                message = f"{_WANTED[rule]}, but {expression.text} is {value:g} at {what}"
                self.fail(path, message, "narrow the parameter's bounds")
                return False
        return True
