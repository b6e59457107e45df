"""The figure of a replay: where the centre of mass goes in each engine, and how they part."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from robodiff.io.mujoco_replay import Replay
from robodiff.viz.style import AFTER, FAINT, LIMIT, PALETTE, new_figure, quiet_axes

_COLORS = (AFTER, PALETTE[5], PALETTE[1])


def plot_replay(replay: Replay, report: dict[str, Any]) -> Figure:
    """Centre of mass along x and z, distance between the engines, and the gap of each metric."""
    figure = new_figure(11.0, 6.0)
    grid = figure.subplots(2, 2)
    for axes, axis, name in ((grid[0, 0], 0, "x"), (grid[1, 0], 2, "z")):
        _draw_coordinate(axes, replay, axis)
        quiet_axes(axes, f"centre of mass, {name}", "time [s]", "m")
    grid[0, 0].legend(frameon=False, fontsize=8)
    _draw_distance(grid[0, 1], replay)
    _draw_gaps(grid[1, 1], report)
    return figure


def _draw_coordinate(axes: Axes, replay: Replay, axis: int) -> None:
    for run, color in zip(replay.runs, _COLORS, strict=True):
        lines = axes.plot(run.trajectory.time, run.com[:, axis], color=color, linewidth=1.4)
        lines[0].set_label(run.name)
        for line in lines if len(lines) > 1 else ():
            line.set(alpha=0.35, linewidth=0.8)


def _draw_distance(axes: Axes, replay: Replay) -> None:
    """Distance between the centres of mass, the median of the starts, in decades."""
    for run, color in zip(replay.runs[1:], _COLORS[1:], strict=True):
        apart = np.linalg.norm(run.com - replay.robodiff.com, axis=1)
        shown = np.maximum(np.median(apart, axis=-1), 1e-6)
        axes.semilogy(run.trajectory.time, shown, color=color, linewidth=1.4)
    for distance in (0.01, 0.05):
        axes.axhline(distance, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
    quiet_axes(axes, "distance to robodiff's centre of mass", "time [s]", "m")


def _draw_gaps(axes: Axes, report: dict[str, Any]) -> None:
    names = list(report["metrics"])
    gaps = [100.0 * (report["metrics"][name]["gap"] or 0.0) for name in names]
    rows = np.arange(len(names))
    axes.barh(rows, gaps, color=PALETTE[5], height=0.6)
    axes.set_yticks(rows, names)
    axes.invert_yaxis()
    axes.axvline(10.0, color=LIMIT, linewidth=1.0, linestyle=(0, (4, 3)))
    if max(gaps, default=0.0) > 100.0:
        axes.set_xscale("symlog", linthresh=10.0)
    quiet_axes(axes, "gap of each metric", "%")
