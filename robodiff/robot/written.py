"""Numbers, names and rows as a person may write them in a robot file."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema


def _number(value: Any) -> float | str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("expected a number or an expression")
    if isinstance(value, str):
        return value
    if not math.isfinite(value) or abs(value) > 1e15:
        raise ValueError(f"{value} is not a sensible number")
    return float(value)


def _numbers(value: Any) -> float | str | list[float | str]:
    return [_number(item) for item in value] if isinstance(value, list) else _number(value)


def _name(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    if isinstance(value, (dict, list)) or value is None or not text.isascii():
        raise ValueError("expected a name")
    if not text.replace("_", "a").replace("-", "a").isalnum() or text[0] in "-0123456789":
        raise ValueError(f"{text!r} is no name: letters, digits, _ and -, a letter first")
    return text


Number = Annotated[
    float | str,
    PlainValidator(_number),
    WithJsonSchema({"type": ["number", "string"], "description": "number or expression"}),
]
Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string"})]
Vector = Annotated[list[Number], Field(min_length=3, max_length=3)]
Rotation = Annotated[list[Number], Field(min_length=3, max_length=4)]
PerCoordinate = Annotated[
    float | str | list[float | str],
    PlainValidator(_numbers),
    WithJsonSchema({"type": ["number", "string", "array"]}),
]
