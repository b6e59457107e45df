"""Many poses of one rollout in one picture, to scale, coloured by time.

A robot that travels is drawn where it is. One that stays in place would cover itself, so its poses
are set side by side instead, like a strip of film.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from robodiff.viz.camera import Camera, choose_camera
from robodiff.viz.recording import Recording
from robodiff.viz.scene import extent, extent_with_targets, pose, spread_frames
from robodiff.viz.style import FAINT, GROUND, GROUND_LINE, INK, LIMIT, new_figure, quiet_axes

_TIME_COLORS = LinearSegmentedColormap.from_list(
    "time", colormaps["viridis"](np.linspace(0.9, 0.05, 64))
)


@dataclass(frozen=True)
class _Layout:
    """How poses are laid on the page, the same for every row."""

    camera: Camera
    """The projection."""
    film: bool
    """True when poses stand side by side rather than where they are."""
    spacing: float
    """Page distance from one pose to the next on film [m]."""
    middle: float | None
    """Page x in the middle of each piece of film; None for that of each pose [m]."""
    poses: int
    """Poses a row."""
    duration: float
    """End of the longest recording [s]."""


def plot_stroboscope(recordings: list[Recording], poses: int = 12) -> Figure:
    """One row a recording, all at one scale."""
    layout = _choose_layout(recordings, poses)
    rows = [_pose_frames(recording, layout) for recording in recordings]
    box = _page_box(recordings, rows, layout)
    width, height = _figure_size(box, len(recordings))
    figure = new_figure(width, height, layout="compressed")
    grid = figure.subplots(len(recordings), 1, squeeze=False)[:, 0]
    for axes, recording, frames in zip(grid, recordings, rows, strict=True):
        _draw_row(axes, recording, frames, layout, box)
    _time_bar(figure, list(grid), layout.duration)
    return figure


def _choose_layout(recordings: list[Recording], poses: int) -> _Layout:
    camera = choose_camera(*recordings)
    widths = [
        float(np.ptp(extent(r, [frame], camera)[:, 0]))
        for r in recordings
        for frame in spread_frames(r, poses)
    ]
    single = max(float(np.median(widths)), 1e-3)
    duration = max(float(r.time[-1]) for r in recordings)
    travel = max(abs(float(np.ptp(_path(r, camera)[[0, -1], 0]))) for r in recordings)
    if travel >= 1.5 * single:
        poses = int(np.clip(travel / (0.45 * single), 4, poses))
        return _Layout(camera, False, 0.0, None, poses, duration)
    box = _union([extent_with_targets(r, camera) for r in recordings])
    spacing, middle = 1.2 * max(widths), None
    if np.ptp(box[:, 0]) < 2.0 * spacing:
        spacing, middle = 1.1 * float(np.ptp(box[:, 0])), float(box[:, 0].mean())
    poses = int(np.clip(4.5 * np.ptp(box[:, 1]) / spacing, 5, poses))
    return _Layout(camera, True, spacing, middle, poses, duration)


def _union(boxes: list[np.ndarray]) -> np.ndarray:
    return np.stack([np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)])


def _path(recording: Recording, camera: Camera) -> np.ndarray:
    return camera.project(recording.center_of_mass)


def _pose_frames(recording: Recording, layout: _Layout) -> list[tuple[int, float]]:
    """Frames to draw and how far each is shifted along the page [m]."""
    times = np.linspace(0.0, layout.duration, layout.poses)
    frames = [recording.frame_at(t) for t in times if t <= recording.time[-1] + 1e-6]
    if not layout.film:
        return [(frame, 0.0) for frame in frames]
    middles = [
        float(extent(recording, [f], layout.camera)[:, 0].mean())
        if layout.middle is None
        else layout.middle
        for f in frames
    ]
    return [(f, i * layout.spacing - middles[i]) for i, f in enumerate(frames)]


def _page_box(
    recordings: list[Recording], rows: list[list[tuple[int, float]]], layout: _Layout
) -> np.ndarray:
    """[[left, bottom], [right, top]] that holds every pose of every row [m]."""
    boxes = [
        extent(recording, [frame], layout.camera) + np.array([shift, 0.0])
        for recording, frames in zip(recordings, rows, strict=True)
        for frame, shift in frames
    ]
    whole = _union([extent_with_targets(recording, layout.camera) for recording in recordings])
    box = _union([*boxes, np.where([True, False], boxes[0], whole)])
    if layout.camera.name == "side" and recordings[0].topology.has_ground:
        box[0, 1] = min(box[0, 1], 0.0)
    wide, high = box[1] - box[0]
    margin = np.array([0.02 * wide + 0.02 * high, 0.1 * high])
    return box + np.stack([-margin, margin])


def _figure_size(box: np.ndarray, rows: int) -> tuple[float, float]:
    wide, high = box[1] - box[0]
    width = 10.0
    height = rows * (0.86 * width * high / wide + 0.7)
    return width, float(np.clip(height, 2.4, 10.0))


def _draw_row(
    axes: Axes,
    recording: Recording,
    frames: list[tuple[int, float]],
    layout: _Layout,
    box: np.ndarray,
) -> None:
    note = f" (stopped being finite at {recording.time[-1]:.2f} s)" if recording.diverged else ""
    quiet_axes(axes, recording.label + note)
    axes.grid(False)
    if recording.topology.has_ground:
        _draw_ground(axes, layout.camera, box)
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
    axes: Axes, recording: Recording, frame: int, shift: float, layout: _Layout, shade: tuple
) -> None:
    edge = tuple(0.6 * c for c in shade[:3])
    for piece in pose(recording, frame, layout.camera):
        polygon = piece.polygon + np.array([shift, 0.0])
        axes.add_patch(
            Polygon(polygon, facecolor=(*shade[:3], 0.62), edgecolor=(*edge, 0.9), linewidth=0.7)
        )


def _draw_path(axes: Axes, recording: Recording, camera: Camera) -> None:
    path = _path(recording, camera)
    axes.plot(path[:, 0], path[:, 1], color=INK, linewidth=0.8, linestyle=(0, (1, 2)), zorder=5)


def _draw_ground(axes: Axes, camera: Camera, box: np.ndarray) -> None:
    if camera.name == "side":
        axes.axhspan(box[0, 1] - 1.0, 0.0, color=GROUND, linewidth=0, zorder=0)
        axes.axhline(0.0, color=GROUND_LINE, linewidth=1.0, zorder=0)
    elif camera.name == "oblique":
        step, lines = ground_lines(camera, box)
        axes.set_title(f"grid {step:g} m", fontsize=8, color=FAINT, loc="right")
        for line in lines:
            axes.plot(line[:, 0], line[:, 1], color=GROUND, linewidth=1.0, zorder=0)


def ground_lines(camera: Camera, box: np.ndarray) -> tuple[float, list[np.ndarray]]:
    """A grid on z = 0 that covers the page box: its step [m] and its lines [2, 2] on the page."""
    step = float(np.clip(2.0 ** np.round(np.log2(np.max(box[1] - box[0]) / 8.0)), 0.125, 4.0))
    to_ground = np.linalg.inv(camera.page[:, :2])
    corners = np.array([[x, y] for x in box[:, 0] for y in box[:, 1]]) @ to_ground.T
    low, high = np.floor(corners.min(axis=0) / step), np.ceil(corners.max(axis=0) / step)
    xs, ys = (np.arange(a, b + 1) * step for a, b in zip(low, high, strict=True))
    along_y = [np.array([[x, ys[0], 0.0], [x, ys[-1], 0.0]]) for x in xs]
    along_x = [np.array([[xs[0], y, 0.0], [xs[-1], y, 0.0]]) for y in ys]
    return step, [camera.project(line) for line in along_x + along_y]


def _label_axes(
    axes: Axes, recording: Recording, frames: list[tuple[int, float]], layout: _Layout
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
