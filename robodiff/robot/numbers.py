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
from robodiff.robot.schema import ParameterSection
from robodiff.robot.spec import ParameterSpec, Row
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


def read_parameters(
    reader: NumberReader, sections: dict[str, ParameterSection | float | str]
) -> None:
    """Fill the reader's parameters, each after those it depends on, and their values."""
    reader.values = {name: 1.0 for name in sections if _is_usable(reader, name)}
    parsed = {name: _read_parameter(reader, name, sections[name]) for name in reader.values}
    for name in _dependency_order(reader, parsed):
        reader.parameters[name] = _evaluated(reader, parsed[name])
        reader.values[name] = reader.parameters[name].value
    reader.corners = [
        (f"{name} = {bound:g}", _values_with(reader, name, bound))
        for name, parameter in reader.parameters.items()
        for bound in (parameter.lower, parameter.upper)
        if bound is not None
    ]


def _is_usable(reader: NumberReader, name: str) -> bool:
    if name in CONSTANTS or name in FLOAT_FUNCTIONS:
        reader.fail(("parameters", name), f"{name} is a built-in name", "rename it", at_key=True)
    elif not name.isidentifier() or not name.isascii():
        message = "no name for a parameter: letters, digits and _, a letter first"
        reader.fail(("parameters", name), message, at_key=True)
    else:
        return True
    return False


def _read_parameter(
    reader: NumberReader, name: str, section: ParameterSection | float | str
) -> ParameterSpec:
    path: KeyPath = ("parameters", name)
    value_path = (*path, "value") if isinstance(section, ParameterSection) else path
    if not isinstance(section, ParameterSection):
        section = ParameterSection(value=section)
    unit = section.unit
    if unit and unit not in DIMENSION:
        near = did_you_mean(unit, DIMENSION)
        reader.fail((*path, "unit"), f"unknown unit {unit!r}", near)
        unit = ""
    if not unit and isinstance(section.value, str):
        unit = si_unit(DIMENSION.get(split_unit(section.value)[1]))
    dimension = DIMENSION.get(unit)

    def read(path: KeyPath, raw: float | str) -> Expression:
        expression = reader.parse(path, raw, dimension) or constant(1.0)
        plain = not expression.names and not (isinstance(raw, str) and split_unit(raw)[1])
        if plain and unit:
            expression = scaled(expression, factor(unit), expression.text)
        try:
            value = evaluate_float(expression, {})
        except (ExpressionError, KeyError):  # it mentions a parameter, or is told of later
            return expression
        return replace(expression, tree=float(f"{value:.15g}"))  # 70 cm is 0.7 m

    def bound(key: str, raw: float | str | None) -> float | None:
        if raw is None:
            return None
        expression = read((*path, key), raw)
        try:
            return evaluate_float(expression, {})
        except (ExpressionError, KeyError):  # KeyError: it mentions a parameter
            reader.fail((*path, key), "a bound must be a plain number")
            return None

    return ParameterSpec(
        name=name,
        expression=read(value_path, section.value),
        lower=bound("min", section.min),
        upper=bound("max", section.max),
        unit=si_unit(dimension),
        written_unit=unit,
        description=section.description,
    )


def _dependency_order(reader: NumberReader, parsed: dict[str, ParameterSpec]) -> list[str]:
    """Parameters, each after those that it mentions; cycles are reported and left out."""
    order: list[str] = []
    waiting = dict(parsed)
    while waiting:
        ready = [name for name, p in waiting.items() if not p.expression.names & waiting.keys()]
        if not ready:
            names = ", ".join(waiting)
            message = f"parameters depend on each other in a circle: {names}"
            reader.fail(("parameters", next(iter(waiting))), message, at_key=True)
            break
        for name in ready:
            order.append(name)
            del waiting[name]
    return order


def _evaluated(reader: NumberReader, parameter: ParameterSpec) -> ParameterSpec:
    """The parameter with its value, checked against its bounds."""
    path: KeyPath = ("parameters", parameter.name)
    value_path = (*path, "value") if (*path, "value") in reader.source.marks else path
    expression = parameter.expression
    try:
        value = evaluate_float(expression, reader.values)
    except ExpressionError as error:
        reader.fail(value_path, str(error))
        value = 1.0
    lower, upper = parameter.lower, parameter.upper
    if lower is not None and upper is not None and lower >= upper:
        reader.fail((*path, "min"), f"min {lower:g} must be less than max {upper:g}")
    elif (lower is not None and value < lower) or (upper is not None and value > upper):
        where = f"[{'-inf' if lower is None else f'{lower:g}'}, "
        where += f"{'inf' if upper is None else f'{upper:g}'}]"
        reader.fail(value_path, f"value {value:g} lies outside its bounds {where}")
    return replace(parameter, expression=replace(expression, value=value))


def _values_with(reader: NumberReader, name: str, value: float) -> dict[str, float]:
    """All parameters' values with one of them moved to a value."""
    values = dict(reader.values)
    for other, parameter in reader.parameters.items():
        try:
            values[other] = evaluate_float(parameter.expression, values)
        except ExpressionError:
            continue
        if other == name:
            values[other] = value
    return values
