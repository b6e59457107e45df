"""What `robodiff view` shows: a robot file, the robot of an experiment, or that of a run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robodiff.errors import InputError

if TYPE_CHECKING:
    from robodiff.viz.view.content import Subject


def load_subject(path: Path, overrides: list[str]) -> Subject:
    """Read what a page is to show; raises `InputError` with every mistake."""
    from robodiff.cli.files import is_run_folder, read_file

    if is_run_folder(path):
        return _of_experiment(path / "experiment.yaml", overrides, _designs_of_run(path))
    source, kind = read_file(path, overrides)
    if kind == "experiment":
        return _of_experiment(path, overrides, {})
    from robodiff.robot.load import robot_from_source
    from robodiff.viz.view.content import Subject, free_of_file

    robot = robot_from_source(source)
    return Subject(robot.name, robot, free_of_file(robot))


def watched_files(path: Path) -> list[Path]:
    """The files whose change may change what is shown."""
    from robodiff.cli.files import is_run_folder
    from robodiff.experiment.read_robot import robot_section
    from robodiff.robot.yaml_source import read_yaml

    if is_run_folder(path):
        names = ("experiment.yaml", "robot.yaml", "result.json", "metrics.jsonl")
        return [path / name for name in names]
    try:
        data = read_yaml(path).data
    except InputError:
        return [path]
    robot = robot_section(data)
    return [path, path.parent / robot.file] if robot else [path]


def _of_experiment(
    path: Path, overrides: list[str], designs: Mapping[str, Mapping[str, float]]
) -> Subject:
    from robodiff.cli.environment import prepare_jax

    prepare_jax()
    from robodiff.experiment.load import load_experiment
    from robodiff.viz.view.content import Subject

    experiment = load_experiment(path, overrides)
    design = experiment.design
    bounds = {
        name: (_finite(lower), _finite(upper)) for name, (lower, upper) in design.bounds.items()
    }
    start = {name: float(value) for name, value in design.values.items()}
    return Subject(experiment.name, experiment.robot, bounds, designs or {"start": start})


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _designs_of_run(path: Path) -> dict[str, dict[str, float]]:
    """The designs before and after; while the run goes on, its last instead of the result."""
    from robodiff.io.results import RunFolder

    rows = _json(path / "result.json").get("design", {})
    if rows:
        return {key: {name: row[key] for name, row in rows.items()} for key in ("before", "after")}
    history = RunFolder(path).read_history()
    if not history:
        return {}
    return {"before": history[0].design, "so far": history[-1].design}


def _json(path: Path) -> dict[str, Any]:
    """A JSON file of the run; empty while it is not there."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
