"""Validation that goes on: simple mistakes are told and patched, so that the rest is read."""

from __future__ import annotations

import copy
import difflib
import re
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from robodiff.errors import Problem
from robodiff.robot.explain import holds
from robodiff.robot.yaml_source import Source, explain_at, validate

M = TypeVar("M", bound=BaseModel)
_ROUNDS = 5
_THREE = ("size", "semi_axes", "inertia")
_VITAL = ("type", "name", "links", "for")


def validate_and_repair(source: Source, schema: type[M]) -> tuple[M | None, list[Problem]]:
    """Like `validate`, but unknown keys and bad or missing numbers do not hide later mistakes."""
    if not isinstance(source.data, dict):
        return validate(source, schema)
    problems = list(source.problems)
    source = replace(source, data=copy.deepcopy(source.data))
    for _ in range(_ROUNDS):
        try:
            return schema.model_validate(source.data), problems
        except ValidationError as error:
            details = error.errors(include_url=False)
        problems += [explain_at(source, schema, detail) for detail in details]
        repaired = [_repair(source.data, detail) for detail in details]
        if not all(repaired):
            break
    return None, problems


def _repair(data: Any, detail: Any) -> bool:
    """Patch one mistake in place; False when there is no harmless patch."""
    *path, last = detail["loc"] or ("",)
    for part in path:
        data = data[part] if holds(data, part) else data
    if detail["type"] == "extra_forbidden" and isinstance(data, dict):
        data.pop(last, None)
    elif detail["type"] == "missing" and isinstance(data, dict) and last not in _VITAL:
        data[last] = [1.0, 1.0, 1.0] if last in _THREE else 1.0
    elif detail["type"] == "value_error" and "number" in detail["msg"] and holds(data, last):
        data[last] = 1.0
    elif detail["type"] == "literal_error" and holds(data, last):
        data[last] = _choice(str(data[last]), re.findall(r"'(.*?)'", detail["ctx"]["expected"]))
    else:
        return False
    return True


def _choice(word: str, choices: list[str]) -> str:
    """What was probably meant; the last one, which asks for least, where nobody can tell."""
    return (difflib.get_close_matches(word, choices, 1) or [choices[-1]])[0]
