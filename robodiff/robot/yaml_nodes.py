"""YAML text to plain data and a mark for every value: YAML 1.2 scalars, bounded depth and size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import Reader

from robodiff.errors import InputError, Problem

KeyPath = tuple[str | int, ...]

MAX_DEPTH = 40
MAX_NODES = 100_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = {"": None, "~": None, "null": None, "true": True, "false": False} | {
    ".nan": float("nan"), ".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"),
}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """Where a value stands in its file; lines and columns from 1."""

    file: str
    """The file as the user named it."""
    line: int = 0
    """Line of the value (of its key when the value is a mapping or list)."""
    column: int = 0
    """Column of the value (of its key when the value is a mapping or list)."""
    key: tuple[int, int] = (0, 0)
    """Line and column of the key, or of the list item."""
    end: tuple[int, int] = (0, 0)
    """Line and column just behind a scalar."""
    quoted: bool = False
    """Whether the scalar stands in quotes."""
    shifted: bool = False
    """Whether a template changed the text, so that places inside it are lost."""


def parse_scalar(text: str) -> Any:
    """A plain scalar by the YAML 1.2 core schema: `no` is a string, `1e-3` is a number."""
    lowered = text.lower()
    if lowered in _SPECIAL and text in (lowered, lowered.upper(), lowered.capitalize()):
        return _SPECIAL[lowered]
    if _INT.fullmatch(text) and len(text) < 300:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def parse_nodes(text: str, file: str) -> tuple[Any, dict[KeyPath, Mark], list[Problem]]:
    """Parse one YAML document: its data, the mark of every key path, and duplicate keys.

    Raises `InputError` when the text is not YAML, nests too deep or expands too far.
    """
    builder = _Builder(file)
    try:
        data = builder.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise InputError(Problem(f"not valid YAML: {what}", file, *place)) from None
    except (yaml.YAMLError, UnicodeError) as error:
        place = _first_unprintable(text)
        raise InputError(Problem(f"not valid YAML: {error}".split("\n")[0], file, *place)) from None
    return data, builder.marks, builder.problems


def _first_unprintable(text: str) -> tuple[int, int]:
    """Line and column of the first character that YAML does not allow."""
    found = Reader.NON_PRINTABLE.search(text)
    before = text[: found.start()] if found else ""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@dataclass
class _Builder:
    """Turns parser events into data; events, not nodes, bound depth and size early."""

    file: str
    marks: dict[KeyPath, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    nodes: int = 0

    def document(self, events: Iterator[yaml.Event]) -> Any:
        data = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.fail(event, "a second document starts here", "keep one document a file")
            elif isinstance(event, yaml.NodeEvent):
                data = self.value(event, events, (), None)
        return data

    def value(self, event: Any, events: Iterator[Any], path: KeyPath, key: Any) -> Any:
        before = self.nodes
        self.count(event, 1)
        if isinstance(event, yaml.AliasEvent):
            self.mark(path, event, key)
            if event.anchor not in self.anchors:
                self.fail(event, f"unknown alias *{event.anchor}")
            data, size = self.anchors[event.anchor]
            self.count(event, size)
            return data
        if event.tag not in (None, "!") and not event.tag.startswith("tag:yaml.org,2002:str"):
            self.fail(event, f"tags such as {event.tag} are not supported", "remove the tag")
        if len(path) > MAX_DEPTH:
            self.fail(event, f"nested more than {MAX_DEPTH} levels deep")
        self.mark(path, event, key)
        if isinstance(event, yaml.ScalarEvent):
            data = parse_scalar(event.value) if event.implicit[0] else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            data = self.sequence(events, path)
        else:
            data = self.mapping(events, path)
        if event.anchor:
            self.anchors[event.anchor] = (data, self.nodes - before)
        return data

    def sequence(self, events: Iterator[Any], path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self.value(event, events, (*path, len(items)), None))
        return items

    def mapping(self, events: Iterator[Any], path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                self.fail(key, "a key must be plain text")
            if key.value in data:
                first = self.marks[(*path, key.value)].key[0]
                self.problems.append(
                    self.problem(key, f"duplicate key {key.value!r}", f"first on line {first}")
                )
            data[key.value] = self.value(next(events), events, (*path, key.value), key)
        return data

    def mark(self, path: KeyPath, event: Any, key: Any) -> None:
        start, end = event.start_mark, event.end_mark
        scalar = isinstance(event, yaml.ScalarEvent)
        head = (key or event).start_mark
        place = start if scalar and (event.value or event.style) else head
        self.marks[path] = Mark(
            file=self.file,
            line=place.line + 1,
            column=place.column + 1,
            key=(head.line + 1, head.column + 1),
            end=(end.line + 1, end.column + 1),
            quoted=scalar and event.style is not None,
        )

    def count(self, event: Any, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self.fail(event, f"more than {MAX_NODES} values once aliases are expanded")

    def problem(self, event: Any, message: str, suggestion: str = "") -> Problem:
        mark = event.start_mark
        return Problem(message, self.file, mark.line + 1, mark.column + 1, suggestion=suggestion)

    def fail(self, event: Any, message: str, suggestion: str = "") -> None:
        raise InputError([*self.problems, self.problem(event, message, suggestion)])
