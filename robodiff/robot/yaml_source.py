"""A YAML file that remembers where everything stands, and the check of it against a schema."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from robodiff.errors import InputError, Problem
from robodiff.robot.explain import explain
from robodiff.robot.yaml_nodes import KeyPath, Mark, parse_nodes

MAX_BYTES = 4_000_000
M = TypeVar("M", bound=BaseModel)


class Section(BaseModel):
    """Base of every schema: unknown keys, infinities and NaN are mistakes; frozen once read."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True
    )


@dataclass(frozen=True)
class Source:
    """Plain data and the place of each of its values."""

    file: str
    """The file as the user named it."""
    text: str
    """The text as read."""
    data: Any
    """Mappings, lists and YAML 1.2 scalars."""
    marks: dict[KeyPath, Mark]
    """Place of every key path."""
    problems: tuple[Problem, ...] = field(default=())
    """Mistakes found while parsing that `check` reports together with its own."""
    overridden: dict[KeyPath, Mark] = field(default_factory=dict)
    """Key paths that overrides changed, and the mark of the old value (line 0: there was none)."""

    def find(self, path: Sequence[str | int]) -> Mark:
        """The mark of a key path, or of the nearest one that holds it."""
        known = tuple(path)
        while known and known not in self.marks:
            known = known[:-1]
        return self.marks.get(known, Mark(self.file))

    def mark(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column (from 1) of the value at a key path."""
        found = self.find(path)
        return found.line, found.column

    def problem(
        self, path: Sequence[str | int], message: str, suggestion: str = "", *,
        at_key: bool = False, offset: int = 0,
    ) -> Problem:  # fmt: skip
        """A `Problem` at a key path; `at_key`: at its key, `offset`: so far into the scalar."""
        found = self.find(path)
        line, column = found.key if at_key else (found.line, found.column)
        column += 0 if found.shifted or not offset else offset + found.quoted
        return Problem(message, found.file, line, column, dotted(path), suggestion)

    def with_overrides(self, overrides: Iterable[str]) -> Source:
        """This source with `a.b[0].c=value` settings applied; raises `InputError` for bad ones."""
        result = replace(self, data=copy.deepcopy(self.data), marks=dict(self.marks))
        problems = []
        for text in overrides:
            try:
                result = _override(result, text)
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return result


def dotted(path: Sequence[str | int]) -> str:
    """A key path as people write it: `links.torso.shapes[0].radius`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def read_yaml(path: str | Path) -> Source:
    """Read a YAML file; raises `InputError` when it is missing, too large, not text or not YAML."""
    file = str(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(Problem(f"cannot read the file: {error.strerror}", file)) from None
    if len(content) > MAX_BYTES:
        raise InputError(Problem(f"larger than {MAX_BYTES // 1_000_000} MB; is it YAML?", file))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(Problem("not a text file in UTF-8", file, line, 1)) from None
    return parse_yaml(text, file)


def parse_yaml(text: str, file: str = "<string>") -> Source:
    """Parse YAML text; raises `InputError` when it is not YAML. Duplicate keys wait for `check`."""
    data, marks, problems = parse_nodes(text, file)
    return Source(file, text, data, marks, tuple(problems))


def check(source: Source, schema: type[M]) -> M:
    """The source as an instance of a schema; raises `InputError` with every mistake at once."""
    instance, problems = validate(source, schema)
    if instance is None or problems:
        raise InputError(problems)
    return instance


def validate(source: Source, schema: type[M]) -> tuple[M | None, list[Problem]]:
    """The source as an instance of a schema (None when it is none), and every mistake found."""
    if source.data is None:
        return None, [*source.problems, Problem("the file is empty", source.file, 1, 1)]
    if not isinstance(source.data, dict):
        message = "expected `key: value` lines at the top level"
        return None, [*source.problems, source.problem((), message)]
    try:
        return schema.model_validate(source.data), list(source.problems)
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [explain_at(source, schema, detail) for detail in details]
        return None, in_file_order([*source.problems, *found])


def explain_at(source: Source, schema: type[BaseModel], detail: Any) -> Problem:
    """One of pydantic's error details as a problem at its place in the file."""
    path, message, suggestion, at_key = explain(source.data, schema, detail)
    return source.problem(path, message, suggestion, at_key=at_key)


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, top of the file first."""
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))


def _is_free(path: Sequence[str | int], value: Any) -> bool:
    """Whether a value is the short form of a free parameter without bounds of its own."""
    return len(path) == 2 and path[0] == "parameters" and value == "free"


def _override(source: Source, text: str) -> Source:
    """Apply one `key.path=value` setting in place of what the file says."""
    place = Mark(f"override {text!r}")
    key, equals, value = text.partition("=")
    parts = re.findall(r"[^.\[\]]+", key)
    if not equals or not parts:
        raise InputError(Problem("expected key.path=value", place.file))
    parent, path = source.data, []
    for part in parts:
        step = int(part) if isinstance(parent, list) and part.isdigit() else part
        if isinstance(parent, list) and not (isinstance(step, int) and step < len(parent)):
            message = f"{dotted(path)} is a list of {len(parent)}, it has no {part!r}"
            raise InputError(Problem(message, place.file, key=dotted(path)))
        if not isinstance(parent, (dict, list)):
            message = f"{dotted(path)} is a value ({parent!r}), it has no keys"
            raise InputError(Problem(message, place.file, key=dotted(path)))
        path.append(step)
        if len(path) == len(parts):
            parent[step] = parse_yaml(value, place.file).data
        elif isinstance(parent, dict) and (
            parent.get(step) is None or _is_free(path, parent[step])
        ):
            parent[step] = {}
        parent = parent[step]
    full = tuple(path)
    marks = {key: mark for key, mark in source.marks.items() if key[: len(full)] != full}
    old = source.overridden.get(full) or source.marks.get(full, place)
    overridden = {**source.overridden, full: old}
    return replace(source, marks={**marks, full: place}, overridden=overridden)
