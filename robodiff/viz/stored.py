"""The two motions of a finished run folder, read back for pictures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from robodiff.experiment.experiment import Experiment
from robodiff.experiment.load import load_experiment
from robodiff.io.results import RunFolder, iteration_line, require_ended
from robodiff.optimization.parameters import member
from robodiff.physics.model import Model
from robodiff.viz.ground import ground_surface
from robodiff.viz.history_plots import History
from robodiff.viz.recording import Recording, quaternions_to_matrices
from robodiff.viz.report.geometry import build_designs, spread
from robodiff.viz.report.motion import finite_states, mechanical_energy
from robodiff.viz.targets import reach_targets

ENDS = ("before", "after")


@dataclass(frozen=True)
class StoredRun:
    """All that pictures of a run need."""

    experiment: Experiment
    """As it was run."""
    result: dict[str, Any]
    """`result.json`."""
    history: History
    """The lines of `metrics.jsonl`."""
    recordings: tuple[Recording, Recording]
    """Before and after."""
    energies: tuple[np.ndarray, np.ndarray]
    """Kinetic and potential energy of each recording, [T+1, 2] [J]."""


def read_run(path: Path) -> StoredRun:
    """Read a run folder; raises `InputError` when the run has not ended."""
    folder = RunFolder(path)
    require_ended(folder)
    experiment = load_experiment(folder.file("experiment.yaml"))
    result = json.loads(folder.file("result.json").read_text(encoding="utf-8"))
    before, after = _models(experiment, result)
    arrays = [dict(np.load(folder.file(f"trajectory_{end}.npz"))) for end in ENDS]
    targets = np.array(reach_targets(experiment), dtype=float).reshape(-1, 3)
    first, last = (
        _recording(end, model, stored, targets)
        for end, model, stored in zip(ENDS, (before, after), arrays, strict=True)
    )
    return StoredRun(
        experiment=experiment,
        result=result,
        history=[iteration_line(iteration) for iteration in folder.read_history()],
        recordings=(first, last),
        energies=(
            mechanical_energy(before, first.q, first.v),
            mechanical_energy(after, last.q, last.v),
        ),
    )


def _models(experiment: Experiment, result: dict[str, Any]) -> tuple[Model, Model]:
    """The robots before and after, on the task's ground."""
    designs = [{name: row[end] for name, row in result["design"].items()} for end in ENDS]
    batch, _ = build_designs(experiment, designs)
    first, last = (member(spread(batch, 2), index) for index in (0, 1))
    return first, last


def _recording(
    label: str, model: Model, arrays: dict[str, np.ndarray], targets: np.ndarray
) -> Recording:
    """One stored trajectory, cut where it stops being finite."""
    states = finite_states(arrays)
    actuators, shapes = model.actuators, model.shapes
    between = arrays.get("pair_force")
    return Recording(
        label=label,
        topology=model.topology,
        time=arrays["time"][:states],
        q=arrays["q"][:states],
        v=arrays["v"][:states],
        torque=arrays["torque"][: states - 1],
        torque_limit=np.stack(actuators.torque_range(), axis=-1),
        limits=np.stack([np.asarray(model.joints.lower), np.asarray(model.joints.upper)], axis=1),
        contact_force=arrays["contact_force"][: states - 1],
        link_position=arrays["link_position"][:states],
        link_rotation=quaternions_to_matrices(arrays["link_quaternion"][:states]),
        center_of_mass=arrays["com"][:states],
        shape_size=np.asarray(shapes.size),
        shape_position=np.asarray(shapes.position),
        shape_rotation=quaternions_to_matrices(np.asarray(shapes.rotation)),
        targets=targets,
        pair_force=None if between is None else between[: states - 1],
        ground=ground_surface(model),
        diverged=states < len(arrays["time"]),
    )
