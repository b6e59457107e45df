"""The run folder: everything about one run, readable by people and by other tools."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import fields
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import robodiff
from robodiff.errors import InputError, Problem
from robodiff.experiment.experiment import Experiment
from robodiff.io.files import plain, read_tree, write_arrays, write_json, write_text, write_tree
from robodiff.io.summary import summary
from robodiff.io.trajectory import trajectory_arrays
from robodiff.optimization.iteration import Iteration, Result
from robodiff.optimization.parameters import Parameters, as_batch, member, to_parameters
from robodiff.optimization.progress import Search, begin_search
from robodiff.robot.write import robot_yaml

FILES = (
    "experiment.yaml",
    "robot.yaml",
    "robot_before.yaml",
    "robot_after.yaml",
    "overrides.json",
    "versions.json",
    "metrics.jsonl",
    "trajectory_before.npz",
    "trajectory_after.npz",
    "checkpoint.npz",
    "certificate.json",
    "result.json",
)


class RunFolder:
    """One folder, one run. Every file in it is whole, whenever the run ends."""

    def __init__(self, path: str | Path):
        self.path = Path(path)

    @classmethod
    def create(cls, name: str, out: str | Path | None = None, base: str = "runs") -> RunFolder:
        """A new folder: `out` itself, or `base/name/time` with a link `latest` beside it.

        Raises `InputError` when `out` already holds a run.
        """
        if out is not None:
            folder = cls(out)
            if folder.file("experiment.yaml").exists():
                raise InputError(
                    Problem(
                        "already holds a run",
                        str(out),
                        suggestion=f"resume it with --resume {out}, or choose another --out",
                    )
                )
            _make(folder.path)
            return folder
        parent = Path(base) / name
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        path, number = parent / stamp, 2
        while path.exists():
            path, number = parent / f"{stamp}-{number}", number + 1
        _make(path)
        _link(parent / "latest", path.name)
        return cls(path)

    def file(self, name: str) -> Path:
        """Path of a file in the folder, there or not."""
        return self.path / name

    @property
    def files(self) -> dict[str, Path]:
        """Files of the run that are there, by name."""
        return {name: self.file(name) for name in FILES if self.file(name).exists()}

    def write_start(self, experiment: Experiment) -> None:
        """What is known before the first update."""
        write_json(self.file("overrides.json"), list(experiment.overrides))
        write_json(self.file("versions.json"), versions(experiment))
        write_text(self.file("robot.yaml"), experiment.robot.source.text)
        write_text(self.file("robot_before.yaml"), robot_yaml(experiment.robot, experiment.design))
        write_text(self.file("metrics.jsonl"), "")
        write_text(self.file("experiment.yaml"), experiment_text(experiment))

    def append(self, iteration: Iteration) -> None:
        """Add a line about an update."""
        line = json.dumps(plain(iteration_line(iteration)), allow_nan=False)
        with open(self.file("metrics.jsonl"), "a") as stream:
            stream.write(line + "\n")

    def write_checkpoint(self, search: Search) -> None:
        """Everything that is needed to go on."""
        write_tree(self.file("checkpoint.npz"), search)

    def write_end(self, experiment: Experiment, result: Result) -> None:
        """What came out."""
        after = experiment.design.replace(**result.after.design)
        write_text(self.file("robot_after.yaml"), robot_yaml(experiment.robot, after))
        write_arrays(self.file("trajectory_before.npz"), trajectory_arrays(result.before))
        write_arrays(self.file("trajectory_after.npz"), trajectory_arrays(result.after))
        write_json(self.file("result.json"), {"run": str(self.path), **summary(experiment, result)})

    def read_search(self, experiment: Experiment) -> Search | None:
        """Where the run stood at its last checkpoint; None when it had none."""
        path = self.file("checkpoint.npz")
        return (
            read_tree(path, begin_search(experiment, experiment.optimizer))
            if path.exists()
            else None
        )

    def read_best(self, experiment: Experiment) -> Parameters:
        """The best that the run has found; the start when it has no checkpoint."""
        search = self.read_search(experiment)
        if search is None:
            return experiment.parameters
        return member(to_parameters(experiment.design, as_batch(search.best)), 0)

    def read_history(self) -> list[Iteration]:
        """The updates told so far; a line that was cut off is left out."""
        history = []
        path = self.file("metrics.jsonl")
        for line in path.read_text().splitlines() if path.exists() else ():
            try:
                history.append(iteration_from_line(json.loads(line)))
            except (ValueError, KeyError, TypeError):
                break
        return history

    def forget_after(self, iterations: int) -> list[Iteration]:
        """Drop the lines of updates that came after a checkpoint; returns the others."""
        history = self.read_history()[:iterations]
        lines = (json.dumps(plain(iteration_line(it)), allow_nan=False) for it in history)
        write_text(self.file("metrics.jsonl"), "".join(line + "\n" for line in lines))
        return history


def require_ended(folder: RunFolder) -> None:
    """Raise `InputError` when the run in a folder has not ended."""
    needed = ("result.json", "trajectory_before.npz", "trajectory_after.npz")
    missing = [name for name in needed if not folder.file(name).exists()]
    if missing:
        message = f"the run has not ended: it has no {missing[0]}"
        suggestion = f"go on with it: robodiff optimize --resume {folder.path}"
        raise InputError(Problem(message, str(folder.path), suggestion=suggestion))


def iteration_line(iteration: Iteration) -> dict[str, Any]:
    """An update as one JSON object."""
    content = {
        item.name: getattr(iteration, item.name)
        for item in fields(iteration)
        if item.name not in ("index", "search")
    }
    return {"iteration": iteration.index, **content}


def iteration_from_line(line: dict[str, Any]) -> Iteration:
    """The update that a JSON object tells of."""
    line = {**line, "index": line["iteration"], "notes": tuple(line["notes"])}
    del line["iteration"]
    line["losses"] = np.array([np.nan if x is None else x for x in line["losses"]], float)
    line["loss"] = np.nan if line["loss"] is None else line["loss"]
    line["best_loss"] = np.inf if line["best_loss"] is None else line["best_loss"]
    return Iteration(**line)


def versions(experiment: Experiment) -> dict[str, Any]:
    """What the run was made with."""
    return {
        "robodiff": robodiff.__version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in ("jax", "jaxlib", "numpy", "optax")},
        "platform": platform.platform(),
        "seed": experiment.optimizer.seed,
        "command": sys.argv,
    }


def experiment_text(experiment: Experiment) -> str:
    """The experiment with nothing left out, for a folder that holds its robot as `robot.yaml`."""
    content = experiment.spec.model_dump(mode="json", exclude_none=True, by_alias=True)
    content["robot"] = "robot.yaml"
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _make(path: Path) -> None:
    """Make a folder; raises `InputError` where that is impossible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(Problem(f"cannot make the folder: {error.strerror}", str(path))) from None


def _link(link: Path, target: str) -> None:
    """Point a link to a folder beside it, where the system has links."""
    beside = link.with_name(f".{link.name}.{os.getpid()}")
    try:
        os.symlink(target, beside, target_is_directory=True)
        os.replace(beside, link)
    except OSError:
        beside.unlink(missing_ok=True)
