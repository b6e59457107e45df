"""Plots of an optimization: loss and its terms, and the design against its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from robodiff.viz.style import AFTER, BEFORE, FAINT, LIMIT, PALETTE, new_figure, quiet_axes

History = Sequence[dict[str, Any]]
"""The lines of `metrics.jsonl`: iteration, loss, terms, design, gradient_norm."""


def plot_loss(history: History) -> Figure:
    """Loss (and the best so far), its terms, and the gradient norms over iterations."""
    figure = new_figure(11.0, 3.4)
    loss, terms, norms = figure.subplots(1, 3)
    draw_loss(loss, history)
    draw_terms(terms, history)
    _draw_norms(norms, history)
    for axes in (loss, terms, norms):
        for start in stage_starts(history):
            axes.axvline(start, color=FAINT, linewidth=0.8, linestyle=":")
    return figure


def plot_design(
    history: History, bounds: dict[str, tuple[float, float]], units: dict[str, str]
) -> Figure:
    """One small panel a design parameter: its value over iterations between its bounds."""
    names = list(bounds)
    columns = min(4, max(1, len(names)))
    rows = -(-max(1, len(names)) // columns)
    figure = new_figure(2.75 * columns + 0.3, 2.0 * rows + 0.3)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    for index, name in enumerate(names):
        _draw_parameter(panels[index], history, name, bounds[name], units.get(name, ""))
        if index + columns >= len(names):
            panels[index].set_xlabel("iteration", fontsize=9)
    return figure


def column(history: History, *keys: str) -> np.ndarray:
    """One value a line, NaN where it is missing or null."""
    values = []
    for line in history:
        value: Any = line
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        values.append(np.nan if value is None else float(value))
    return np.array(values)


def _iterations(history: History) -> np.ndarray:
    return column(history, "iteration")


def draw_loss(axes: Axes, history: History) -> None:
    quiet_axes(axes, "Loss", "iteration")
    iterations, loss = _iterations(history), column(history, "loss")
    best = column(history, "best_loss")
    if np.all(np.isnan(best)):
        best = np.fmin.accumulate(loss) if len(loss) else loss
    best = np.where(np.isfinite(best), best, np.nan)
    axes.plot(iterations, loss, color=BEFORE, linewidth=1.2, label="iteration")
    axes.plot(iterations, best, color=AFTER, linewidth=1.8, label="best so far")
    low, high = np.nanmin(loss, initial=np.inf), np.nanmax(loss, initial=-np.inf)
    if 0 < 20 * low < high:
        axes.set_yscale("log")
    axes.legend(fontsize=8, frameon=False)


def stage_starts(history: History) -> np.ndarray:
    """Iterations at which a new stage of the curriculum begins."""
    stage = column(history, "stage")
    return _iterations(history)[1:][np.diff(stage) > 0]


def draw_terms(axes: Axes, history: History) -> None:
    quiet_axes(axes, "Weighted terms of the loss", "iteration")
    names = list(history[-1].get("terms") or {}) if history else []
    styles = ["-", "--", ":"]
    for index, name in enumerate(names):
        axes.plot(
            _iterations(history),
            column(history, "terms", name),
            color=PALETTE[index % len(PALETTE)],
            linestyle=styles[index // len(PALETTE) % len(styles)],
            linewidth=1.5,
            label=name,
        )
    axes.axhline(0.0, color=FAINT, linewidth=0.8)
    sizes = np.abs([column(history, "terms", name) for name in names])
    usual = float(np.nanmedian(sizes.max(axis=0))) if names else 0.0
    largest = np.nanmax(sizes, initial=0.0)
    if largest > 20 * usual > 0:
        axes.set_yscale("symlog", linthresh=usual)
        if min(column(history, "terms", name).min() for name in names) >= 0:
            axes.set_ylim(bottom=-0.1 * usual)
    if names:
        axes.legend(fontsize=7, frameon=False, ncols=1 if len(names) < 6 else 2)


def _draw_norms(axes: Axes, history: History) -> None:
    quiet_axes(axes, "Gradient norm", "iteration")
    groups = ("design", "control")
    for name, color in zip(groups, PALETTE, strict=False):
        norm = column(history, "gradient_norm", name)
        if np.any(norm > 0):
            axes.semilogy(_iterations(history), norm, color=color, linewidth=1.5, label=name)
    if axes.lines:
        axes.legend(fontsize=8, frameon=False)


def _draw_parameter(
    axes: Axes, history: History, name: str, bound: tuple[float, float], unit: str
) -> None:
    values = column(history, "design", name)
    quiet_axes(axes, name, y=f"[{unit}]" if unit else "")
    low, high = bound
    axes.axhspan(low, high, color=AFTER, alpha=0.06, linewidth=0)
    for limit in bound:
        axes.axhline(limit, color=LIMIT, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.plot(_iterations(history), values, color=AFTER, linewidth=1.8)
    margin = 0.08 * (high - low)
    axes.set_ylim(low - margin, high + margin)
