"""What a replay says, in numbers: gaps between engines, and where the trajectories part."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from robodiff.io.mujoco_replay import SMALLEST_SHARE, Replay, Run

DISTANCES = (0.01, 0.05)
"""Trajectories part when their centres of mass are this far apart [m]."""


def replay_report(replay: Replay) -> dict[str, Any]:
    """The object of `robodiff replay --json`; means over the starts.

    A gap is |engine - robodiff| / |robodiff|, where a metric below a hundredth of its `scale`
    counts as that much; None where either engine left the finite world.
    """
    metrics = {name: _metric(replay, name) for name in replay.robodiff.metrics}
    gaps = [row["gap"] for row in metrics.values()]
    return {
        "engine": "mujoco",
        "metrics": metrics,
        "max_gap": None if None in gaps else max(gaps, default=0.0),
        "dt": float(replay.robodiff.trajectory.time[1]),
        "starts": replay.robodiff.com.shape[-1],
        "parted": {
            f"{100 * distance:g} cm": {
                "engine": parting_time(replay.robodiff, replay.engine, distance),
                "fine": parting_time(replay.robodiff, replay.fine, distance),
                "engine_and_fine": parting_time(replay.engine, replay.fine, distance),
            }
            for distance in DISTANCES
        },
        "diverged": {
            key: int(np.sum(run.trajectory.diverged))
            for key, run in zip(("robodiff", "engine", "fine"), replay.runs, strict=True)
        },
    }


def parting_time(one: Run, other: Run, distance: float) -> float | None:
    """When the centres of mass are `distance` apart [s], in the median start; None for never."""
    apart = np.linalg.norm(one.com - other.com, axis=1)
    beyond = ~(apart <= distance)  # what is not finite has parted
    first = np.where(beyond.any(axis=0), beyond.argmax(axis=0).astype(float), math.inf)
    row = float(np.sort(first)[(len(first) - 1) // 2])
    return None if math.isinf(row) else float(one.trajectory.time[int(row)])


def _metric(replay: Replay, name: str) -> dict[str, Any]:
    ours, engine, fine = (_mean(run.metrics[name]) for run in replay.runs)
    least = SMALLEST_SHARE * replay.scales[name]
    spread = [float(np.std(run.metrics[name])) for run in replay.runs]
    return {
        "robodiff": ours,
        "engine": engine,
        "fine": fine,
        "gap": _gap(ours, engine, least),
        "fine_gap": _gap(ours, fine, least),
        "unit": replay.units[name],
        "deviation": dict(zip(("robodiff", "engine", "fine"), spread, strict=True)),
    }


def _mean(values: np.ndarray) -> float | None:
    mean = float(np.mean(values))
    return mean if math.isfinite(mean) else None


def _gap(ours: float | None, theirs: float | None, least: float) -> float | None:
    if ours is None or theirs is None:
        return None
    return abs(theirs - ours) / max(abs(ours), least)
