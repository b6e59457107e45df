"""Which geoms of a `Scene` can touch which, and how rough they are, by MuJoCo's rules."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from robodiff.robot.foreign.flags import switched_off
from robodiff.robot.foreign.scene import Scene

PLANE, HFIELD = 0, 1


@lru_cache(maxsize=8)
def grounds(scene: Scene) -> tuple[int, ...]:
    """Planes that do not move and that some shape of the robot can touch.

    A URDF has none; its links stand on one all the same.
    """
    model = scene.model
    planes = np.flatnonzero((model.geom_type == PLANE) & (_welds(scene) == 0)).tolist()
    bodies = [g for g in range(model.ngeom) if _welds(scene)[g] != 0]
    return tuple(p for p in planes if any(_may_touch(scene, p, g) for g in bodies))


@lru_cache(maxsize=8)
def heightfield(scene: Scene) -> int | None:
    """The geom of heights that is the ground: the only one that something touches, with no floor
    but beneath it."""
    model = scene.model
    fields = np.flatnonzero((model.geom_type == HFIELD) & (_welds(scene) == 0)).tolist()
    bodies = [g for g in range(model.ngeom) if _welds(scene)[g] != 0]
    touched = [f for f in fields if any(_may_touch(scene, f, g) for g in bodies)]
    if len(touched) != 1:
        return None
    lowest = float(scene.data.geom_xpos[touched[0], 2])
    planes = [p for p in grounds(scene) if _faces_up(scene, p)]
    beneath = all(float(scene.data.geom_xpos[p, 2]) <= lowest for p in planes)
    return touched[0] if beneath else None


@lru_cache(maxsize=8)
def ground_geoms(scene: Scene) -> tuple[int, ...]:
    """Geoms that are the robot file's ground: heights, or planes at one level."""
    field = heightfield(scene)
    level = tuple(plane for plane in grounds(scene) if is_level(scene, plane))
    return level if field is None else (field,)


@lru_cache(maxsize=8)
def floor_height(scene: Scene) -> float:
    """Height of the first plane that faces up [m]; 0 without one. The robot file's z = 0."""
    if heightfield(scene) is not None:
        return 0.0
    heights = (float(scene.data.geom_xpos[p, 2]) for p in grounds(scene) if _faces_up(scene, p))
    return next(heights, 0.0)


def is_level(scene: Scene, plane: int) -> bool:
    """Whether a plane is the floor."""
    height = float(scene.data.geom_xpos[plane, 2])
    return _faces_up(scene, plane) and abs(height - floor_height(scene)) < 1e-12


def has_ground(scene: Scene) -> bool:
    """Whether the robot stands on a floor."""
    return scene.is_urdf or bool(ground_geoms(scene))


def touches_ground(scene: Scene, geom: int) -> bool:
    """Whether a robot's geom touches the floor."""
    if scene.is_urdf:
        return bool(scene.model.geom_contype[geom] or scene.model.geom_conaffinity[geom])
    return any(_may_touch(scene, ground, geom) for ground in ground_geoms(scene))


def friction_on_ground(scene: Scene, geom: int) -> float:
    """Coefficient of sliding friction on the floor."""
    if scene.is_urdf:
        return float(scene.model.geom_friction[geom, 0])
    return friction_between(scene, _ground_of(scene, geom), geom)


def friction_between(scene: Scene, one: int, other: int) -> float:
    """Coefficient of sliding friction: the pair's own, or the larger of the two geoms', or that of
    the higher priority."""
    model, pair = scene.model, explicit_pairs(scene).get(frozenset((one, other)))
    if contact_dimension(scene, one, other) == 1:
        return 0.0
    if pair is not None:
        return float(model.pair_friction[pair, 0])
    return float(_mixed(scene, model.geom_friction[:, 0], one, other))


@lru_cache(maxsize=8)
def explicit_pairs(scene: Scene) -> dict[frozenset[int], int]:
    """Geoms that the file itself pairs, whatever the filters say: number of each pair."""
    model = scene.model
    if "CONTACT" in switched_off(scene.mujoco, model):
        return {}
    both = zip(model.pair_geom1.tolist(), model.pair_geom2.tolist(), strict=True)
    return {frozenset(two): number for number, two in enumerate(both)}


def touching_distance(scene: Scene, geom: int) -> float:
    """Gap at which MuJoCo lets a geom begin to push off the floor [m]."""
    if scene.is_urdf:
        return 0.0
    return margin_between(scene, _ground_of(scene, geom), geom)


