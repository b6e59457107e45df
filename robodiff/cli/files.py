"""What kind of file the user named. No jax here."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Literal

from robodiff.errors import InputError, Problem
from robodiff.robot.foreign.scene import SUFFIXES
from robodiff.robot.load import load_robot
from robodiff.robot.packaged import locate
from robodiff.robot.yaml_source import Source, read_yaml

Kind = Literal["robot", "experiment"]
_ROBOT_KEYS = {"links", "repeat", "actuators", "materials", "joints"}
_EXPERIMENT_KEYS = {"robot", "task", "controller", "optimizer", "simulation"}


def is_run_folder(path: Path) -> bool:
    """Whether `path` is a run folder of `robodiff optimize`."""
    return (path / "experiment.yaml").is_file()


def require_run_folder(path: Path) -> None:
    """Raise `InputError` when `path` is not a run folder."""
    if not is_run_folder(path):
        suggestion = "give the folder that `robodiff optimize` printed"
        raise InputError(Problem("is not a run folder", str(path), suggestion=suggestion))


def read_file(path: Path, overrides: list[str] | None = None) -> tuple[Source, Kind]:
    """Read a robot or experiment file, overrides applied; its top-level keys tell which it is."""
    path = locate(path)
    if not path.exists():
        raise InputError(Problem("no such file", str(path), suggestion=_near(path)))
    if path.is_dir():
        raise InputError(Problem("is a folder, and not a run folder", str(path)))
    if path.suffix.lower() in SUFFIXES:
        return load_robot(path).source.with_overrides(overrides or []), "robot"
    source = read_yaml(path)
    keys = set(source.data) if isinstance(source.data, dict) else set()
    kind: Kind = "robot" if len(keys & _ROBOT_KEYS) > len(keys & _EXPERIMENT_KEYS) else "experiment"
    return source.with_overrides(overrides or []), kind


def _near(path: Path) -> str:
    """The file of the nearest name in the same folder, if any."""
    try:
        names = [item.name for item in path.parent.iterdir()]
    except OSError:
        return f"there is no folder {path.parent}"
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.5)
    return f"did you mean {path.parent / near[0]}?" if near else ""
