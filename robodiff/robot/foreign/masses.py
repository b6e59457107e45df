"""Mass properties: by the shapes where those agree with MuJoCo, else as given numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from robodiff.robot.foreign.links import Place
from robodiff.robot.foreign.numbers import matrix, row, tidy
from robodiff.robot.foreign.scene import Scene
from robodiff.robot.foreign.shapes import KINDS
from robodiff.robot.mass_properties import MassProperties, combine, rotated, six, solid

AGREEMENT = 1e-10
"""Largest relative difference between the shapes' mass properties and MuJoCo's."""


def geom_masses(scene: Scene, geoms: list[int]) -> np.ndarray | None:
    """Mass of each geom that is a shape [kg], as the file gives them; None for other kinds."""
    model = scene.model
    if any(int(model.geom_type[g]) not in KINDS for g in geoms):
        return None
    written = _written(scene)
    volume, _ = solid([KINDS[int(model.geom_type[g])] for g in geoms], _sizes(scene, geoms))
    own = np.array([written[g].mass for g in geoms], float)
    density = np.array([written[g].density for g in geoms], float)
    return np.where(np.isnan(own), density * volume, own)


@lru_cache(maxsize=8)
def _written(scene: Scene) -> dict[int, Any]:
    """Geoms as the file has them."""
    return {element.id: element for element in scene.spec.geoms}


def masses_of_shapes(scene: Scene, body: int, geoms: list[int]) -> np.ndarray | None:
    """Mass of each geom [kg], where together they are all that a body weighs; None elsewhere."""
    masses = geom_masses(scene, geoms) if geoms else None
    if masses is None or masses.sum() <= 0 or not (masses > 0).all():
        return None
    masses = masses * (scene.model.body_mass[body] / masses.sum())  # settotalmass scales all
    return masses if _agree(scene, body, geoms, masses) else None


def add_mass(
    scene: Scene, body: int, place: Place, link: dict[str, Any], shapes: dict[int, dict]
) -> None:
    """Give a link its shapes with densities, or its inertia with shapes that only touch.

    A link without mass that has shapes is given none in so many words.
    """
    geoms = list(shapes)
    masses = masses_of_shapes(scene, body, geoms)
    if masses is not None:
        kinds = [KINDS[int(scene.model.geom_type[g])] for g in geoms]
        volume, _ = solid(kinds, _sizes(scene, geoms))
        for shape, density in zip(shapes.values(), masses / volume, strict=True):
            shape["density"] = float(f"{density:.13g}")
    elif scene.model.body_mass[body] > 0 or shapes:
        link["inertial"] = given_inertia(scene, body, place)


def _sizes(scene: Scene, geoms: list[int]) -> np.ndarray:
    """Sizes as robodiff has them: unused entries are 0."""
    used = {"sphere": 1, "capsule": 2, "cylinder": 2}
    count = [used.get(KINDS[int(scene.model.geom_type[g])], 3) for g in geoms]
    return np.where(np.arange(3) < np.array(count)[:, None], scene.model.geom_size[geoms], 0.0)


def _agree(scene: Scene, body: int, geoms: list[int], masses: np.ndarray) -> bool:
    """Whether the shapes' mass, centre and inertia are those of MuJoCo's body."""
    model = scene.model
    volume, moments = solid([KINDS[int(model.geom_type[g])] for g in geoms], _sizes(scene, geoms))
    turns = np.array([matrix(model.geom_quat[g]) for g in geoms])
    inertia = rotated(moments * (masses / volume)[:, None], turns)
    parts = MassProperties(masses, model.geom_pos[geoms], inertia)
    ours = combine(parts, np.ones((1, len(geoms))))
    theirs = _inertia(scene, body)
    size = np.abs(theirs).max()
    length = np.sqrt(size / model.body_mass[body])
    return (
        np.abs(ours.inertia[0] - theirs).max() <= AGREEMENT * size
        and np.abs(ours.center[0] - model.body_ipos[body]).max() <= AGREEMENT * length
    )


def _inertia(scene: Scene, body: int) -> np.ndarray:
    """Inertia about the centre of mass in the body's axes [3, 3]."""
    turn = matrix(scene.model.body_iquat[body])
    return turn @ np.diag(scene.model.body_inertia[body]) @ turn.T


def given_inertia(scene: Scene, body: int, place: Place) -> dict[str, Any]:
    """Mass, centre and inertia as the body has them."""
    entries = six(_inertia(scene, body)[None])[0]
    small = 1e-16 * np.abs(entries).max()
    entries = np.where(np.abs(entries) <= small, 0.0, entries)
    entries = entries if entries[3:].any() else entries[:3]
    return {
        "mass": tidy(scene.model.body_mass[body]),
        "center": row(scene.model.body_ipos[body] - place.anchor),
        "inertia": [float(entry) for entry in entries],
    }