def margin_between(scene: Scene, one: int, other: int) -> float:
    """Gap at which MuJoCo lets two geoms begin to push each other [m]."""
    model, pair = scene.model, explicit_pairs(scene).get(frozenset((one, other)))
    if pair is not None:
        return float(model.pair_margin[pair] - model.pair_gap[pair])
    margins, gaps = model.geom_margin, model.geom_gap
    if not margins[one] and not margins[other]:
        return 0.0
    return _combined(scene.mujoco, *margins[[one, other]].tolist(), *gaps[[one, other]].tolist())


@lru_cache(maxsize=64)
def _combined(mujoco: Any, ground: float, shape: float, ground_gap: float, gap: float) -> float:
    """What two margins make together; releases of MuJoCo differ, so a ball on a plane is asked."""
    model = mujoco.MjModel.from_xml_string(
        f'<mujoco><worldbody><geom type="plane" size="1 1 1" margin="{ground!r}" '
        f'gap="{ground_gap!r}"/><body><freejoint/><geom size="1" margin="{shape!r}" '
        f'gap="{gap!r}"/></body></worldbody></mujoco>'
    )
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return float(data.contact.includemargin[0])


def contact_dimension(scene: Scene, one: int, other: int) -> int:
    """1 frictionless, 3 sliding, 4 and 6 torsional and rolling friction too."""
    pair = explicit_pairs(scene).get(frozenset((one, other)))
    if pair is not None:
        return int(scene.model.pair_dim[pair])
    return int(_mixed(scene, scene.model.geom_condim, one, other))


def is_own(scene: Scene, pair: tuple[int, int]) -> bool:
    """Whether both geoms belong to one robot: a tree of bodies, its base included."""
    bodies = scene.model.geom_bodyid[list(pair)]
    one, other = scene.model.body_rootid[bodies]
    return bool(bodies.all() and one == other)


def touching_pairs(scene: Scene) -> list[tuple[int, int]]:
    """Pairs of geoms, the floor apart, that MuJoCo keeps from passing through each other."""
    touching = np.triu(_filtered(scene), 1)
    floor = [plane for plane in grounds(scene) if _faces_up(scene, plane)]
    if heightfield(scene) is None:
        floor = [plane for plane in floor if is_level(scene, plane)]
    floor += ground_geoms(scene)
    touching[floor] = touching[:, floor] = False
    return [(int(one), int(other)) for one, other in np.argwhere(touching)]


def _ground_of(scene: Scene, geom: int) -> int:
    """The ground's geom that a geom touches."""
    return next(g for g in ground_geoms(scene) if _may_touch(scene, g, geom))


def _faces_up(scene: Scene, plane: int) -> bool:
    normal = scene.data.geom_xmat[plane].reshape(3, 3)[:, 2]
    return bool(np.allclose(normal, [0, 0, 1], atol=1e-12))


def _mixed(scene: Scene, values: np.ndarray, one: int, other: int):
    priority = scene.model.geom_priority
    if priority[one] != priority[other]:
        return values[one if priority[one] > priority[other] else other]
    return max(values[one], values[other])


def _welds(scene: Scene) -> np.ndarray:
    """The moving body that each geom is welded to; 0 is the world."""
    return scene.model.body_weldid[scene.model.geom_bodyid]


def _may_touch(scene: Scene, one: int, other: int) -> bool:
    return bool(_filtered(scene)[one, other])


@lru_cache(maxsize=8)
def _filtered(scene: Scene) -> np.ndarray:
    """Which geoms may touch which [ngeom, ngeom], by MuJoCo's filters: bits, same body, excluded
    pairs, parent and child, and those that the file itself pairs."""
    model, weld, body = scene.model, _welds(scene), scene.model.geom_bodyid.astype(int)
    bits = (model.geom_contype[:, None] & model.geom_conaffinity) != 0
    plane = model.geom_type == PLANE
    pairs = (np.minimum(body[:, None], body) << 16) + np.maximum(body[:, None], body)
    above = model.body_weldid[model.body_parentid[weld]]
    is_child = (above[:, None] == weld) & (weld[:, None] != 0) & (weld != 0)
    if "FILTERPARENT" in switched_off(scene.mujoco, model):
        is_child[:] = False
    touching = (
        (bits | bits.T)
        & (weld[:, None] != weld)
        & ~(plane[:, None] & plane)
        & ~np.isin(pairs, model.exclude_signature)
        & ~(is_child | is_child.T)
    )
    for one, other in explicit_pairs(scene):
        touching[one, other] = touching[other, one] = True
    return touching
