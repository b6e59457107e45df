"""Everything the page of a robot alone shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from robodiff.errors import Problem
from robodiff.robot.spec import RobotSpec
from robodiff.viz.colors import link_colors
from robodiff.viz.view.recipe import recipe


@dataclass(frozen=True)
class Subject:
    """A robot and the designs of it that a page offers."""

    name: str
    """Of the robot, experiment or run."""
    robot: RobotSpec
    """The robot."""
    bounds: Mapping[str, tuple[float | None, float | None]]
    """Free parameters: (min, max) in SI, None for none."""
    designs: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: {"file": {}})
    """By label, the values that differ from the robot file's; the page begins with the last."""


def view_content(
    subject: Subject | None, file: str, problems: Sequence[Problem] = ()
) -> dict[str, Any]:
    """The page's data; without a subject it shows the problems of `file` alone."""
    content: dict[str, Any] = {
        "kind": "robot",
        "name": subject.name if subject else file,
        "title": f"{subject.name if subject else file}: robodiff view",
        "problems": [vars(problem) for problem in problems],
    }
    if subject is None:
        return content
    robot = subject.robot
    return {
        **content,
        "description": robot.description,
        "recipe": recipe(robot),
        "colors": link_colors(tuple(link.parent for link in robot.links)),
        "free": [name for name in robot.parameters if name in subject.bounds],
        "bounds": dict(subject.bounds),
        "presets": [
            {"label": label, "values": dict(values)} for label, values in subject.designs.items()
        ],
    }


def free_of_file(robot: RobotSpec) -> dict[str, tuple[float, float]]:
    """The parameters that a robot file gives both bounds, as `Design.from_spec` takes them."""
    return {
        name: (parameter.lower, parameter.upper)
        for name, parameter in robot.parameters.items()
        if parameter.lower is not None and parameter.upper is not None
    }
