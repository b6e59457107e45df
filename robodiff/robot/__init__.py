"""YAML -> `RobotSpec` -> `Design` -> `Model`. Names that need JAX are imported on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from robodiff.robot.build import build_model
    from robodiff.robot.design import Design, FreeParameter
    from robodiff.robot.load import load_robot, parse_robot, robot_from_source
    from robodiff.robot.schema import robot_json_schema
    from robodiff.robot.spec import RobotSpec
    from robodiff.robot.topology import topology_of
    from robodiff.robot.write import robot_yaml

_HOMES = {
    "build_model": "build",
    "Design": "design",
    "FreeParameter": "design",
    "load_robot": "load",
    "parse_robot": "load",
    "robot_from_source": "load",
    "robot_json_schema": "schema",
    "RobotSpec": "spec",
    "topology_of": "topology",
    "robot_yaml": "write",
}

__all__ = [
    "Design",
    "FreeParameter",
    "RobotSpec",
    "build_model",
    "load_robot",
    "parse_robot",
    "robot_from_source",
    "robot_json_schema",
    "robot_yaml",
    "topology_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
