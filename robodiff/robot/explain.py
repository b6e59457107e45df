"""Pydantic's errors in the words of a robot file: where, what, and what to do."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from robodiff.errors import did_you_mean
from robodiff.robot.yaml_nodes import KeyPath


class Explanation(NamedTuple):
    """A mistake in words, before it has a place in a file."""

    path: KeyPath
    """Where it is."""
    message: str
    """What is wrong."""
    suggestion: str = ""
    """What to do."""
    at_key: bool = False
    """Whether the key is at fault, not the value."""


def explain(data: Any, schema: type[BaseModel], detail: Any) -> Explanation:
    """One of pydantic's error details about some data, for people."""
    path, models = _locate(data, schema, detail["loc"])
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    kind, last = detail["type"], (detail["loc"] or ("",))[-1]
    if kind == "extra_forbidden":
        return Explanation(path, "unknown key", did_you_mean(str(last), keys), at_key=True)
    if kind == "missing":
        return Explanation(path, f"missing key {str(last)!r}", at_key=True)
    message = detail["msg"].removeprefix("Value error, ")
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        expected = detail["ctx"].get("expected") or detail["ctx"].get("expected_tags", "")
        choices = re.findall(r"'([^']+)'", expected)
        got = detail["ctx"].get("tag", detail["input"])
        if kind == "union_tag_invalid" and isinstance(detail["input"], dict):
            path = (*path, "type") if "type" in detail["input"] else path
        return Explanation(path, f"unknown choice {got!r}", did_you_mean(str(got), choices))
    if kind == "union_tag_not_found":
        return Explanation(path, "missing key 'type'", at_key=True)
    if kind != "value_error":
        message = message.removeprefix("Input ").split(", unable to parse")[0]
        message = message.replace("valid dictionary", "section of `key: value` lines")
        got = detail["input"]
        if got is None:
            message = f"is empty, {message}"
        elif isinstance(got, (str, int, float, bool)):
            message = f"{message}, not {got!r}"
    return Explanation(path, message)


def _locate(
    data: Any, schema: type[BaseModel], location: tuple[str | int, ...]
) -> tuple[KeyPath, list[type[BaseModel]]]:
    """The key path of a pydantic location (which also names union members) and its schemas."""
    path: list[str | int] = []
    models: list[type[BaseModel]] = [schema]
    for number, part in enumerate(location):
        inside = holds(data, part)
        if not inside and number < len(location) - 1:
            models = [model for model in models if _is_named(model, str(part))] or models
            continue
        if inside:
            data = data[part]
        elif not isinstance(data, dict) or any(_is_named(model, str(part)) for model in models):
            continue
        path.append(part)
        if number < len(location) - 1:
            fields = [field for model in models for name, field in model.model_fields.items()
                      if part in (name, field.alias)]  # fmt: skip
            models = [m for field in fields for m in _models_in(field.annotation)] or models
    return tuple(path), models


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The schemas that an annotation mentions, containers and unions seen through."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if value := getattr(annotation, "__value__", None):
        return _models_in(value)
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _is_named(model: type[BaseModel], tag: str) -> bool:
    """Whether a union member is the one that pydantic calls by this tag."""
    kind = model.model_fields.get("type")
    return tag == model.__name__ or (kind is not None and tag in get_args(kind.annotation))


def holds(data: Any, part: Any) -> bool:
    """Whether a mapping or list has this key or index."""
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, dict) and part in data
