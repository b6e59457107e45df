"""`repeat:` blocks, written out: one text for left and right, with marks into the template."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from robodiff.errors import Problem, did_you_mean
from robodiff.robot.yaml_nodes import KeyPath, Mark
from robodiff.robot.yaml_source import Source

SECTIONS = ("links", "tendons", "couplings", "actuators", "materials", "start")
_PLACEHOLDER = re.compile(r"\{\s*(\w*)\s*\}")


def expand_templates(source: Source) -> Source:
    """The source with its `repeat` list merged into the other sections; mistakes are kept in it."""
    if not isinstance(source.data, dict) or "repeat" not in source.data:
        return source
    expansion = _Expansion(source, {}, {}, [])
    data = {key: value for key, value in source.data.items() if key != "repeat"}
    expansion.data = {
        key: dict(value) if key in SECTIONS and isinstance(value, dict) else value
        for key, value in data.items()
    }
    expansion.marks = {path: mark for path, mark in source.marks.items() if path[:1] != ("repeat",)}
    blocks = source.data["repeat"]
    if isinstance(blocks, list):
        for number, block in enumerate(blocks):
            expansion.block(("repeat", number), block)
    else:
        expansion.fail(("repeat",), "expected a list of templates", "begin with `- for: {...}`")
    return replace(
        source,
        data=expansion.data,
        marks=expansion.marks,
        problems=(*source.problems, *expansion.problems),
    )


@dataclass
class _Expansion:
    source: Source
    data: dict[str, Any]
    marks: dict[KeyPath, Mark]
    problems: list[Problem] = field(default_factory=list)

    def fail(self, path: KeyPath, message: str, suggestion: str = "") -> None:
        self.problems.append(self.source.problem(path, message, suggestion, at_key=True))

    def block(self, path: KeyPath, block: Any) -> None:
        """Write out one template."""
        names = block.get("for") if isinstance(block, dict) else None
        names = names if isinstance(names, dict) else {}
        lists = list(names.values())
        if not lists or not all(isinstance(values, list) and values for values in lists):
            self.fail(
                path, "a template needs lists of values", "as in `for: {side: [left, right]}`"
            )
            return
        if len({len(values) for values in lists}) > 1:
            message = "these lists are walked together, so they must be equally long"
            self.fail((*path, "for"), message)
            return
        for section in block:
            if section not in (*SECTIONS, "for"):
                choices = did_you_mean(section, SECTIONS)
                self.fail((*path, section), "unknown key in a template", choices)
        for values in zip(*lists, strict=True):
            scope = dict(zip(names, values, strict=True))
            for section in SECTIONS:
                self.section(section, (*path, section), block.get(section), scope)

    def section(self, section: str, path: KeyPath, entries: Any, scope: dict[str, Any]) -> None:
        """Add a template's entries of one section, for one set of values."""
        if entries is None:
            return
        target = self.data.setdefault(section, {})
        if not isinstance(entries, dict) or not isinstance(target, dict):
            self.fail(path, "expected `key: value` lines")
            return
        for key, value in entries.items():
            name = str(self.substitute(key, scope, (*path, key)))
            if name in target and "{" not in name:
                self.fail((*path, key), f"duplicate key {name!r}", "is a {placeholder} missing?")
            target[name] = self.copy(value, (*path, key), (section, name), scope)

    def copy(self, value: Any, old: KeyPath, new: KeyPath, scope: dict[str, Any]) -> Any:
        """A value with its placeholders filled in; its marks go along."""
        result = value
        if isinstance(value, dict):
            result = {}
            for key, item in value.items():
                name = str(self.substitute(key, scope, (*old, key)))
                result[name] = self.copy(item, (*old, key), (*new, name), scope)
        elif isinstance(value, list):
            result = [
                self.copy(item, (*old, index), (*new, index), scope)
                for index, item in enumerate(value)
            ]
        elif isinstance(value, str):
            result = self.substitute(value, scope, old)
        self.marks[new] = replace(self.source.find(old), shifted=result is not value)
        return result

    def substitute(self, text: str, scope: dict[str, Any], path: KeyPath) -> Any:
        """Fill `{name}`; a text that is nothing else takes the value's own type."""
        for name in _PLACEHOLDER.findall(text):
            if name not in scope:
                self.fail(path, f"unknown placeholder {{{name}}}", did_you_mean(name, scope))
                return text
        if match := _PLACEHOLDER.fullmatch(text):
            return scope[match[1]]
        return _PLACEHOLDER.sub(lambda match: _inline(scope[match[1]]), text)


def _inline(value: Any) -> str:
    """A value inside a longer text; negative numbers in parentheses, so that `-{sign}` works."""
    negative = isinstance(value, (int, float)) and value < 0
    return f"({value})" if negative else str(value)
