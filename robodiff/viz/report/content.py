"""Everything the page shows, gathered from a run folder."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np

from robodiff.errors import InputError, Problem
from robodiff.experiment.experiment import Experiment
from robodiff.experiment.load import load_experiment
from robodiff.io.results import RunFolder, require_ended
from robodiff.optimization.iteration import Iteration
from robodiff.optimization.parameters import member
from robodiff.viz.report.binding import binding
from robodiff.viz.report.geometry import build_designs, geometry, spread, structure
from robodiff.viz.report.motion import camera, coordinates, motion
from robodiff.viz.report.pack import pack
from robodiff.viz.style import link_colors
from robodiff.viz.targets import reach_targets

SAMPLES = 40
"""Designs on the way that the page can show; those between are interpolated."""
_LABELS = ("before", "after")


def report_content(path: Path) -> dict[str, Any]:
    """The page's data; raises `InputError` when the run has not ended."""
    folder = RunFolder(path)
    require_ended(folder)
    experiment = load_experiment(folder.file("experiment.yaml"))
    result, history = _read(folder, "result.json"), folder.read_history()
    arrays = [dict(np.load(folder.file(f"trajectory_{label}.npz"))) for label in _LABELS]
    return gather_content(experiment, folder, result, history, arrays)


def gather_content(
    experiment: Experiment,
    folder: RunFolder,
    result: dict[str, Any],
    history: list[Iteration],
    arrays: list[dict[str, np.ndarray]],
) -> dict[str, Any]:
    """The page's data from a result (as `summary` makes it) and the two trajectories of a run."""
    versions = _read(folder, "versions.json")
    return {
        "name": experiment.name,
        "description": experiment.spec.description or experiment.robot.description,
        "robot": experiment.robot.name,
        "result": {key: value for key, value in result.items() if key != "run"},
        "history": {**_history(history), "alike": stages_alike(experiment, history)},
        **_bodies(experiment, arrays, result, history),
        "certificate": _read(folder, "gradcheck/certificate.json")
        or _read(folder, "certificate.json"),
        "replay": _read(folder, "replay.json"),
        "comparison": _comparison(folder, experiment.name),
        "versions": versions,
        "command": reproduce(versions),
        "targets": reach_targets(experiment),
        "dt": experiment.dt,
    }


def reproduce(versions: dict[str, Any]) -> str:
    """The command line of the run, as a person types it."""
    words = [str(word) for word in versions.get("command", [])]
    return shlex.join(["robodiff", *words[1:]]) if words else ""


def _read(folder: RunFolder, name: str) -> dict[str, Any]:
    """A JSON file of the folder; empty when it is not there."""
    path = folder.file(name)
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError as error:
        raise InputError(Problem(f"is not JSON: {error}", str(path))) from None


def _comparison(folder: RunFolder, name: str) -> list[dict[str, Any]]:
    """The runs of the same experiment that this one was compared with, itself among them."""
    rows = _read(folder, "comparison.json").get("runs", [])
    rows = [row for row in rows if row["experiment"] == name]
    return [{key: row[key] for key in ("label", "loss", "simulations", "seconds")} for row in rows]


def _bodies(
    experiment: Experiment,
    arrays: list[dict[str, np.ndarray]],
    result: dict[str, Any],
    history: list[Iteration],
) -> dict[str, Any]:
    """Shapes of the robot on its way, and its two motions."""
    chosen = sample_iterations(len(history))
    ends = [{n: row[key] for n, row in result["design"].items()} for key in ("before", "after")]
    batch, poses = build_designs(
        experiment, [ends[0], *(history[i].design for i in chosen), ends[1]]
    )
    topology = batch.topology
    count = len(chosen) + 2
    models = [member(spread(batch, count), index) for index in (0, count - 1)]
    return {
        "camera": camera(arrays),
        "binding": binding(models[-1], arrays[-1]),
        **structure(batch, link_colors(topology.parents)),
        # The robot of line i is the one before update i; the result comes after the last.
        "designs": {"iteration": [0, *chosen, len(history)], **geometry(batch, poses, count)},
        "coordinates": [
            {"name": c.name, "unit": c.unit, "base": c.base} for c in coordinates(topology)
        ],
        "actuators": [
            {"name": name, "unit": "N" if topology.joint_types[link] == "slide" else "N m"}
            for name, link in zip(topology.actuator_names, topology.actuator_links, strict=True)
        ],
        "motions": [
            motion(label, model, states)
            for label, model, states in zip(_LABELS, models, arrays, strict=True)
        ],
    }


def sample_iterations(count: int) -> list[int]:
    """At most 40 of the updates, evenly spread."""
    return sorted(set(np.linspace(0, count - 1, min(SAMPLES, count)).round().astype(int).tolist()))


def stages_alike(experiment: Experiment, history: list[Iteration]) -> bool:
    """Whether the losses of all stages so far are of one window, so that they compare."""
    stages = experiment.optimizer.resolved_stages()
    seen = {min(line.stage, len(stages) - 1) for line in history}
    return len({(stages[i].duration, stages[i].contact) for i in seen}) <= 1


def _history(history: list[Iteration]) -> dict[str, Any]:
    """The updates as columns."""

    def column(group: str, name: str) -> dict[str, Any]:
        return pack([getattr(line, group).get(name, np.nan) for line in history])

    groups = {
        group: {
            name: column(group, name) for name in (getattr(history[0], group) if history else ())
        }
        for group in ("terms", "metrics", "design")
    }
    return {
        "loss": pack([line.loss for line in history]),
        "best": pack([line.best_loss for line in history]),
        "stage": [line.stage for line in history],
        "starts": max((len(line.losses) for line in history), default=0),
        **groups,
    }
