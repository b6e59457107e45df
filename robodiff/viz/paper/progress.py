"""Figures of an optimization: the loss and its terms, and the parameters between their bounds."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from robodiff.viz.history_plots import column, draw_loss, draw_terms, stage_starts
from robodiff.viz.paper.sheet import (
    LINE,
    TEXT,
    columns_for,
    legend_below,
    panel,
    plain_decades,
    sheet,
)
from robodiff.viz.stored import StoredRun
from robodiff.viz.style import AFTER, FAINT, LIMIT


def plot_loss(run: StoredRun, width: float) -> Figure | None:
    """The loss, the best so far, and the weighted terms that it is the sum of."""
    if not run.history:
        return None
    wide = width > 5.0
    figure, panels = sheet(width, 1 if wide else 2, 2 if wide else 1, 2.0 if wide else 1.75)
    draw_loss(panels[0], run.history)
    draw_terms(panels[1], run.history)
    for axes, title in zip(panels, ("loss", "weighted terms of the loss"), strict=True):
        for line in axes.lines:
            line.set_linewidth(0.8 if line.get_label() == "iteration" else LINE)
        panel(axes, title, "iteration", "loss [–]")
        plain_decades(axes)
        for start in stage_starts(run.history):
            axes.axvline(start, color=FAINT, linewidth=0.6, linestyle=":")
    panels[0].legend(fontsize=TEXT - 1, frameon=False, handlelength=1.4, labelspacing=0.25)
    if old := panels[1].get_legend():
        old.remove()
    legend_below(figure, panels[1])
    return figure


def plot_parameters(run: StoredRun, width: float) -> Figure | None:
    """A panel a design parameter: its value over the iterations, between its bounds."""
    design = run.result["design"]
    if not run.history or not design:
        return None
    rows, columns = columns_for(width, len(design))
    figure, panels = sheet(width, rows, columns, 1.1)
    for axes in panels[len(design) :]:
        axes.set_visible(False)
    for index, (axes, (name, row)) in enumerate(zip(panels, design.items(), strict=False)):
        lowest = index + columns >= len(design)
        panel(
            axes, name, "iteration" if lowest else "", f"[{row['unit']}]" if row.get("unit") else ""
        )
        values = np.append(column(run.history, "design", name), row["after"])
        axes.plot(np.arange(len(values)), values, color=AFTER, linewidth=LINE)
        bounds = [bound for bound in (row["min"], row["max"]) if bound is not None]
        for bound in bounds:
            axes.axhline(bound, color=LIMIT, linewidth=0.7, linestyle=(0, (4, 3)))
        if len(bounds) == 2:
            axes.set_ylim(bounds[0] - 0.08 * np.ptp(bounds), bounds[1] + 0.08 * np.ptp(bounds))
    return figure
