"""The robot that an experiment file names, and how it says to read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from robodiff.errors import InputError
from robodiff.experiment.schema import RobotFile
from robodiff.robot.foreign.scene import SUFFIXES
from robodiff.robot.load import load_robot
from robodiff.robot.packaged import locate
from robodiff.robot.spec import RobotSpec
from robodiff.robot.yaml_source import Source

KNOWN = (".yaml", ".yml", *SUFFIXES)
"""Suffixes of robot files."""


def read_robot(source: Source) -> RobotSpec | None:
    """The robot; None where the `robot` section itself is a mistake, which its schema tells.

    Raises `InputError` with the mistakes in the robot file, or of its name.
    """
    section = robot_section(source.data)
    if section is None:
        return None
    folder = Path(source.file).parent
    try:
        path = locate(section.file, folder)
    except InputError as error:
        (problem,) = error.problems
        raise InputError(source.problem(("robot",), problem.message, problem.suggestion)) from None
    if path.suffix.lower() not in KNOWN:
        message, valid = f"not a robot file: {section.file}", f"valid: {', '.join(KNOWN)}"
        raise InputError(source.problem(("robot",), message, valid))
    if not path.is_file():
        message, place = f"no such file: {path}", "paths are relative to the experiment file"
        raise InputError(source.problem(("robot",), message, place))
    return load_robot(path, **_reading(section, path, source))


def robot_section(data: Any) -> RobotFile | None:
    """The `robot` section of an experiment, also where it is only a name."""
    found = data.get("robot") if isinstance(data, dict) else None
    try:
        return RobotFile.model_validate({"file": found} if isinstance(found, str) else found)
    except ValidationError:
        return None


def _reading(section: RobotFile, path: Path, source: Source) -> dict[str, Any]:
    """Options of `load_robot`; raises `InputError` where they do not fit the file."""
    options = section.model_dump(exclude_unset=True, exclude={"file"})
    if options and path.suffix.lower() not in SUFFIXES:
        message = "only MJCF and URDF files are read with options"
        raise InputError(source.problem(("robot", next(iter(options))), message))
    folder = Path(source.file).parent
    places = {name: folder / place for name, place in options.pop("packages", {}).items()}
    for name, place in places.items():
        if not place.is_dir():
            message = f"no such folder: {place}"
            raise InputError(source.problem(("robot", "packages", name), message))
    return options | ({"packages": places} if places else {})
