"""Figures of the motion before and after: joints, torques, contact forces, energy."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from robodiff.physics.shapes import contact_point_links
from robodiff.viz.between import forces_between, link_pair_name
from robodiff.viz.paper.sheet import LINE, columns_for, legend_below, panel, sheet
from robodiff.viz.recording import Recording
from robodiff.viz.stored import StoredRun
from robodiff.viz.style import AFTER, BEFORE, LIMIT, PALETTE

MOST = 16
"""Panels in one figure."""
_ENDS: tuple[dict, dict] = (
    {"color": BEFORE, "label": "before"},
    {"color": AFTER, "label": "after"},
)
_LIMIT: dict = {"color": LIMIT, "linewidth": 0.7, "linestyle": (0, (4, 3))}


def plot_joint_positions(run: StoredRun, width: float) -> Figure | None:
    """A panel a hinge or slide: its position over time, and its limits where it comes near."""
    topology = run.recordings[1].topology
    joints = [
        (i, kind) for i, kind in enumerate(topology.joint_types) if kind in ("hinge", "slide")
    ]
    if not joints:
        return None
    figure, panels = _grid(width, len(joints))
    for axes, (link, kind) in zip(panels, joints, strict=False):
        panel(
            axes, topology.joint_names[link], y="position [m]" if kind == "slide" else "angle [rad]"
        )
        for recording, style in zip(run.recordings, _ENDS, strict=True):
            values = recording.q[:, topology.q_start[link]]
            axes.plot(recording.time, values, linewidth=LINE, **style)
        if link in topology.limited_joints:
            _limits(axes, run.recordings[1].limits[topology.limited_joints.index(link)])
    return _finish(figure, panels, len(joints))


def plot_torques(run: StoredRun, width: float) -> Figure | None:
    """A panel an actuator: what it does at its joint, and its limits."""
    after = run.recordings[1]
    topology = after.topology
    if not topology.actuator_names:
        return None
    figure, panels = _grid(width, len(topology.actuator_names))
    for index, axes in enumerate(panels[: len(topology.actuator_names)]):
        slides = topology.joint_types[topology.actuator_links[index]] == "slide"
        panel(axes, topology.actuator_names[index], y="force [N]" if slides else "torque [N m]")
        for recording, style in zip(run.recordings, _ENDS, strict=True):
            values = recording.torque[:, index]
            axes.plot(recording.time[: len(values)], values, linewidth=LINE, **style)
        _limits(axes, after.torque_limit[index][np.isfinite(after.torque_limit[index])])
    return _finish(figure, panels, len(topology.actuator_names))


def plot_contact_forces(run: StoredRun, width: float) -> Figure | None:
    """Normal force and friction of the ground on each link that it touches."""
    topology = run.recordings[1].topology
    owners = np.array(contact_point_links(topology), dtype=int)
    touched = sorted({int(o) for r in run.recordings for o in owners[_is_touched(r)]})
    if not touched:
        return None
    wide = width > 5.0
    figure, panels = sheet(width, 2 if wide else 4, 2 if wide else 1, 1.3)
    kinds = (("normal force", 2), ("friction along x", 0))
    # Wide: a column a recording; narrow: one below the other.
    order = [(r, k) for k in kinds for r in run.recordings] if wide else [
        (r, k) for r in run.recordings for k in kinds
    ]  # fmt: skip
    for axes, (recording, (name, axis)) in zip(panels, order, strict=True):
        panel(axes, f"{recording.label}, {name}", y="force [N]")
        for rank, link in enumerate(touched):
            force = recording.contact_force[:, owners == link, axis].sum(axis=1)
            style: dict = {
                "color": PALETTE[rank % len(PALETTE)],
                "label": topology.link_names[link],
            }
            dashes = ("-", "--")[rank // len(PALETTE) % 2]
            time = recording.time[: len(force)]
            axes.plot(time, force, linewidth=LINE, linestyle=dashes, **style)
    _share(panels, [axis for _, (_, axis) in order])
    for axes in panels[-2 if wide else -1 :]:
        axes.set_xlabel("time [s]")
    legend_below(figure, panels[0])
    return figure


def plot_link_forces(run: StoredRun, width: float) -> Figure | None:
    """A panel for each two links that press each other: how hard."""
    between = [forces_between(r.topology, r.pair_force) for r in run.recordings]
    pairs = sorted({pair for found in between for pair in found})
    if not pairs:
        return None
    figure, panels = _grid(width, len(pairs))
    for axes, pair in zip(panels, pairs, strict=False):
        panel(axes, link_pair_name(run.recordings[1].topology, pair), y="force [N]")
        for recording, found, style in zip(run.recordings, between, _ENDS, strict=True):
            time = recording.time[:-1]
            values = np.linalg.norm(found.get(pair, np.zeros((len(time), 3))), axis=1)
            axes.plot(time, values, linewidth=LINE, **style)
    return _finish(figure, panels, len(pairs), limits=False)


def plot_energy(run: StoredRun, width: float) -> Figure:
    """Kinetic, potential and total energy, before and after on one scale."""
    wide = width > 5.0
    figure, panels = sheet(width, 1 if wide else 2, 2 if wide else 1, 1.7 if wide else 1.45)
    for axes, recording, energy in zip(panels, run.recordings, run.energies, strict=True):
        panel(axes, recording.label, "time [s]", "energy [J]")
        rows = {"kinetic": energy[:, 0], "potential": energy[:, 1], "total": energy.sum(axis=1)}
        colors = (PALETTE[0], PALETTE[1], "black")
        for (name, values), color, dashes in zip(
            rows.items(), colors, ("-", "--", ":"), strict=True
        ):
            axes.plot(recording.time, values, dashes, color=color, linewidth=LINE, label=name)
    _share(panels, [0, 0])
    if not wide:
        panels[0].set_xlabel("")
    legend_below(figure, panels[0])
    return figure


def _grid(width: float, count: int) -> tuple[Figure, list[Axes]]:
    rows, columns = columns_for(width, min(count, MOST))
    return sheet(width, rows, columns, 1.1)


def _finish(figure: Figure, panels: list[Axes], count: int, limits: bool = True) -> Figure:
    """Label the time under the lowest panel of each column; say what is missing."""
    columns = len(panels) // panels[0].get_gridspec().nrows  # pyright: ignore[reportOptionalMemberAccess]
    shown = min(count, len(panels))
    for axes in panels[shown:]:
        axes.set_visible(False)
    for axes in panels[max(shown - columns, 0) : shown]:
        axes.set_xlabel("time [s]")
    if limits:
        panels[0].plot([], [], label="limit", **_LIMIT)
    if count > shown:
        figure.suptitle(f"the first {shown} of {count}", fontsize=7)
    legend_below(figure, panels[0])
    return figure


def _limits(axes: Axes, limits: np.ndarray) -> None:
    """Dashed limits, without stretching the view to limits that are far away."""
    low, high = axes.get_ylim()
    for limit in limits:
        if low - 0.6 * (high - low) < limit < high + 0.6 * (high - low):
            axes.axhline(limit, **_LIMIT)


def _is_touched(recording: Recording) -> np.ndarray:
    """Which contact points [points] are ever pressed."""
    return np.any(np.abs(recording.contact_force) > 1e-3, axis=(0, 2))


def _share(panels: list[Axes], kinds: list[int]) -> None:
    """One scale for all panels of a kind."""
    for kind in set(kinds):
        same = [axes for axes, other in zip(panels, kinds, strict=True) if other == kind]
        low = min(axes.get_ylim()[0] for axes in same)
        high = max(axes.get_ylim()[1] for axes in same)
        for axes in same:
            axes.set_ylim(low, high)
