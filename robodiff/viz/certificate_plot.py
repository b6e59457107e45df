"""One figure of a gradient certificate: each slope against its difference, and the horizons."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from robodiff.optimization.certificate.result import Certificate, Entry
from robodiff.viz.style import AFTER, BEFORE, LIMIT, PALETTE, new_figure, quiet_axes

COLORS = {
    "ok": AFTER,
    "zero": BEFORE,
    "chaotic": PALETTE[1],
    "non-finite": PALETTE[3],
    "wrong": LIMIT,
}
MARKERS = {"design": "o", "control": "s"}
LINEAR = 1e-3
"""Part of the largest slope around zero that is drawn linearly."""
NAMED = 8
"""Most parameters that are named in the figure."""


def plot_certificate(certificate: Certificate) -> Figure:
    """Reverse mode against differences, relative errors, and gradient norm against horizon."""
    figure = new_figure(12.0, 3.9)
    slopes, errors, horizons = figure.subplots(1, 3)
    _draw_slopes(slopes, certificate)
    _draw_errors(errors, certificate)
    _draw_horizons(horizons, certificate)
    return figure


def _draw_slopes(axes: Axes, certificate: Certificate) -> None:
    """Slopes in units of each parameter's scale, on both sides of zero in decades."""
    quiet_axes(axes, "Change of the loss per scale", "central difference", "reverse mode")
    entries = certificate.parameters
    pairs = {n: (e.difference * e.scale, e.reverse * e.scale) for n, e in entries.items()}
    finite = {name: pair for name, pair in pairs.items() if np.isfinite(pair).all()}
    size = max((abs(value) for pair in finite.values() for value in pair), default=0.0) or 1.0
    for bound in (axes.set_xscale, axes.set_yscale):
        bound("symlog", linthresh=LINEAR * size)
    # a label each second decade, and none between the smallest and zero
    top = np.floor(np.log10(size))
    ticks = [sign * 10.0**power for sign in (-1, 1) for power in (top, top - 2)]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([*ticks, 0.0])
        axis.set_minor_locator(NullLocator())
    line = np.array([-2 * size, 2 * size])
    axes.plot(line, line, color=BEFORE, linewidth=1.0)
    for label in COLORS:
        for group, marker in MARKERS.items():
            chosen = [n for n in finite if (entries[n].label, entries[n].group) == (label, group)]
            if chosen:
                places = np.array([finite[name] for name in chosen]).T
                text = f"{label}, {group} ({len(chosen)})"
                axes.scatter(
                    *places, s=22, color=COLORS[label], marker=marker, label=text, zorder=3
                )
    axes.legend(fontsize=7, frameon=False, loc="upper left")


def _draw_errors(axes: Axes, certificate: Certificate) -> None:
    """The worst relative errors by parameter."""

    def badness(entry: Entry) -> float:
        return entry.relative_error if np.isfinite(entry.relative_error) else np.inf

    ranked = sorted(certificate.parameters.items(), key=lambda item: -badness(item[1]))[:NAMED]
    quiet_axes(axes, "Worst relative errors")
    values = [min(max(badness(entry), 1e-16), 1e2) for _, entry in ranked]
    colors = [COLORS[entry.label] for _, entry in ranked]
    axes.barh(range(len(ranked)), values, color=colors, height=0.6)
    axes.set_xscale("log")
    axes.set_xlim(1e-17, max([1e-3, *values]) * 3)
    axes.axvline(1e-5, color=LIMIT, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.set_yticks(range(len(ranked)), [name for name, _ in ranked], fontsize=7)
    axes.invert_yaxis()


def _draw_horizons(axes: Axes, certificate: Certificate) -> None:
    quiet_axes(axes, "Gradient norm (per scale)", "steps simulated")
    steps = [row["steps"] for row in certificate.horizons]
    for group, color in zip(("design", "control"), PALETTE, strict=False):
        norms = np.array([row[group] for row in certificate.horizons])
        if np.any(norms > 0):
            axes.plot(steps, norms, "o-", color=color, linewidth=1.5, markersize=4, label=group)
    if axes.lines:
        axes.set_yscale("log")
        axes.legend(fontsize=8, frameon=False)
