"""A robot file with other parameter values: the author's text and comments, new numbers."""

from __future__ import annotations

import json
import math

import numpy as np

from robodiff.errors import InputError
from robodiff.robot.design import Design
from robodiff.robot.spec import RobotSpec
from robodiff.robot.units import factor
from robodiff.robot.yaml_nodes import KeyPath, Mark
from robodiff.robot.yaml_source import Source


def robot_yaml(spec: RobotSpec, design: Design) -> str:
    """The robot file's text at a design's values (bounds too, where the design's are others).

    Overrides of the file are written into it; raises `InputError` when the text has no place
    for one.
    """
    edits: dict[KeyPath, str] = {}
    for path, mark in spec.source.overridden.items():
        edits[path] = _override_text(spec, path, mark)
    for name in design.names:
        edits |= _parameter_edits(spec, design, name)
    return _edited(spec.source, edits)


def _parameter_edits(spec: RobotSpec, design: Design, name: str) -> dict[KeyPath, str]:
    """New texts for a parameter's value and for those of its bounds that changed."""
    path: KeyPath = ("parameters", name)
    parameter = spec.parameters[name]
    if (*path, "value") not in spec.source.marks:
        return {path: shortest(design.values[name])}
    labelled = bool(parameter.written_unit) and (*path, "unit") in spec.source.marks
    scale = factor(parameter.written_unit) if labelled else 1.0
    edits: dict[KeyPath, str] = {(*path, "value"): shortest(design.values[name], scale)}
    for key, new, old in zip(
        ("min", "max"), design.bounds[name], (parameter.lower, parameter.upper), strict=True
    ):
        if old is not None and new != old and math.isfinite(new):
            edits[(*path, key)] = shortest(new, scale)
    return edits


def _override_text(spec: RobotSpec, path: KeyPath, mark: Mark) -> str:
    """An override's value as YAML."""
    value = spec.source.data
    for part in path:
        value = value[part]
    if isinstance(value, (dict, list)) or not mark.line:
        message = "this override has no place in the file's text, so it cannot be written there"
        raise InputError(spec.source.problem(path, message, "edit the file"))
    return json.dumps(value)


def shortest(value: float, scale: float = 1.0) -> str:
    """The shortest text that reads back as the same number."""
    number = np.asarray(value)
    if number.dtype == np.float32 and scale == 1.0:
        return str(np.float32(number))
    return repr(float(number) / scale)


def _edited(source: Source, edits: dict[KeyPath, str]) -> str:
    """The text with scalars replaced, last first so that places stay true."""
    lines = source.text.splitlines(keepends=True)
    places = [(source.overridden.get(path) or source.find(path), edits[path]) for path in edits]
    for mark, new in sorted(places, key=lambda place: place[0].end, reverse=True):
        last_line, last_column = mark.end
        head = lines[mark.line - 1][: mark.column - 1]
        tail = lines[last_line - 1][last_column - 1 :]
        lines[mark.line - 1 : last_line] = [head + new + tail]
    return "".join(lines)
