"""The heightfield of a `Scene` as that of a robot file, and what is different about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from robodiff.robot.foreign.contacts import grounds, heightfield
from robodiff.robot.foreign.links import NO_TURN
from robodiff.robot.foreign.numbers import row, tidy
from robodiff.robot.foreign.scene import Finding, Scene

FINEST = 4
"""Parts of each side of a cell where the two grounds are compared."""


def read_heightfield(scene: Scene) -> dict[str, Any]:
    """The `heightfield` section; empty where the ground is a plane."""
    geom = heightfield(scene)
    if geom is None:
        return {}
    heights, size = _heights(scene, geom)
    lines = [" ".join(f"{height:.7g}" for height in line) for line in heights[::-1].tolist()]
    section: dict[str, Any] = {"size": row(2.0 * size), "heights": "\n".join(lines) + "\n"}
    position, turn = scene.data.geom_xpos[geom], _turn(scene, geom)
    section |= {"position": row(position)} if any(row(position)) else {}
    if not np.allclose(turn, NO_TURN, rtol=0, atol=1e-15):
        section["rotation"] = [tidy(part) for part in turn]
    return section


def heightfield_findings(scene: Scene) -> Iterator[Finding]:
    """How the smooth ground differs from MuJoCo's triangles; told, not refused."""
    geom = heightfield(scene)
    if geom is None:
        return
    place, label = scene.place("geoms", geom), scene.label("geom", geom)
    apart = 1e3 * _largest_gap(_heights(scene, geom)[0])
    effect = f"smooth between its heights, up to {apart:.2g} mm from MuJoCo's triangles"
    effect += "; beyond its edge it goes on as high as the edge"
    yield Finding(label, place, effect, refused=False)
    for plane in grounds(scene):
        place, label = scene.place("geoms", plane), scene.label("geom", plane)
        yield Finding(label, place, "a plane beneath a heightfield is left out", refused=False)


def _heights(scene: Scene, geom: int) -> tuple[np.ndarray, np.ndarray]:
    """Heights [rows, columns] from the lowest y [m], and half sides along x and y [m]."""
    model, asset = scene.model, int(scene.model.geom_dataid[geom])
    rows, columns = int(model.hfield_nrow[asset]), int(model.hfield_ncol[asset])
    first = int(model.hfield_adr[asset])
    unit = np.array(model.hfield_data[first : first + rows * columns], float)
    size = model.hfield_size[asset]
    return size[2] * unit.reshape(rows, columns), size[:2]


def _turn(scene: Scene, geom: int) -> np.ndarray:
    turn = np.zeros(4)
    scene.mujoco.mju_mat2Quat(turn, scene.data.geom_xmat[geom])
    return turn


def _largest_gap(heights: np.ndarray) -> float:
    """Largest vertical distance between the spline and triangles with MuJoCo's diagonal [m]."""
    import jax.numpy as jnp

    from robodiff.physics.heightfield import Grid, height

    grid = Grid.of(heights)
    y, x = np.meshgrid(
        *(np.arange((n - 1) * FINEST) / FINEST for n in heights.shape), indexing="ij"
    )
    size = [jnp.asarray([[[half]]], float) for half in (0.5 * (grid.columns - 1),
                                                        0.5 * (grid.rows - 1), 1.0)]  # fmt: skip
    places = (jnp.asarray(part.reshape(-1, 1, 1), float) - half
              for part, half in zip((x, y), size, strict=False))  # fmt: skip
    smooth = np.asarray(height(grid, size, *places)[0]).reshape(x.shape)
    return float(np.abs(smooth - _triangles(heights, x, y)).max())


def _triangles(heights: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Heights at places in cells; each cell is cut from its lowest x and y to its highest."""
    i, j = x.astype(int), y.astype(int)
    s, t = x - i, y - j
    a, b, c, d = (heights[j + v, i + u] for v in (0, 1) for u in (0, 1))
    return np.where(s >= t, a + s * (b - a) + t * (d - b), a + t * (c - a) + s * (d - c))
