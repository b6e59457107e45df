"""Field types that controller and task schemas share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, Strict, WithJsonSchema

Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
"""A finite number; `true` and quoted text are mistakes."""
Positive = Annotated[Number, Field(gt=0)]
NonNegative = Annotated[Number, Field(ge=0)]
Count = Annotated[int, Strict()]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _as_names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _everywhere(value: Any) -> Any:
    if _is_number(value):
        return {"*": value}
    if not isinstance(value, dict):
        raise ValueError("expected a number, or a mapping from names to numbers")
    return value


def _curves(value: Any) -> Any:
    if _is_number(value) or isinstance(value, list):
        value = {"*": value}
    if not isinstance(value, dict):
        raise ValueError("expected a number, a list of numbers, or a mapping from names to these")
    return {name: [x] if _is_number(x) else x for name, x in value.items()}


_NUMBER = {"type": "number"}
_NUMBERS = {"type": "array", "items": _NUMBER}
_MAPPING = {"type": "object", "additionalProperties": _NUMBER}
_CURVES = {"type": "object", "additionalProperties": {"anyOf": [_NUMBER, _NUMBERS]}}
_NAMES = {"type": "array", "items": {"type": "string"}}

Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_names),
    WithJsonSchema({"anyOf": [{"type": "string"}, _NAMES]}),
]
"""One name or a list; `*` and `?` are wildcards."""
Values = Annotated[
    dict[str, Number],
    BeforeValidator(_everywhere),
    WithJsonSchema({"anyOf": [_NUMBER, _MAPPING]}),
]
"""One number for all, or a mapping from names (with wildcards; a later key wins) to numbers."""
PositiveValues = Annotated[
    dict[str, Positive],
    BeforeValidator(_everywhere),
    WithJsonSchema({"anyOf": [_NUMBER, _MAPPING]}),
]
"""As `Values`, above zero."""
Curves = Annotated[
    dict[str, tuple[Number, ...]],
    BeforeValidator(_curves),
    WithJsonSchema({"anyOf": [_NUMBER, _NUMBERS, _CURVES]}),
]
"""As `Values`, but each number may be a list of numbers."""
