"""Many poses of one rollout in one picture, to scale, coloured by time.

A robot that travels is drawn where it is. One that stays in place would cover itself, so its poses
are set side by side instead, like a strip of film.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.text import Text

from robodiff.viz.camera import Camera
from robodiff.viz.film import Layout, choose_layout, page_box, path_on_page, pose_frames
from robodiff.viz.ground import net, profile
from robodiff.viz.recording import Recording
from robodiff.viz.scene import ground_lines, pose, shadows
from robodiff.viz.style import FAINT, GROUND, GROUND_LINE, INK, LIMIT, new_figure, quiet_axes

_TIME_COLORS = LinearSegmentedColormap.from_list(
    "time", colormaps["viridis"](np.linspace(0.9, 0.05, 64))
)


WIDTH = 10.0
"""Of the usual picture [inch]; narrower ones have smaller text."""


def plot_stroboscope(recordings: list[Recording], poses: int = 12, width: float = WIDTH) -> Figure:
    """One row a recording, all at one scale; `width` in inches."""
    layout = choose_layout(recordings, poses)
    rows = [pose_frames(recording, layout) for recording in recordings]
    box = page_box(recordings, rows, layout)
    panels = (len(recordings), 1)
    if width < WIDTH and not layout.film and np.ptp(box[:, 0]) < 1.6 * np.ptp(box[:, 1]):
        panels = (1, len(recordings))  # tall pictures stand side by side on a narrow sheet
    figure = new_figure(width, _figure_height(box, panels, width), layout="compressed")
    grid = figure.subplots(*panels, squeeze=False).ravel()
    for axes, recording, frames in zip(grid, recordings, rows, strict=True):
        _draw_row(axes, recording, frames, layout, box)
    _time_bar(figure, list(grid), layout.duration)
    if width < WIDTH:
        _shrink(figure)
    return figure


def _figure_height(box: np.ndarray, panels: tuple[int, int], width: float) -> float:
    wide, high = box[1] - box[0]
    rows, columns = panels
    if width < WIDTH:
        # Half an inch for the numbers on either side, less for those below a row.
        across = (width - 0.5 - 0.5 * columns) / columns
        return float(np.clip(rows * (across * high / wide + 0.45), 0.2 * width, 1.4 * width))
    return float(np.clip(rows * (0.86 * width * high / wide + 0.7), 2.4, 10.0))


def _shrink(figure: Figure) -> None:
    """Text and lines in the sizes of a paper."""
    for text in cast(list[Text], figure.findobj(Text)):
        text.set_fontsize(min(7.5, 0.85 * float(text.get_fontsize())))
    for patch in cast(list[Polygon], figure.findobj(Polygon)):
        patch.set_linewidth(0.4)


def _draw_row(
    axes: Axes,
    recording: Recording,
    frames: list[tuple[int, float]],
    layout: Layout,
    box: np.ndarray,
) -> None:
    note = f" (stopped being finite at {recording.time[-1]:.2f} s)" if recording.diverged else ""
    quiet_axes(axes, recording.label + note)
    axes.grid(False)
    if recording.topology.has_ground:
        _draw_ground(axes, recording, layout.camera, box)
    for frame, shift in frames:
        shade = _TIME_COLORS(recording.time[frame] / max(layout.duration, 1e-9))
        _draw_pose(axes, recording, frame, shift, layout, shade)
        targets = layout.camera.project(recording.targets) + np.array([shift, 0.0])
        axes.plot(targets[:, 0], targets[:, 1], "x", color=LIMIT, markersize=5, zorder=6)
    if not layout.film:
        _draw_path(axes, recording, layout.camera)
    axes.set_xlim(box[0, 0], box[1, 0])
    axes.set_ylim(box[0, 1], box[1, 1])
    axes.set_aspect("equal")
    _label_axes(axes, recording, frames, layout)


def _draw_pose(
    axes: Axes, recording: Recording, frame: int, shift: float, layout: Layout, shade: tuple
) -> None:
    flat = recording.topology.has_ground and recording.ground is None
    if layout.camera.name == "oblique" and flat:
        for shadow in shadows(recording, frame, layout.camera):
            axes.add_patch(Polygon(shadow + np.array([shift, 0.0]), color=GROUND, zorder=0.5))
    edge = tuple(0.6 * c for c in shade[:3])
    for piece in pose(recording, frame, layout.camera):
        polygon = piece.polygon + np.array([shift, 0.0])
        axes.add_patch(
            Polygon(polygon, facecolor=(*shade[:3], 0.62), edgecolor=(*edge, 0.9), linewidth=0.7)
        )


def _draw_path(axes: Axes, recording: Recording, camera: Camera) -> None:
    path = path_on_page(recording, camera)
    axes.plot(path[:, 0], path[:, 1], color=INK, linewidth=0.8, linestyle=(0, (1, 2)), zorder=5)


def _draw_ground(axes: Axes, recording: Recording, camera: Camera, box: np.ndarray) -> None:
    if recording.ground is not None and camera.name == "oblique":
        for line in net(recording.ground, camera):
            axes.plot(line[:, 0], line[:, 1], color=GROUND, linewidth=0.7, zorder=0)
    elif recording.ground is not None and camera.name == "side":
        x, z = profile(recording.ground, box[0, 0], box[1, 0]).T
        axes.fill_between(x, z, min(box[0, 1], z.min()) - 1.0, color=GROUND, linewidth=0, zorder=0)
        axes.plot(x, z, color=GROUND_LINE, linewidth=1.0, zorder=0)
    elif camera.name == "side":
        axes.axhspan(box[0, 1] - 1.0, 0.0, color=GROUND, linewidth=0, zorder=0)
        axes.axhline(0.0, color=GROUND_LINE, linewidth=1.0, zorder=0)
    elif camera.name == "oblique":
        step, lines = ground_lines(camera, box)
        axes.set_title(f"grid {step:g} m", fontsize=8, color=FAINT, loc="right")
        for line in lines:
            axes.plot(line[:, 0], line[:, 1], color=GROUND, linewidth=1.0, zorder=0)


def _label_axes(
    axes: Axes, recording: Recording, frames: list[tuple[int, float]], layout: Layout
) -> None:
    if layout.camera.name == "oblique":
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.set_yticks([])
    else:
        axes.set_ylabel({"side": "z [m]", "top": "y [m]"}[layout.camera.name], fontsize=9)
    if layout.film:
        labels = [f"{recording.time[frame]:.2f} s" for frame, _ in frames]
        axes.set_xticks(np.arange(len(frames)) * layout.spacing, labels)
        axes.tick_params(axis="x", length=0)
    elif layout.camera.name == "oblique":
        axes.set_xticks([])
    else:
        axes.set_xlabel("x [m]", fontsize=9, color=INK)


def _time_bar(figure: Figure, axes: list[Axes], duration: float) -> None:
    scale = ScalarMappable(Normalize(0.0, duration), _TIME_COLORS)
    bar = figure.colorbar(scale, ax=axes, fraction=0.018, pad=0.01, aspect=30)
    bar.set_label("time [s]", fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, color=FAINT)
    bar.outline.set_visible(False)
