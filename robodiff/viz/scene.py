"""What stands in a picture: a robot's pose as coloured outlines, and how far it reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robodiff.viz.camera import TOP, Camera
from robodiff.viz.outlines import outline
from robodiff.viz.recording import Recording
from robodiff.viz.style import BODY, link_colors


@dataclass(frozen=True)
class Piece:
    """One shape of one pose on the page."""

    polygon: np.ndarray
    """[points, 2] on the page [m]."""
    color: str
    """Colour of its link."""


def pose(recording: Recording, frame: int, camera: Camera) -> list[Piece]:
    """The shapes at one frame, farthest first."""
    topology = recording.topology
    colors = link_colors(topology.parents)
    hulls = [np.array(points) for points in topology.shape_points]
    pieces = []
    for shape, (kind, link) in enumerate(
        zip(topology.shape_kinds, topology.shape_links, strict=True)
    ):
        position, rotation = recording.shape_pose(frame, shape)
        size, points = recording.shape_size[shape], hulls[shape] if hulls else None
        polygon = outline(kind, size, position, rotation, camera.page, points)
        color = colors[link] if link >= 0 else BODY
        pieces.append((float(camera.nearness(position)), Piece(polygon, color)))
    # Rounded, so that coplanar shapes keep the file's order from frame to frame.
    return [piece for _, piece in sorted(pieces, key=lambda pair: round(pair[0], 4))]


def shadows(recording: Recording, frame: int, camera: Camera) -> list[np.ndarray]:
    """Outlines [points, 2] on the page of what the shapes cover of the ground, lit from above."""
    top = pose(recording, frame, TOP)
    ground = [np.pad(piece.polygon, ((0, 0), (0, 1))) for piece in top]
    return [camera.project(polygon) for polygon in ground]


def extent(recording: Recording, frames: list[int], camera: Camera) -> np.ndarray:
    """[[left, bottom], [right, top]] of the robot over some frames, on the page [m]."""
    polygons = [piece.polygon for frame in frames for piece in pose(recording, frame, camera)]
    return _box(np.concatenate([np.zeros((0, 2)), *polygons]))


def extent_with_targets(recording: Recording, camera: Camera, count: int = 24) -> np.ndarray:
    """[[left, bottom], [right, top]] of the whole motion and its targets, on the page [m]."""
    box = extent(recording, spread_frames(recording, count), camera)
    return _box(np.concatenate([box, camera.project(recording.targets)]))


def _box(points: np.ndarray) -> np.ndarray:
    if not len(points):
        return np.zeros((2, 2))
    return np.stack([points.min(axis=0), points.max(axis=0)])


def spread_frames(recording: Recording, count: int) -> list[int]:
    """`count` frames evenly spaced in time, first and last included."""
    times = np.linspace(recording.time[0], recording.time[-1], max(count, 1))
    return sorted({recording.frame_at(time) for time in times})


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
