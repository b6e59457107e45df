"""The `parameters:` section: values, bounds and units, each after those that it depends on."""

from __future__ import annotations

from dataclasses import replace

from robodiff.errors import did_you_mean
from robodiff.robot.expressions import (
    CONSTANTS,
    FLOAT_FUNCTIONS,
    Expression,
    ExpressionError,
    constant,
    evaluate_float,
    scaled,
)
from robodiff.robot.numbers import NumberReader
from robodiff.robot.schema import ParameterSection
from robodiff.robot.spec_links import ParameterSpec
from robodiff.robot.units import DIMENSION, factor, si_unit, split_unit
from robodiff.robot.yaml_nodes import KeyPath


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
    if not unit:  # the first of them that says one; the designs written into a file are plain
        texts = [t for t in (section.value, section.min, section.max) if isinstance(t, str)]
        units = (si_unit(DIMENSION.get(split_unit(text)[1])) for text in texts)
        unit = next(filter(None, units), "")
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
