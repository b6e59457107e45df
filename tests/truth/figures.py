"""The figures of the truth page, from what the rows have measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from robodiff.viz.style import FAINT, LIMIT, PALETTE, new_figure, quiet_axes, save
from tests.truth import rows_contact, rows_flight, rows_gradients, rows_rest, rows_standing


def incline(folder: Path) -> Path:
    """Which blocks stick, and how exactly the others accelerate."""
    m, g = rows_contact.block_members(), rows_contact.incline_grid()
    figure = new_figure(9, 3.6)
    left, right = figure.subplots(1, 2)
    angle, mu, sticks = np.degrees(m.slope[m.grid]), m.friction[m.grid], g.speed < 0.01
    for chosen, color, label in ((sticks, PALETTE[0], "sticks"), (~sticks, PALETTE[1], "slides")):
        left.plot(mu[chosen], angle[chosen], "s", color=color, markersize=3.5, label=label)
    line = np.linspace(0.05, 1.0, 100)
    left.plot(line, np.degrees(np.arctan(line)), color=LIMIT, label="cone: tan angle = friction")
    left.set_ylim(0, 50)
    left.legend(fontsize=8, frameon=False, loc="upper left")
    quiet_axes(left, "Each block ends on its side of the cone", "friction [-]", "slope [deg]")
    slides = g.beyond >= 1
    right.semilogy(
        g.beyond[slides], abs(g.acceleration / g.expected - 1)[slides], ".", color=PALETTE[1]
    )
    right.axhline(0.01, color=LIMIT, linestyle="--")
    right.text(18, 0.012, "to reach: 1 %", fontsize=8, color=LIMIT)
    quiet_axes(right, "Acceleration of those that slide", "degrees beyond the cone",
               "relative error")  # fmt: skip
    return save(figure, folder / "truth_incline.png")


def flight(folder: Path) -> Path:
    """Energy over time, and momentum against the step."""
    figure = new_figure(9, 3.6)
    left, right = figure.subplots(1, 2)
    for (name, error), color in zip(rows_flight.energies().items(), PALETTE, strict=False):
        t = 0.002 * np.arange(len(error))
        left.semilogy(t[::10], abs(error[::10]) + 1e-12, color=color, linewidth=0.9, label=name)
    left.axhline(1e-3, color=LIMIT, linestyle="--", linewidth=1)
    left.text(20.2, 1.3e-3, "to reach", fontsize=8, color=LIMIT, ha="right")
    left.set_ylim(1e-9, 10)
    left.legend(fontsize=8, frameon=False, loc="upper left", ncols=3,
                columnspacing=1)  # fmt: skip
    quiet_axes(left, "Energy at 2 ms", "time [s]", "relative error")
    drifts = rows_flight.momentum_drifts(True)
    steps, values = np.array(list(drifts)), np.array(list(drifts.values()))
    for row, name, color in zip(values.T, ("linear", "angular"), PALETTE, strict=False):
        right.loglog(1e3 * steps, row, "o-", color=color, label=name)
    right.loglog(1e3 * steps, values[0, 1] * (steps / steps[0]) ** 2 / 3, ":", color=FAINT,
                 label="slope 2")  # fmt: skip
    right.set_xticks(1e3 * steps, [f"{1e3 * step:g}" for step in steps])
    right.minorticks_off()
    right.legend(fontsize=8, frameon=False)
    quiet_axes(right, "Momentum of a floating tree after 10 s", "step [ms]", "relative drift")
    return save(figure, folder / "truth_flight.png")


def gradients(folder: Path) -> Path:
    """Derivatives through contact over those of rigid bodies."""
    p = rows_gradients.physics()
    figure = new_figure(10, 3.2)
    panels = (
        (p.height, p.landing, "drop height [m]", "d landing place / d height"),
        (p.speed, p.dv, "speed [m/s]", "d stop / d speed"),
        (p.friction, p.dmu, "friction [-]", "d stop / d friction"),
    )
    for axes, (x, ratio, label, title) in zip(figure.subplots(1, 3), panels, strict=True):
        axes.axhspan(0.8, 1.2, color="#EEF3F8")
        axes.axhline(1.0, color=FAINT, linewidth=1)
        axes.plot(x, ratio, "o", color=PALETTE[0], markersize=3)
        axes.set_ylim(0.7, 1.3)
        quiet_axes(axes, title, label, "ours / rigid body")
    return save(figure, folder / "truth_gradients.png")


def rest(folder: Path) -> Path:
    """Speeds that fall until nothing moves, and the quadruped's creep."""
    figure = new_figure(9, 3.6)
    left, right = figure.subplots(1, 2)
    for dt, color in zip(rows_rest.STEP_SIZES, PALETTE, strict=False):
        speed = rows_rest.ends(rows_rest.SOLIDS)[dt][1]
        t, label = dt * np.arange(len(speed)), f"h = {1e3 * dt:g} ms"
        left.loglog(t[1:], speed[1:] + 1e-18, color=color, linewidth=0.9, label=label)
        for paths, style in ((rows_standing.pressed(), "-"), (rows_standing.at_ease(), "--")):
            t, speed = np.asarray(paths[dt].time), rows_standing.speeds(paths[dt])
            right.loglog(t[1:], speed[1:], style, color=color, linewidth=0.9)
    for axes, title in ((left, "Box, capsule, sphere, cylinder"), (right, "Standing quadruped")):
        axes.axhline(1e-8, color=LIMIT, linestyle="--", linewidth=1)
        axes.text(1.2e-3, 1.5e-8, "to reach", fontsize=8, color=LIMIT)
        quiet_axes(axes, title, "time [s]", "largest speed [m/s, rad/s]")
    left.legend(fontsize=8, frameon=False)
    for style, name in (("-", "feet pressed apart by the servos"), ("--", "at ease, nudged")):
        right.plot([], [], style, color=FAINT, label=name)
    right.legend(fontsize=8, frameon=False, loc="lower left")
    return save(figure, folder / "truth_rest.png")


DRAW = {"flight": flight, "contact": incline, "standing": rest, "gradients": gradients}
CAPTIONS = {
    "flight": "Energy and momentum without contact.",
    "contact": "Blocks on slopes: which stick, and how the others accelerate.",
    "standing": "Bodies come to rest at every step size; feet that are pressed apart creep.",
    "gradients": "Derivatives of the simulated end over those of rigid bodies.",
}
FILES = {"flight": "truth_flight.png", "contact": "truth_incline.png",
         "standing": "truth_rest.png", "gradients": "truth_gradients.png"}  # fmt: skip
