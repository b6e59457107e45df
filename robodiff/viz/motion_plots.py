"""Plots of a motion over time: joints against their limits, and contact forces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from robodiff.physics.shapes import contact_point_links
from robodiff.viz.between import forces_between, link_pair_name
from robodiff.viz.recording import Recording
from robodiff.viz.style import (
    AFTER,
    BEFORE,
    FAINT,
    LIMIT,
    PALETTE,
    link_colors,
    new_figure,
    quiet_axes,
)

_MAX_ROWS = 12
_LIMIT_STYLE: dict = {"color": LIMIT, "linewidth": 1.0, "linestyle": (0, (4, 3))}


@dataclass(frozen=True)
class _Joint:
    """Where one hinge or slide joint stands in the arrays."""

    name: str
    """As in the robot file."""
    link: int
    """The link that it carries."""
    slides: bool
    """True for a slide joint."""


def plot_joints(recordings: list[Recording]) -> Figure:
    """Position, velocity and torque of each hinge and slide joint, with their limits."""
    joints = _joints(recordings[0])
    shown = joints[:_MAX_ROWS]
    figure = new_figure(11.0, 1.35 * max(1, len(shown)) + 0.7)
    grid = figure.subplots(max(1, len(shown)), 3, squeeze=False, sharex=True)
    for joint, row in zip(shown, grid, strict=False):
        _draw_position(row[0], recordings, joint)
        _draw_velocity(row[1], recordings, joint)
        _draw_torque(row[2], recordings, joint)
    for axes, title in zip(grid[0], ("position", "velocity", "actuator"), strict=True):
        axes.set_title(title, fontsize=10, loc="left")
    for axes in grid[-1]:
        axes.set_xlabel("time [s]", fontsize=9)
    _label_recordings(figure, recordings)
    if len(joints) > len(shown):
        figure.suptitle(f"the first {len(shown)} of {len(joints)} joints", fontsize=9)
    return figure


def plot_contact_forces(recordings: list[Recording]) -> Figure:
    """Normal force and friction of the ground on each link, and how hard links press each other;
    one column a recording."""
    between = [forces_between(r.topology, r.pair_force) for r in recordings]
    links = sorted({link for r in recordings for link in _touching_links(r)})
    rows = 3 if any(between) else 2
    figure = new_figure(5.4 * len(recordings), 2.2 * rows)
    grid = figure.subplots(rows, len(recordings), squeeze=False, sharex=True, sharey="row")
    for column, recording in enumerate(recordings):
        quiet_axes(grid[0, column], recording.label, y="" if column else "normal force [N]")
        quiet_axes(grid[1, column], y="" if column else "friction, along x [N]")
        for link in links:
            _draw_contact(grid[:2, column], recording, link, links)
        if any(between):
            quiet_axes(grid[2, column], y="" if column else "between links [N]")
            _draw_between(grid[2, column], recording, between, column)
        grid[-1, column].set_xlabel("time [s]", fontsize=9)
    if links:
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside lower center", ncols=6, fontsize=8, frameon=False
        )
    else:
        grid[0, 0].set_title("nothing touches the ground", fontsize=9)
    return figure


def _draw_between(
    axes: Axes,
    recording: Recording,
    between: list[dict[tuple[int, int], np.ndarray]],
    column: int,
) -> None:
    """How hard two links each press each other, those of all recordings in the same colours."""
    pairs = sorted({pair for found in between for pair in found})
    for rank, pair in enumerate(pairs):
        force = between[column].get(pair)
        if force is not None:
            axes.plot(
                recording.time[: len(force)],
                np.linalg.norm(force, axis=1),
                label=link_pair_name(recording.topology, pair),
                color=PALETTE[rank % len(PALETTE)],
                linewidth=1.2,
            )
    if between[column]:
        axes.legend(fontsize=7, frameon=False, ncols=2)


def _joints(recording: Recording) -> list[_Joint]:
    topology = recording.topology
    return [
        _Joint(name, link, kind == "slide")
        for link, (name, kind) in enumerate(
            zip(topology.joint_names, topology.joint_types, strict=True)
        )
        if kind in ("hinge", "slide")
    ]


def _recording_styles(recordings: list[Recording]) -> list[dict]:
    colors = [AFTER] if len(recordings) == 1 else [BEFORE, AFTER, *PALETTE[1:]]
    return [{"color": color, "linewidth": 1.3} for color in colors[: len(recordings)]]


def _draw_position(axes: Axes, recordings: list[Recording], joint: _Joint) -> None:
    quiet_axes(axes, y=f"{joint.name}\n[{'m' if joint.slides else 'rad'}]")
    for recording, style in zip(recordings, _recording_styles(recordings), strict=True):
        index = recording.topology.q_start[joint.link]
        axes.plot(recording.time, recording.q[:, index], **style)
    limited = recordings[-1].topology.limited_joints
    if joint.link in limited:
        _draw_limits(axes, recordings[-1].limits[limited.index(joint.link)])


def _draw_velocity(axes: Axes, recordings: list[Recording], joint: _Joint) -> None:
    quiet_axes(axes, y="[m/s]" if joint.slides else "[rad/s]")
    for recording, style in zip(recordings, _recording_styles(recordings), strict=True):
        index = recording.topology.v_start[joint.link]
        axes.plot(recording.time, recording.v[:, index], **style)


def _draw_torque(axes: Axes, recordings: list[Recording], joint: _Joint) -> None:
    quiet_axes(axes, y="[N]" if joint.slides else "[N m]")
    topology = recordings[-1].topology
    driven = [u for u, link in enumerate(topology.actuator_links) if link == joint.link]
    if not driven:
        axes.text(0.5, 0.5, "not actuated", transform=axes.transAxes, ha="center", color=FAINT)
        axes.set_yticks([])
        return
    for recording, style in zip(recordings, _recording_styles(recordings), strict=True):
        axes.plot(recording.time[:-1], recording.torque[:, driven].sum(axis=1), **style)
    for limit in recordings[-1].torque_limit[driven].sum(axis=0):
        if np.isfinite(limit):
            axes.axhline(limit, **_LIMIT_STYLE)


def _draw_limits(axes: Axes, limits: np.ndarray) -> None:
    """Dashed limits, without stretching the view to limits that are far away."""
    low, high = axes.get_ylim()
    for limit in limits:
        if low - 0.6 * (high - low) < limit < high + 0.6 * (high - low):
            axes.axhline(limit, **_LIMIT_STYLE)


def _label_recordings(figure: Figure, recordings: list[Recording]) -> None:
    axes = figure.axes[0]
    handles = [
        axes.plot([], [], **style, label=recording.label)[0]
        for recording, style in zip(recordings, _recording_styles(recordings), strict=True)
    ]
    handles += axes.plot([], [], **_LIMIT_STYLE, label="limit")
    figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=8, frameon=False)


def _touching_links(recording: Recording) -> set[int]:
    links = np.array(contact_point_links(recording.topology), dtype=int)
    touched = np.any(np.abs(recording.contact_force) > 1e-3, axis=(0, 2))
    return {int(link) for link in links[touched]}


def _draw_contact(panels: np.ndarray, recording: Recording, link: int, links: list[int]) -> None:
    topology = recording.topology
    points = [p for p, owner in enumerate(contact_point_links(topology)) if owner == link]
    force = recording.contact_force[:, points].sum(axis=1)
    style = {
        "color": _color(recording, link),
        "linestyle": ["-", "--", ":", "-."][_rank_among(links, recording, link) % 4],
        "linewidth": 1.2,
    }
    time = recording.time[: len(force)]
    panels[0].plot(time, force[:, 2], label=topology.link_names[link], **style)
    panels[1].plot(time, force[:, 0], **style)


def _rank_among(links: list[int], recording: Recording, link: int) -> int:
    """Which of the links of one colour this is, so that they differ in line style."""
    color = _color(recording, link)
    return [other for other in links if _color(recording, other) == color].index(link)


def _color(recording: Recording, link: int) -> str:
    return link_colors(recording.topology.parents)[link]
