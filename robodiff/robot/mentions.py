"""Where in its file a robot's parameter is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from robodiff.robot.spec import RobotSpec
from robodiff.robot.yaml_source import dotted

NAMES = {"name", "parent", "joint", "tendon", "follows", "material", "description", "unit", "type"}
"""Keys whose texts are no expressions."""


def mentions(spec: RobotSpec, parameter: str) -> tuple[str, ...]:
    """Places such as `links.pole.shapes[0].mass (line 12)` that a parameter reaches.

    Places that it reaches through other parameters count too; empty for a parameter without use.
    """
    data = spec.source.data if isinstance(spec.source.data, dict) else {}
    known = {parameter}
    while more := {
        path[1]
        for path, text in _texts(data.get("parameters", {}), ("parameters",))
        if path[1] not in known and (len(path) == 2 or path[2] == "value") and _has(text, known)
    }:
        known |= more
    places = [path for path, text in _texts(data, ()) if _has(text, known)]
    return tuple(_place(spec, path) for path in places if path[0] != "parameters")


def _texts(data: Any, path: tuple) -> Iterator[tuple[tuple, str]]:
    """Every text that may be an expression, with its key path."""
    if isinstance(data, dict):
        for key, value in data.items():
            if path == ("contact",) and key in ("pairs", "exclude"):  # names, but for sections
                value = [one if isinstance(one, dict) else {} for one in value]
            if key != "between" and (key not in NAMES or not isinstance(value, str)):
                yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _texts(value, (*path, index))
    elif isinstance(data, str):
        yield path, data


def _has(text: str, names: set[str]) -> bool:
    return bool(names & set(re.findall(r"[A-Za-z_]\w*", text)))


def _place(spec: RobotSpec, path: tuple) -> str:
    line, _ = spec.source.mark(path)
    return f"{dotted(path)} (line {line})" if line else dotted(path)
