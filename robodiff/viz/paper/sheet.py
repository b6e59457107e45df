"""The format of a paper: widths, sizes of text and lines, and files that stay editable."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from robodiff.viz.style import FAINT, INK, new_figure

WIDTHS = {"column": 3.5, "page": 7.2}
"""Of one and of two columns of a journal [inch]."""
FORMATS = ("png", "svg", "pdf")
TEXT = 7.5
"""Size of titles and labels [pt]; that of numbers is half a point less."""
LINE = 1.0
"""Width of a curve [pt]."""
_DOTS_PER_INCH = 300
# Text stays text: TrueType in PDF, which journals ask for, and characters instead of outlines in
# SVG. A fixed salt makes the same figure the same file.
_FILES: dict = {"pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "robodiff"}
_METADATA = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def sheet(
    width: float, rows: int, columns: int, row_height: float = 1.25
) -> tuple[Figure, list[Axes]]:
    """A figure [inch] of equal panels, and the panels row by row."""
    figure = new_figure(width, rows * row_height + 0.35)
    return figure, list(figure.subplots(rows, columns, squeeze=False).ravel())


def panel(axes: Axes, title: str = "", x: str = "", y: str = "") -> None:
    """No top or right frame, a light grid, text in the sizes of a paper."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set(color=FAINT, linewidth=0.6)
    axes.tick_params(labelsize=TEXT - 0.5, length=2, width=0.6, color=FAINT, labelcolor=INK, pad=2)
    axes.tick_params(which="minor", length=1.2, width=0.5, color=FAINT)
    axes.grid(True, color="#ECEEF0", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.margins(x=0.01)
    axes.set_title(title, fontsize=TEXT, color=INK, loc="left", pad=3)
    axes.set_xlabel(x, fontsize=TEXT, color=INK, labelpad=2)
    axes.set_ylabel(y, fontsize=TEXT, color=INK, labelpad=2)


def plain_decades(axes: Axes) -> None:
    """Numbers such as 0.2 on a logarithmic axis, instead of powers of ten in another size."""
    if axes.get_yscale() != "log":
        return
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 300 * low else (1,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def columns_for(width: float, count: int) -> tuple[int, int]:
    """Rows and columns of small panels that fit a width."""
    columns = min(count, max(1, round(width / 1.8)))
    return -(-count // columns), columns


def legend_below(figure: Figure, axes: Axes, columns: int | None = None) -> None:
    """What the lines of `axes` mean, under all panels."""
    handles, labels = axes.get_legend_handles_labels()
    if columns is None:
        columns = max(1, int(figure.get_figwidth() // 1.1))
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=min(len(labels), columns) or 1,
        fontsize=TEXT - 0.5,
        frameon=False,
        handlelength=1.6,
        columnspacing=1.2,
    )


def save_figure(figure: Figure, stem: Path, formats: tuple[str, ...]) -> list[Path]:
    """Write `stem` in each format; returns the files."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    files = []
    with matplotlib.rc_context(_FILES):
        for kind in formats:
            path = stem.with_name(f"{stem.name}.{kind}")
            figure.savefig(path, format=kind, dpi=_DOTS_PER_INCH, metadata=_METADATA[kind])
            files.append(path)
    return files
