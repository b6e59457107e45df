"""The surface of a heightfield as a grid of points in the world, for pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

if TYPE_CHECKING:
    from robodiff.physics.heightfield import Grid
    from robodiff.physics.model import Model
    from robodiff.viz.camera import Camera

FEWEST, MOST = 60, 160
"""Points along each side of the grid."""


def ground_surface(model: Model) -> np.ndarray | None:
    """Points [rows, columns, 3] of a single model's ground [m]; None for a plane, or nothing."""
    terrain, grid = model.terrain, model.topology.terrain
    if terrain is None or grid is None or not model.topology.has_ground:
        return None
    size, position = np.asarray(terrain.size, float), np.asarray(terrain.position, float)
    turn = Rotation.from_quat(np.roll(np.asarray(terrain.rotation, float), -1))
    return surface(grid, size, position, turn)


def surface(grid: Grid, size: np.ndarray, position: np.ndarray, turn: Rotation) -> np.ndarray:
    """Points of the ground over a finer or coarser grid; `size` as in `Terrain`."""
    counts = [int(np.clip(n, FEWEST, MOST)) for n in (grid.rows, grid.columns)]
    row, column = (np.linspace(0, n - 1, count)
                   for n, count in zip((grid.rows, grid.columns), counts, strict=True))  # fmt: skip
    places = np.stack(np.meshgrid(row, column, indexing="ij"))
    # coefficients begin one place before the heights
    z = map_coordinates(grid.coefficients, places + 1.0, order=3, prefilter=False)
    x, y = (half * np.linspace(-1, 1, n) for half, n in zip(size, counts[::-1], strict=False))
    x, y = np.broadcast_to(x, z.shape), np.broadcast_to(y[:, None], z.shape)
    local = np.stack([x, y, size[2] * z], axis=-1)
    return turn.apply(local.reshape(-1, 3)).reshape(local.shape) + position


def profile(points: np.ndarray, left: float, right: float) -> np.ndarray:
    """x and z [n, 2] of the ground along x near y = 0, level beyond its edges."""
    line = points[np.abs(points[:, :, 1]).mean(axis=1).argmin()][:, [0, 2]]
    line = line[line[:, 0].argsort()]
    ends = [[min(left, line[0, 0]), line[0, 1]], [max(right, line[-1, 0]), line[-1, 1]]]
    return np.concatenate([ends[:1], line, ends[1:]])


def net(points: np.ndarray, camera: Camera) -> list[np.ndarray]:
    """Every few rows and columns of the points on the page [n, 2]."""
    steps = [max(1, n // 20) for n in points.shape[:2]]
    along = [points[i] for i in range(0, points.shape[0], steps[0])]
    across = [points[:, j] for j in range(0, points.shape[1], steps[1])]
    return [camera.project(line) for line in along + across]
