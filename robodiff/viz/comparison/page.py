"""The page of several runs: any two of them beside each other, and the numbers of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from robodiff.io.files import write_text
from robodiff.optimization.parameters import member
from robodiff.viz.comparison.runs import ComparedRun
from robodiff.viz.report.content import reproduce
from robodiff.viz.report.geometry import build_designs, geometry, spread, structure
from robodiff.viz.report.motion import FLOATS, camera, coordinates, motion
from robodiff.viz.report.pack import pack
from robodiff.viz.report.page import render
from robodiff.viz.style import PALETTE, link_colors
from robodiff.viz.targets import reach_targets


def write_comparison(runs: list[ComparedRun], path: Path) -> Path:
    """Write the page; its size hardly grows with the number of runs, whose frames get fewer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_text(path, render(comparison_content(runs)))


def comparison_content(runs: list[ComparedRun]) -> dict[str, Any]:
    """The page's data."""
    names = list(dict.fromkeys(run.experiment.name for run in runs))
    floats = 2 * FLOATS // len(runs)
    return {
        "kind": "comparison",
        "name": ", ".join(names),
        "title": f"{', '.join(names)}: robodiff comparison",
        "runs": [_run(run, index, floats) for index, run in enumerate(runs)],
    }


def _run(run: ComparedRun, index: int, floats: int) -> dict[str, Any]:
    """One run: its result, its history and its robot."""
    return {
        "label": run.label,
        "name": run.experiment.name,
        "folder": run.path.name,
        "method": run.method,
        "seed": run.seed,
        "color": PALETTE[index % len(PALETTE)],
        "dashed": index >= len(PALETTE),
        "result": {key: value for key, value in run.result.items() if key != "run"},
        "command": reproduce(json.loads((run.path / "versions.json").read_text("utf-8"))),
        "history": {
            "best": pack(run.best),
            "seconds": pack(run.seconds),
            "computing": pack(run.computing),
            "simulations": pack(run.simulations),
        },
        **_robot(run, min(floats, FLOATS)),
    }


def _robot(run: ComparedRun, floats: int) -> dict[str, Any]:
    """The robot that came out, and what it does."""
    design = {name: row["after"] for name, row in run.result["design"].items()}
    batch, poses = build_designs(run.experiment, [design])
    model = member(spread(batch, 1), 0)
    arrays = dict(np.load(run.path / "trajectory_after.npz"))
    topology = model.topology
    return {
        "camera": camera([arrays]),
        **structure(batch, link_colors(topology.parents)),
        "designs": {"iteration": [0], **geometry(batch, poses, 1)},
        "motion": motion(run.label, model, arrays, floats),
        "coordinates": [
            {"name": c.name, "unit": c.unit, "base": c.base} for c in coordinates(topology)
        ],
        "actuators": [
            {"name": name, "unit": "N" if topology.joint_types[link] == "slide" else "N m"}
            for name, link in zip(topology.actuator_names, topology.actuator_links, strict=True)
        ],
        "targets": reach_targets(run.experiment),
    }
