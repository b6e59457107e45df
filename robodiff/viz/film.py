"""Where the poses of a stroboscopic picture go: in place, or side by side like a strip of film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robodiff.viz.camera import Camera, choose_camera
from robodiff.viz.recording import Recording
from robodiff.viz.scene import extent, extent_with_targets, spread_frames


@dataclass(frozen=True)
class Layout:
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


def choose_layout(recordings: list[Recording], poses: int) -> Layout:
    camera = choose_camera(*recordings)
    widths = [
        float(np.ptp(extent(r, [frame], camera)[:, 0]))
        for r in recordings
        for frame in spread_frames(r, poses)
    ]
    single = max(float(np.median(widths)), 1e-3)
    duration = max(float(r.time[-1]) for r in recordings)
    # Of the last one alone: one that falls on the way must not hide what another does in place.
    travel = abs(float(np.ptp(path_on_page(recordings[-1], camera)[[0, -1], 0])))
    if travel >= 1.5 * single:
        poses = int(np.clip(travel / (0.45 * single), 4, poses))
        return Layout(camera, False, 0.0, None, poses, duration)
    box = _union([extent_with_targets(r, camera) for r in recordings])
    spacing, middle = 1.2 * max(widths), None
    if np.ptp(box[:, 0]) < 2.0 * spacing:
        spacing = 1.1 * float(np.ptp(box[:, 0]))
        middle = float(np.median(path_on_page(recordings[-1], camera)[:, 0]))
    poses = int(np.clip(4.5 * np.ptp(box[:, 1]) / spacing, 5, poses))
    return Layout(camera, True, spacing, middle, poses, duration)


def _union(boxes: list[np.ndarray]) -> np.ndarray:
    return np.stack([np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)])


def path_on_page(recording: Recording, camera: Camera) -> np.ndarray:
    return camera.project(recording.center_of_mass)


def pose_frames(recording: Recording, layout: Layout) -> list[tuple[int, float]]:
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


def page_box(
    recordings: list[Recording], rows: list[list[tuple[int, float]]], layout: Layout
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
