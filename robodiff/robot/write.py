"""A robot file with other parameter values: the author's text and comments, new numbers."""

from __future__ import annotations

import math

import numpy as np

from robodiff.robot.design import Design
from robodiff.robot.spec import RobotSpec
from robodiff.robot.units import factor
from robodiff.robot.yaml_nodes import Mark


def robot_yaml(spec: RobotSpec, design: Design) -> str:
    """The robot file's text at a design's values (bounds too, where the design's are others)."""
    edits: list[tuple[Mark, str]] = []
    for name in design.names:
        path = ("parameters", name)
        parameter = spec.parameters[name]
        sectioned = (*path, "value") in spec.source.marks
        scale = factor(parameter.written_unit) if sectioned and _labelled(spec, name) else 1.0
        wanted = {"value" if sectioned else "": design.values[name]}
        for key, bound, own in zip(
            ("min", "max"), design.bounds[name], (parameter.lower, parameter.upper), strict=True
        ):
            if own is not None and bound != own and math.isfinite(bound):
                wanted[key] = bound
        for key, value in wanted.items():
            mark = spec.source.find((*path, key) if key else path)
            edits.append((mark, shortest(value, scale)))
    return _edited(spec.source.text, edits)


def shortest(value: float, scale: float = 1.0) -> str:
    """The shortest text that reads back as the same number."""
    number = np.asarray(value)
    if number.dtype == np.float32 and scale == 1.0:
        return str(np.float32(number))
    return repr(float(number) / scale)


def _labelled(spec: RobotSpec, name: str) -> bool:
    return ("parameters", name, "unit") in spec.source.marks


def _edited(text: str, edits: list[tuple[Mark, str]]) -> str:
    """The text with scalars replaced, last first so that places stay true."""
    lines = text.splitlines(keepends=True)
    for mark, new in sorted(edits, key=lambda edit: (edit[0].line, edit[0].column), reverse=True):
        last_line, last_column = mark.end
        head = lines[mark.line - 1][: mark.column - 1]
        tail = lines[last_line - 1][last_column - 1 :]
        lines[mark.line - 1 : last_line] = [head + new + tail]
    return "".join(lines)
