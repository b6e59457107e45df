"""Why a simulation left the finite world: when, where, and what probably did it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robodiff.physics.model import Model, Trajectory

LOOK_BACK = 20
"""Steps before the end that are searched for a cause."""


@dataclass(frozen=True)
class Divergence:
    """Where a trajectory stopped being finite."""

    step: int
    """First step whose result is not finite, from 0."""
    time: float
    """Time at the end of that step [s]."""
    joint: str
    """Joint that broke out first: not finite, or the fastest growing just before."""
    coordinate: str
    """Its coordinate, such as `torso.vx`."""
    cause: str
    """Likely cause and remedy, in words."""

    def __str__(self) -> str:
        return (
            f"{self.coordinate} stops being finite at step {self.step}, {self.time:.4g} s: "
            f"{self.cause}"
        )


def diagnose(model: Model, trajectory: Trajectory) -> Divergence | None:
    """What went wrong in a rollout of one robot (no batch axis); None when all is finite."""
    q, v = np.asarray(trajectory.q, float), np.asarray(trajectory.v, float)
    bad = ~(np.isfinite(q).all(axis=1) & np.isfinite(v).all(axis=1))
    if not bad.any():
        return None
    row = int(np.argmax(bad))
    dof = _culprit(v, row)
    topology = model.topology
    return Divergence(
        step=max(row - 1, 0),
        time=float(np.asarray(trajectory.time)[row]),
        joint=topology.joint_names[topology.dof_links[dof]],
        coordinate=topology.v_names[dof],
        cause=_cause(model, trajectory, row, dof),
    )


def _culprit(v: np.ndarray, row: int) -> int:
    """The velocity coordinate that broke out: alone not finite, or else the fastest before."""
    broken = np.flatnonzero(~np.isfinite(v[row]))
    if row == 0 or 0 < len(broken) < v.shape[1]:
        return int(broken[0]) if len(broken) else 0
    now, before = np.abs(v[row - 1]), np.abs(v[max(row - LOOK_BACK, 0)])
    return int(np.argmax(now * np.maximum(now - before, 1e-3 * now)))


def _cause(model: Model, trajectory: Trajectory, row: int, dof: int) -> str:
    """The first of the usual causes whose marks are there."""
    if problem := _bad_body(model):
        return problem
    if row == 0:
        return "the start itself is not finite: see `start` and the design"
    first = max(row - LOOK_BACK, 0)
    command = np.asarray(trajectory.command, float)[first:row]
    names = model.topology.actuator_names
    for actuator in np.flatnonzero(~np.isfinite(command).all(axis=0)):
        return f"the command of {names[actuator]} is not finite: see the controller's values"
    for actuator in _rattling(model, command, dof):
        return (
            f"the command of {names[actuator]} swings to and fro every step: gain too high for dt?"
        )
    force = np.asarray(trajectory.contact_force, float)[first : max(row - 1, first + 1)]
    force = np.abs(force[np.isfinite(force)]).max(initial=0.0)
    weight = float(np.sum(np.asarray(model.links.mass))) * 9.81
    if force > 1e3 * weight:
        return f"the ground pushes with {force / weight:.1g} times the weight: start inside it?"
    speed = np.abs(np.asarray(trajectory.v, float)[row - 1, dof])
    return f"its speed had grown to {speed:.3g}: dt too long, or forces too large for its inertia?"


def _bad_body(model: Model) -> str:
    """Links whose mass or inertia no body can have."""
    names = model.topology.link_names
    mass, inertia = np.asarray(model.links.mass), np.asarray(model.links.inertia)
    for link, name in enumerate(names):
        if not np.isfinite(mass[link]) or mass[link] < 0:
            return f"the mass of link {name} is {mass[link]:g} kg: see the design's values"
        if not np.isfinite(inertia[link]).all() or inertia[link, :3].min() < 0:
            return f"the inertia of link {name} is impossible: see the design's values"
    return ""


def _rattling(model: Model, command: np.ndarray, dof: int) -> list[int]:
    """Actuators of a coordinate whose command changes its sign nearly every step."""
    flips = np.sum(command[1:] * command[:-1] < 0, axis=0)
    dofs = model.topology.actuator_dofs
    found = [a for a in range(model.nu) if len(command) > 4 and flips[a] > 0.7 * (len(command) - 1)]
    return sorted(found, key=lambda actuator: dofs[actuator] != dof)
