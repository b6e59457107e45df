"""How deep MuJoCo lets a robot sink into the floor, as a stiffness of robodiff's contact law."""

from __future__ import annotations

import numpy as np

from robodiff.robot.foreign.contacts import ground_geoms, touches_ground
from robodiff.robot.foreign.scene import Scene

USUAL = 1.5e-3
"""A robot that sinks less than this under half its weight is as firm as robodiff's default [m]."""


def contact_stiffness(scene: Scene) -> float | None:
    """Stiffness [N/m] at which half the weight sinks as deep as under MuJoCo's softest shape.

    None where that is as firm as robodiff's default.
    """
    model = scene.model
    planes = ground_geoms(scene)
    geoms = [geom for geom in range(model.ngeom) if model.geom_bodyid[geom]]
    touching = [geom for geom in geoms if planes and touches_ground(scene, geom)]
    force = 0.5 * float(model.body_mass.sum()) * abs(float(model.opt.gravity[2]))
    if not touching or not force:
        return None
    depth = max(_depth(scene, planes[0], geom, force) for geom in touching)
    return float(f"{force / depth:.3g}") if depth > USUAL else None


def _depth(scene: Scene, plane: int, geom: int, force: float) -> float:
    """Depth r of a geom under a force f at rest: R f = k r, where R = (1 - d) A / d.

    k = d / (dmax timeconst dampratio)^2 or d stiffness / dmax^2, A is the inverse weight of the
    body, d the impedance at r (MuJoCo's documentation, Computation: Parameters).
    """
    model = scene.model
    solref, solimp = (_mixed(scene, values, plane, geom)
                      for values in (model.geom_solref, model.geom_solimp))  # fmt: skip
    rate = -solref[0] if solref[0] < 0 else 1.0 / max(solref[0] * solref[1], 1e-9) ** 2
    weight = float(model.body_invweight0[model.geom_bodyid[geom], 0])
    wanted = weight * force * solimp[1] ** 2 / max(rate, 1e-9)
    low, high = 0.0, 1.0
    for _ in range(60):
        r = 0.5 * (low + high)
        d = impedance(solimp, r)
        low, high = (r, high) if r * d * d / (1.0 - d) < wanted else (low, r)
    return high


def impedance(solimp: np.ndarray, r: float) -> float:
    """d at the depth r: from d0 to dmax over `width`, a power on each side of `midpoint`."""
    d0, dmax, width, midpoint, power = (float(value) for value in solimp)
    x = min(r / max(width, 1e-15), 1.0)
    if x < midpoint:
        y = midpoint * (x / midpoint) ** power
    else:
        y = 1.0 - (1.0 - midpoint) * ((1.0 - x) / max(1.0 - midpoint, 1e-15)) ** power
    return float(np.clip(d0 + y * (dmax - d0), 1e-4, 0.9999))


def _mixed(scene: Scene, values: np.ndarray, plane: int, geom: int) -> np.ndarray:
    """The pair's: of the geom of higher priority, else the mean by `solmix`."""
    model = scene.model
    if model.geom_priority[plane] != model.geom_priority[geom]:
        return values[plane if model.geom_priority[plane] > model.geom_priority[geom] else geom]
    shares = model.geom_solmix[[plane, geom]]
    share = shares[0] / shares.sum() if shares.sum() > 0 else 0.5
    both = values[[plane, geom]]
    if both[0, 0] * both[1, 0] <= 0 and values is model.geom_solref:
        return both.min(axis=0)
    return share * both[0] + (1.0 - share) * both[1]
