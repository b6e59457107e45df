"""Geoms of a `Scene` as shapes of a robot file."""

from __future__ import annotations

from typing import Any

import numpy as np

from robodiff.robot.foreign.contacts import (
    friction_on_ground,
    touches_ground,
    touching_distance,
)
from robodiff.robot.foreign.hulls import hull_of
from robodiff.robot.foreign.links import NO_TURN, Place
from robodiff.robot.foreign.numbers import rotated, row, tidy
from robodiff.robot.foreign.pairs import touches_body
from robodiff.robot.foreign.scene import Scene

KINDS = {2: "sphere", 3: "capsule", 4: "ellipsoid", 5: "cylinder", 6: "box"}
"""By MuJoCo's numbers."""
MESH = 7


def read_shapes(scene: Scene, body: int, place: Place) -> dict[int, dict[str, Any]]:
    """Shapes of a body by geom, in the frame of its link."""
    first = int(scene.model.body_geomadr[body])
    geoms = range(first, first + int(scene.model.body_geomnum[body]))
    return {
        geom: _shape(scene, geom, place)
        for geom in geoms
        if int(scene.model.geom_type[geom]) in KINDS
        or (int(scene.model.geom_type[geom]) == MESH
            and (touches_ground(scene, geom) or touches_body(scene, geom)))
    }  # fmt: skip


def fixed_shape(scene: Scene, geom: int, place: Place) -> dict[str, Any]:
    """A geom of the world that something touches: a link without mass that stands still."""
    nothing = {"mass": 0, "inertia": [0, 0, 0]}
    return {"inertial": nothing, "shapes": [_shape(scene, geom, place) | {"collide": False}]}


def rod_ends(scene: Scene, geom: int, place: Place) -> tuple[np.ndarray, np.ndarray]:
    """Ends of a capsule's or cylinder's axis in the link frame, the nearer to its origin first."""
    model = scene.model
    center = model.geom_pos[geom] - place.anchor
    along = rotated(model.geom_quat[geom], np.array([0.0, 0.0, model.geom_size[geom, 1]]))
    ends = center - along, center + along
    return ends if np.linalg.norm(ends[0]) <= np.linalg.norm(ends[1]) + 1e-12 else ends[::-1]


def _shape(scene: Scene, geom: int, place: Place) -> dict[str, Any]:
    kind = KINDS.get(int(scene.model.geom_type[geom]), "hull")
    shape = {"name": scene.names["geom", geom], kind: _geometry(scene, geom, kind, place)}
    if touches_ground(scene, geom):
        shape["friction"] = tidy(friction_on_ground(scene, geom))
        margin = touching_distance(scene, geom)
        shape |= {"margin": tidy(margin)} if margin else {}
    else:
        shape["collide"] = False
    return shape


def _geometry(scene: Scene, geom: int, kind: str, place: Place) -> dict[str, Any]:
    size = scene.model.geom_size[geom]
    if kind in ("capsule", "cylinder"):
        start, end = rod_ends(scene, geom, place)
        return {"from": row(start), "to": row(end), "radius": tidy(size[0])}
    if kind == "hull":
        return _hull(scene, geom, place)
    center = row(scene.model.geom_pos[geom] - place.anchor)
    where: dict[str, Any] = {"center": center} if any(center) else {}
    if kind == "sphere":
        return {"radius": tidy(size[0]), **where}
    turn = scene.model.geom_quat[geom]
    if not np.allclose(turn, NO_TURN, rtol=0, atol=1e-15):
        where["rotation"] = row(turn)
    if kind == "box":
        return {"size": row(2.0 * size), **where}
    return {"semi_axes": row(size), **where}


def _hull(scene: Scene, geom: int, place: Place) -> dict[str, Any]:
    hull, turn = hull_of(scene, geom), scene.model.geom_quat[geom]
    center = scene.model.geom_pos[geom] + rotated(turn, hull.center) - place.anchor
    where: dict[str, Any] = {"center": row(center), "rotation": row(turn)}
    # A thousandth of the hull is finer than its contact; long decimals help nobody.
    digits = 6 - int(np.floor(np.log10(np.abs(hull.points).max())))
    return {"points": np.round(hull.points, digits).tolist(), **where}
