"""One look for every figure: colours that colour-blind readers can tell apart, quiet axes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from robodiff.viz.colors import BODY, PALETTE, link_colors

__all__ = [
    "AFTER", "BEFORE", "BODY", "FAINT", "GROUND", "GROUND_LINE", "INK", "LIMIT", "PALETTE",
    "link_colors", "new_figure", "quiet_axes", "save",
]  # fmt: skip

INK = "#22282E"
FAINT = "#8A939B"
GROUND = "#E4E0D8"
GROUND_LINE = "#8C8577"
LIMIT = "#C23B22"
BEFORE = "#9AA3AB"
AFTER = "#0072B2"


def new_figure(
    width: float, height: float, layout: Literal["constrained", "compressed"] = "constrained"
) -> Figure:
    """A figure of `width` x `height` inches on the Agg canvas, outside pyplot."""
    figure = Figure(figsize=(width, height), layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def quiet_axes(axes: Axes, title: str = "", x: str = "", y: str = "") -> None:
    """Light grid, no top or right frame, labels in one size."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(which="both", colors=INK, labelsize=8, length=3, color=FAINT)
    axes.grid(True, color="#ECEEF0", linewidth=0.8)
    axes.set_axisbelow(True)
    if title:
        axes.set_title(title, fontsize=10, color=INK, loc="left")
    if x:
        axes.set_xlabel(x, fontsize=9, color=INK)
    if y:
        axes.set_ylabel(y, fontsize=9, color=INK)


def save(figure: Figure, path: Path) -> Path:
    """Write `figure` as PNG and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=140)
    return path
