"""Every figure for a paper, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from matplotlib.figure import Figure

from robodiff.viz.paper.motion import (
    plot_contact_forces,
    plot_energy,
    plot_joint_positions,
    plot_link_forces,
    plot_torques,
)
from robodiff.viz.paper.progress import plot_loss, plot_parameters
from robodiff.viz.paper.sheet import WIDTHS, save_figure
from robodiff.viz.stored import StoredRun
from robodiff.viz.stroboscope import plot_stroboscope


def _stroboscope(run: StoredRun, width: float) -> Figure | None:
    if not run.recordings[0].topology.shape_kinds:
        return None
    return plot_stroboscope(list(run.recordings), poses=12 if width > 5.0 else 8, width=width)


FIGURES: dict[str, Callable[[StoredRun, float], Figure | None]] = {
    "loss": plot_loss,
    "parameters": plot_parameters,
    "joints": plot_joint_positions,
    "torques": plot_torques,
    "contact_forces": plot_contact_forces,
    "link_forces": plot_link_forces,
    "energy": plot_energy,
    "stroboscope": _stroboscope,
}
"""name -> (run, width [inch]) -> figure; None where a run has nothing to show."""


def draw_figures(
    run: StoredRun,
    folder: Path,
    formats: tuple[str, ...],
    widths: tuple[str, ...],
    names: tuple[str, ...] = tuple(FIGURES),
) -> Iterator[Path]:
    """Draw `NAME_WIDTH.FORMAT` of each figure; yields each file when it is written."""
    for name in names:
        for width in widths:
            figure = FIGURES[name](run, WIDTHS[width])
            if figure is not None:
                yield from save_figure(figure, folder / f"{name}_{width}", formats)
