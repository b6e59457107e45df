"""The fluid of a `Scene`, and bodies whose box in it could stand otherwise than MuJoCo's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from robodiff.robot.foreign.links import Place
from robodiff.robot.foreign.masses import given_inertia, masses_of_shapes
from robodiff.robot.foreign.numbers import matrix, row, tidy
from robodiff.robot.foreign.scene import Scene
from robodiff.robot.foreign.shapes import read_shapes


def read_fluid(scene: Scene) -> dict[str, Any]:
    """Density, viscosity and wind; nothing in a vacuum."""
    option = scene.model.opt
    fluid: dict[str, Any] = {"density": tidy(option.density), "viscosity": tidy(option.viscosity)}
    fluid = {key: value for key, value in fluid.items() if value}
    if fluid and np.any(option.wind):
        fluid["wind"] = row(option.wind)
    return fluid


def open_axes(scene: Scene) -> Iterator[int]:
    """Bodies in a fluid whose equal moments leave open how their box stands.

    One shape gives its own axes; of several, or of a given inertia, MuJoCo's choice is compared
    with the eigenvectors that `build_fluid` will find.
    """
    model = scene.model
    for body in np.flatnonzero(model.body_mass).tolist() if read_fluid(scene) else []:
        here = Place("", np.zeros(3))
        geoms = list(read_shapes(scene, body, here))
        if len(geoms) == 1 and masses_of_shapes(scene, body, geoms) is not None:
            continue
        xx, yy, zz, *mixed = given_inertia(scene, body, here)["inertia"]
        xy, xz, yz = mixed or (0.0, 0.0, 0.0)
        ours = np.linalg.eigh([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])[1]
        alike = np.abs(ours.T @ matrix(model.body_iquat[body]))
        if np.abs(alike.max(axis=0) - 1).max() > 1e-9:
            yield body
