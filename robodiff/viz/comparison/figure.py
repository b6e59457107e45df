"""How the loss of several runs fell: over iterations, simulations and wall time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from robodiff.viz.comparison.runs import ComparedRun
from robodiff.viz.paper.sheet import LINE, TEXT, panel, plain_decades, sheet
from robodiff.viz.style import PALETTE

COSTS: dict[str, Callable[[ComparedRun], np.ndarray]] = {
    "iteration": lambda run: np.arange(1, len(run.history) + 1),
    "simulations": lambda run: run.simulations,
    "wall time, compiling included [s]": lambda run: run.seconds,
    "computing time [s]": lambda run: run.computing,
}


def plot_comparison(runs: list[ComparedRun], width: float = 7.2) -> Figure:
    """Best loss so far of every run, against each cost."""
    figure, panels = sheet(width, 2, 2, 1.7)
    losses = np.concatenate([run.best for run in runs] or [np.ones(1)])
    low, high = np.nanmin(losses, initial=np.inf), np.nanmax(losses, initial=-np.inf)
    for axes, (name, cost) in zip(panels, COSTS.items(), strict=True):
        for index, run in enumerate(runs):
            axes.step(
                cost(run),
                run.best,
                where="post",
                color=PALETTE[index % len(PALETTE)],
                linestyle=("-", "--", ":")[index // len(PALETTE) % 3],
                linewidth=LINE,
                label=run.label,
            )
        if 0 < 20 * low < high:
            axes.set_yscale("log")
        panel(axes, "", name, "best loss so far [–]" if axes in panels[::2] else "")
        plain_decades(axes)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=3, fontsize=TEXT - 0.5, frameon=False
    )
    return figure
