"""One look for every figure: colours that colour-blind readers can tell apart, quiet axes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe and Ito (2008), ordered so that neighbours differ in lightness too.
PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#7A6F00",
    "#5B4B8A",
)
BODY = "#4A5560"
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


def link_colors(parents: tuple[int, ...]) -> list[str]:
    """A colour for each link: one a limb, grey for the body; one a link for a single chain."""
    limbs: list[int] = []
    body = _body_links(parents)
    limb_heads = [b for b, p in enumerate(parents) if p in body and b not in body]
    for link, parent in enumerate(parents):
        if link in body:
            limbs.append(-1)
        elif link in limb_heads:
            limbs.append(limb_heads.index(link))
        else:
            limbs.append(limbs[parent])
    if len(limb_heads) < 2:
        limbs = [link - 1 for link in range(len(parents))]
    return [BODY if limb < 0 else PALETTE[limb % len(PALETTE)] for limb in limbs]


def _body_links(parents: tuple[int, ...]) -> set[int]:
    """The roots, and what follows them while the tree is a single chain."""
    body = {link for link, parent in enumerate(parents) if parent < 0}
    while True:
        children = [b for b, p in enumerate(parents) if p in body and b not in body]
        if len(children) != 1 or not any(p == children[0] for p in parents):
            return body
        body.add(children[0])
