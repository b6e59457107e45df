"""Tendons, couplings and the fluid of a model in MJCF's words.

An equality of MuJoCo is not a spring: it asks for an acceleration, and gives way by solref and
solimp. They are chosen so that it gives as much at rest, and decays in the same time: with the
time constant tc = tau / 2 and a constant impedance d, MuJoCo's stiffness is 1 / ((1 - d) A tc^2)
(`robot/foreign/firmness.py` has the way back). A is the inverse inertia that MuJoCo reckons with.
"""

from __future__ import annotations

import xml.etree.ElementTree as xml
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from robodiff.errors import InputError, Problem
from robodiff.io.xml_values import numbers
from robodiff.physics.dynamics import configure
from robodiff.physics.joint_rows import tendon_levers
from robodiff.physics.kinematics import frames_of, world_centers
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model

LEAST_TIME_CONSTANT = 1e-3
"""[s]."""
SOFTEST, FIRMEST = 0.1, 0.9999
"""Impedances that are asked for."""
KINDS = {"point": "connect", "weld": "weld", "joint": "joint", "tendon": "tendon"}


class Names(NamedTuple):
    """Of the file's elements."""

    bodies: list[str]
    """Of links; `world` is the last, so -1 finds it."""
    joints: list[str]
    """Of velocity coordinates."""
    tendons: list[str]


def add_fluid(option: xml.Element, model: Model) -> None:
    """Density, viscosity and wind."""
    if (fluid := model.fluid) is not None:
        option.set("density", numbers(fluid.density))
        option.set("viscosity", numbers(fluid.viscosity))
        option.set("wind", numbers(fluid.wind))


def add_tendons(root: xml.Element, model: Model, names: Names, softness: str) -> None:
    """Fixed tendons."""
    if (t := model.tendons) is None:
        return
    holder, levers = xml.SubElement(root, "tendon"), np.asarray(t.lever).tolist()
    for i, (name, dofs) in enumerate(zip(names.tendons, model.topology.tendon_dofs, strict=True)):
        tendon = xml.SubElement(holder, "fixed", name=name)
        for dof in dofs:
            lever = numbers(levers.pop(0))
            xml.SubElement(tendon, "joint", joint=names.joints[dof], coef=lever)
        tendon.set("springlength", numbers([t.rest_lower[i], t.rest_upper[i]]))
        for ours, theirs in (("stiffness",) * 2, ("damping",) * 2, ("friction", "frictionloss")):
            tendon.set(theirs, numbers(getattr(t, ours)[i]))
        bounds = np.array([t.lower[i], t.upper[i]])
        if np.isfinite(bounds).any():
            tendon.set("limited", "true")
            tendon.set("range", numbers(np.clip(bounds, -1e9, 1e9)))
            tendon.set("solreflimit", softness)


def add_equalities(root: xml.Element, model: Model, names: Names) -> None:
    """Couplings, as firm as they are."""
    if (c := model.couplings) is None:
        return
    topology, mobility = model.topology, _Mobility(model)
    holder = xml.SubElement(root, "equality")
    for i, kind in enumerate(topology.coupling_kinds):
        first, second = topology.coupling_ends[i]
        element = xml.SubElement(holder, KINDS[kind], name=topology.coupling_names[i])
        if kind in ("joint", "tendon"):
            known = names.joints if kind == "joint" else names.tendons
            element.set(f"{kind}1", known[first])
            if second >= 0:
                element.set(f"{kind}2", known[second])
            element.set("polycoef", numbers(c.polynomial[i]))
        else:
            sites = [_add_site(root, model, i, end, names) for end in (0, 1)]
            element.attrib.update(site1=sites[0], site2=sites[1])
        _soften(element, float(c.stiffness[i]), float(c.time_constant[i]), mobility.of(i))
        if kind == "weld":
            # MuJoCo's error of a rotation is torquescale sin(angle / 2).
            ratio = float(c.turning_stiffness[i] / c.stiffness[i])
            scale = 2.0 * np.sqrt(ratio * mobility.of(i, turning=True) / mobility.of(i))
            element.set("torquescale", numbers(scale))


def _add_site(root: xml.Element, model: Model, i: int, end: int, names: Names) -> str:
    """A site at one end of a coupling."""
    c, topology = model.couplings, model.topology
    name = f"{topology.coupling_names[i]}.{'at' if end == 0 else 'to'}"
    body = names.bodies[topology.coupling_ends[i][end]]
    holder = root.find(".//worldbody" if body == "world" else f".//body[@name='{body}']")
    assert c is not None
    if holder is None:
        where = f"couplings.{topology.coupling_names[i]}"
        raise InputError(Problem(f"MJCF has no body of no mass: {body}", key=where))
    place = (c.first_point, c.second_point)[end][i]
    site = xml.SubElement(holder, "site", name=name, pos=numbers(place), group="4")
    if end == 0 and topology.coupling_kinds[i] == "weld":
        site.set("quat", numbers(c.rotation[i]))
    return name


def _soften(element: xml.Element, stiffness: float, tau: float, A: float) -> None:
    tc = max(0.5 * tau, LEAST_TIME_CONSTANT)
    compliance = 1.0 / (stiffness * A * tc * tc)  # 1 - d
    d = 1.0 - compliance
    if d >= SOFTEST:
        element.set("solref", numbers([tc, 1.0]))
    else:  # soft and quick: MuJoCo's direct form, k d^2 / ((1 - d) A) with d = 1/2
        d = 0.5
        rate = stiffness * A * (1.0 - d) / d**2
        element.set("solref", numbers([-rate * d * d, -rate * d * tau * d]))
    d = min(d, FIRMEST)
    element.set("solimp", numbers([d, d, 0.001]))


class _Mobility:
    """Inverse inertias as MuJoCo approximates them: at its reference pose, ends added up."""

    def __init__(self, model: Model):
        topology, batched = model.topology, add_batch(model)
        q = np.zeros(model.nq)
        for link, kind in enumerate(topology.joint_types):
            if kind in ("ball", "free"):
                q[topology.q_start[link + 1] - 4] = 1.0
        at = configure(batched, frames_of(batched), jnp.asarray(q[:, None]))
        self.topology = topology
        self.inverse = np.linalg.inv(np.asarray(at.M[..., 0], float))
        self.levers = np.asarray(tendon_levers(model), float)
        self.S = np.asarray(at.motions.S[..., 0], float)
        center = world_centers(batched, at.poses) - at.motions.reference
        self.center = np.asarray(center[..., 0], float)

    def of(self, i: int, turning: bool = False) -> float:
        """Of a coupling's translations (or its one row), or of a weld's rotations."""
        kind = self.topology.coupling_kinds[i]
        rows = {"joint": self._joint, "tendon": self._tendon}.get(kind)
        ends = [end for end in self.topology.coupling_ends[i] if end >= 0]
        parts = [rows(end) if rows else self._link(end, turning) for end in ends]
        return max(sum(parts), 1e-15)

    def _joint(self, dof: int) -> float:
        return float(self.inverse[dof, dof])

    def _tendon(self, tendon: int) -> float:
        return float(self.levers[tendon] @ self.inverse @ self.levers[tendon])

    def _link(self, link: int, turning: bool) -> float:
        moves = self.topology.link_dofs[link][:, None]
        angular, linear = self.S[:, :3], self.S[:, 3:]
        J = angular if turning else linear + np.cross(angular, self.center[link])
        J = moves * J
        return float(np.trace(J.T @ self.inverse @ J)) / 3.0
