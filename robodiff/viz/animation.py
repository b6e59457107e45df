"""An animation: one panel a recording, at one scale, each followed by its own camera.

Frames are drawn with Pillow at twice the size and scaled down, which is many times faster than a
plotting library and keeps the palette small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from robodiff.viz.camera import Camera, choose_camera
from robodiff.viz.gif import MOST_FRAMES, write_gif
from robodiff.viz.ground import net, profile
from robodiff.viz.recording import Recording
from robodiff.viz.scene import extent_with_targets, ground_lines, pose, shadows
from robodiff.viz.style import FAINT, GROUND, GROUND_LINE, INK, LIMIT

_SUPERSAMPLE = 2
_MAX_HEIGHT = 400
"""Of a panel in an animation 640 pixels wide."""


@dataclass(frozen=True)
class _Panel:
    """One recording on its part of the image."""

    recording: Recording
    """What it shows."""
    centers: np.ndarray
    """[T+1, 2]: page point that the camera looks at, for each state [m]."""
    window: np.ndarray
    """[2]: width and height of the view [m]."""
    pixels: tuple[int, int]
    """Width and height before scaling down."""
    camera: Camera
    """The projection."""
    beside: bool
    """Whether the panels stand side by side, not one below the other."""

    def place(self, points: np.ndarray, center: np.ndarray) -> np.ndarray:
        """Page points [n, 2] -> pixels [n, 2]."""
        unit = (points - center) / self.window
        return (unit * [1.0, -1.0] + 0.5) * np.array(self.pixels)


def save_animation(
    recordings: list[Recording], path: Path, width: int = 640, frames_per_second: int = 20
) -> Path:
    """Write `path` as a GIF that loops at real speed; returns the path."""
    times = frame_times(recordings, frames_per_second, MOST_FRAMES)
    images = list(draw_frames(recordings, times, width))
    write_gif(images, path, milliseconds=max(20, round(1000.0 * times[-1] / len(times))))
    return path


def frame_times(
    recordings: list[Recording], frames_per_second: float, most: int | None = None
) -> np.ndarray:
    """Times of the frames, from the start to the end of the longest recording [s]."""
    duration = max(float(r.time[-1]) for r in recordings)
    return np.linspace(0.0, duration, int(np.clip(duration * frames_per_second, 2, most)))


def draw_frames(
    recordings: list[Recording], times: np.ndarray, width: int, beside: bool | None = None
) -> Iterator[Image.Image]:
    """One image a time, `width` pixels wide or a little less.

    With `beside` the recordings are side by side, without one below the other; when None, as
    suits their shape.
    """
    panels = _panels(recordings, width, beside)
    for time in times:
        yield _draw_frame(panels, float(time))


def _panels(recordings: list[Recording], width: int, beside: bool | None) -> list[_Panel]:
    camera = choose_camera(*recordings)
    window, fixed = _window(recordings, camera)
    if beside is None:
        beside = float(window[0]) < 1.6 * float(window[1])
    highest = _MAX_HEIGHT * width / 640
    if beside:
        width = (width - len(recordings) + 1) // len(recordings)
    width = min(width, round(highest * window[0] / window[1]))
    pixels = (_SUPERSAMPLE * width, round(_SUPERSAMPLE * width * window[1] / window[0]))
    return [
        _Panel(r, _camera_path(r, camera, window, fixed), window, pixels, camera, beside)
        for r in recordings
    ]


def _window(recordings: list[Recording], camera: Camera) -> tuple[np.ndarray, np.ndarray | None]:
    """Size of the view [m], and its centre when it need not move."""
    boxes = [extent_with_targets(r, camera) for r in recordings]
    ground = camera.name == "side" and recordings[0].topology.has_ground
    low, high = np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)
    if ground:
        low[1] = min(low[1], 0.0)
    tall = 1.2 * max(float(high[1] - low[1]), 0.1)
    if high[0] - low[0] < 2.2 * tall:
        wide = max(1.15 * float(high[0] - low[0]), tall)
        return np.array([wide, max(tall, wide / 2.6)]), 0.5 * (low + high)
    return np.array([2.4 * tall, tall]), None


def _camera_path(
    recording: Recording, camera: Camera, window: np.ndarray, fixed: np.ndarray | None
) -> np.ndarray:
    """Where the camera looks at each state: a smoothed centre of mass, level."""
    path = camera.project(recording.center_of_mass)
    if fixed is not None:
        return np.broadcast_to(fixed, path.shape)
    width = max(1, len(path) // 8) | 1
    padded = np.pad(path, ((width // 2, width // 2), (0, 0)), mode="edge")
    kernel = np.ones(width) / width
    smooth = np.stack([np.convolve(padded[:, i], kernel, "valid") for i in range(2)], axis=1)
    if camera.name == "side":
        smooth[:, 1] = 0.40 * window[1]
    return smooth


def _draw_frame(panels: list[_Panel], time: float) -> Image.Image:
    parts = [_draw_panel(panel, time) for panel in panels]
    wide, high = parts[0].size
    gap = _SUPERSAMPLE
    step = (wide + gap, 0) if panels[0].beside else (0, high + gap)
    last = len(parts) - 1
    size = (wide + last * step[0], high + last * step[1])
    sheet = Image.new("RGB", size, FAINT)
    for index, part in enumerate(parts):
        sheet.paste(part, (index * step[0], index * step[1]))
    size = (size[0] // _SUPERSAMPLE, size[1] // _SUPERSAMPLE)
    return sheet.resize(size, Image.Resampling.LANCZOS)


def _draw_panel(panel: _Panel, time: float) -> Image.Image:
    image = Image.new("RGB", panel.pixels, "white")
    pen = ImageDraw.Draw(image)
    recording = panel.recording
    frame = recording.frame_at(time)
    center = panel.centers[frame]
    if recording.topology.has_ground:
        _draw_ground(pen, panel, frame)
    for piece in pose(recording, frame, panel.camera):
        corners = [tuple(point) for point in panel.place(piece.polygon, center)]
        pen.polygon(corners, fill=piece.color, outline=_darker(piece.color), width=_SUPERSAMPLE)
    _draw_targets(pen, panel, center)
    _write_labels(pen, panel, time)
    return image


def _draw_ground(pen: ImageDraw.ImageDraw, panel: _Panel, frame: int) -> None:
    center = panel.centers[frame]
    wide, high = panel.pixels
    left, right = center[0] - panel.window[0] / 2, center[0] + panel.window[0] / 2
    if panel.camera.name == "oblique":
        box = np.stack([center - panel.window / 2, center + panel.window / 2])
        ground = panel.recording.ground
        grid = ground_lines(panel.camera, box)[1] if ground is None else net(ground, panel.camera)
        for line in grid:
            pixels = [tuple(point) for point in panel.place(line, center)]
            pen.line(pixels, fill=GROUND, width=_SUPERSAMPLE)
        for shadow in shadows(panel.recording, frame, panel.camera) if ground is None else ():
            pen.polygon([tuple(point) for point in panel.place(shadow, center)], fill=GROUND)
    if panel.camera.name != "side":
        return
    if panel.recording.ground is not None:
        line = panel.place(profile(panel.recording.ground, left, right), center)
        corners = [tuple(point) for point in line]
        pen.polygon([*corners, (corners[-1][0], high), (corners[0][0], high)], fill=GROUND)
        pen.line(corners, fill=GROUND_LINE, width=_SUPERSAMPLE)
        return
    level = panel.place(np.array([[0.0, 0.0]]), center)[0, 1]
    pen.rectangle([0, level, wide, high], fill=GROUND)
    pen.line([0, level, wide, level], fill=GROUND_LINE, width=_SUPERSAMPLE)
    step = _tick_step(float(panel.window[0]))
    for index in range(int(np.ceil(left / step)), int(np.floor(right / step)) + 1):
        x = panel.place(np.array([[index * step, 0.0]]), center)[0, 0]
        pen.line([x, level, x, level + 5 * _SUPERSAMPLE], fill=GROUND_LINE, width=_SUPERSAMPLE)
        text, font = f"{index * step:g} m", _font(10)
        if 0.5 * font.getlength(text) < x < wide - 0.5 * font.getlength(text):
            pen.text((x, level + 6 * _SUPERSAMPLE), text, INK, font, anchor="ma")


def _draw_targets(pen: ImageDraw.ImageDraw, panel: _Panel, center: np.ndarray) -> None:
    size = 5 * _SUPERSAMPLE
    for x, y in panel.place(panel.camera.project(panel.recording.targets), center):
        for slope in (1, -1):
            line = [x - size, y - slope * size, x + size, y + slope * size]
            pen.line(line, fill=LIMIT, width=2 * _SUPERSAMPLE)


def _tick_step(width: float) -> float:
    steps = [0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0]
    return next((step for step in steps if width / step <= 7), 20.0)


def _write_labels(pen: ImageDraw.ImageDraw, panel: _Panel, time: float) -> None:
    recording = panel.recording
    pad = 8 * _SUPERSAMPLE
    pen.text((pad, pad), recording.label, INK, _font(14))
    stamp = f"{time:.2f} s"
    if time > recording.time[-1] + 1e-6:
        stamp = "diverged  " + stamp
    pen.text((panel.pixels[0] - pad, pad), stamp, INK, _font(12), anchor="ra")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * _SUPERSAMPLE)


def _darker(color: str) -> tuple[int, int, int]:
    red, green, blue = (int(int(color[i : i + 2], 16) * 0.62) for i in (1, 3, 5))
    return red, green, blue
