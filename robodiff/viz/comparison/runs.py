"""What is compared: each run's result, and how its loss fell."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from robodiff.experiment.experiment import Experiment
from robodiff.experiment.load import load_experiment
from robodiff.io.results import RunFolder, require_ended
from robodiff.optimization.iteration import Iteration


@dataclass(frozen=True)
class ComparedRun:
    """One finished run."""

    label: str
    """What tells it from the others."""
    path: Path
    """Its folder."""
    experiment: Experiment
    """As it was run."""
    result: dict[str, Any]
    """`result.json`."""
    history: list[Iteration]
    """Its updates."""

    @property
    def method(self) -> str:
        """`gradient`, `control-only`, `cma` and so on."""
        return self.experiment.optimizer.label

    @property
    def seed(self) -> int:
        """Seed of its random numbers."""
        return self.experiment.optimizer.seed

    @property
    def simulations(self) -> np.ndarray:
        """Simulations done by the end of each update."""
        return np.array([iteration.simulations for iteration in self.history])

    @property
    def seconds(self) -> np.ndarray:
        """Wall time by the end of each update, compiling included [s]."""
        return np.cumsum([it.seconds + it.compile_seconds for it in self.history])

    @property
    def computing(self) -> np.ndarray:
        """The same without compiling [s]."""
        return np.cumsum([it.seconds for it in self.history])

    @property
    def best(self) -> np.ndarray:
        """Lowest loss so far on the whole task; nan before a stage that simulates all of it."""
        losses = np.array([iteration.best_loss for iteration in self.history], float)
        return np.where(np.isfinite(losses), losses, np.nan)


def read_runs(paths: list[Path]) -> list[ComparedRun]:
    """The runs in their folders; raises `InputError` where one has not ended."""
    for path in paths:
        require_ended(RunFolder(path))
    experiments = [load_experiment(path / "experiment.yaml") for path in paths]
    labels = _labels(paths, experiments)
    return [
        ComparedRun(
            label,
            path,
            experiment,
            json.loads((path / "result.json").read_text(encoding="utf-8")),
            RunFolder(path).read_history(),
        )
        for label, path, experiment in zip(labels, paths, experiments, strict=True)
    ]


def methods(runs: list[ComparedRun]) -> dict[str, dict[str, Any]]:
    """Final losses (one a run), simulations and seconds of each method."""
    table: dict[str, dict[str, Any]] = {}
    for run in runs:
        row = table.setdefault(
            run.method, {"loss": [], "seed": [], "simulations": [], "seconds": []}
        )
        row["loss"].append(run.result["loss"]["after"])
        row["seed"].append(run.seed)
        row["simulations"].append(run.result["simulations"])
        row["seconds"].append(run.result["seconds"]["total"])
    return table


def _labels(paths: list[Path], experiments: list[Experiment]) -> list[str]:
    """As short as tells the runs apart: method, seed, name of the experiment, folder."""
    parts = [
        [e.name for e in experiments],
        [e.optimizer.label for e in experiments],
        [f"seed {e.optimizer.seed}" for e in experiments],
    ]
    used = [words for words in parts if len(set(words)) > 1] or [parts[1]]
    labels = [", ".join(words) for words in zip(*used, strict=True)]
    if len(set(labels)) < len(labels):
        labels = [f"{label} ({path.name})" for label, path in zip(labels, paths, strict=True)]
    if len(set(labels)) < len(labels):
        labels = [f"{number}. {label}" for number, label in enumerate(labels, start=1)]
    return labels
