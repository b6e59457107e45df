"""What a model says and a URDF cannot."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from robodiff.physics.model import Model
from robodiff.robot.build import STANDARD_GRAVITY

SAYABLE = ("sphere", "capsule", "box", "cylinder")


def urdf_losses(model: Model) -> list[str]:
    """One sentence for each thing that is not in the file."""
    return [
        *_of_joints(model),
        *_of_motors(model),
        *_of_ties(model),
        *_of_shapes(model),
        *_of_the_world(model),
    ]


def _of_joints(model: Model) -> Iterator[str]:
    topology, joints = model.topology, model.joints
    for key, word in (("armature", "Rotor inertia"), ("stiffness", "Springs")):
        values = np.asarray(getattr(joints, key), float)
        named = [topology.joint_names[topology.dof_links[dof]] for dof in np.flatnonzero(values)]
        if named:
            yield f"{word} at {_list(named)} cannot be said in URDF."
    loose = [
        topology.joint_names[link]
        for link, kind in enumerate(topology.joint_types)
        if kind == "slide" and link not in topology.limited_joints
    ]
    if loose:
        yield f"{_list(loose)} has no stops; the limits of 1 km stand for none."
    if "planar" in topology.joint_types:
        yield "A planar joint is three joints here; links of next to no mass stand between them."


def _of_motors(model: Model) -> Iterator[str]:
    topology = model.topology
    servos = [
        name
        for name, kind in zip(topology.actuator_names, topology.actuator_kinds, strict=True)
        if kind != "motor"
    ]
    if servos:
        yield f"Servo gains of {_list(servos)} cannot be said in URDF."
    if np.isfinite(np.asarray(model.actuators.no_load_speed)).any():
        yield "Torque-speed curves are only their limits of effort and velocity."
    if np.isfinite(np.asarray(model.actuators.motor_constant)).any():
        yield "Motor constants cannot be said in URDF."


def mimics(model: Model) -> list[int]:
    """Couplings that URDF can say: a hinge or slide that follows another one along a line."""
    topology, found = model.topology, []
    for i, kind in enumerate(topology.coupling_kinds):
        ends = topology.coupling_ends[i]
        one_axis = kind == "joint" and min(ends) >= 0 and all(
            topology.joint_types[topology.dof_links[end]] in ("hinge", "slide") for end in ends
        )  # fmt: skip
        assert model.couplings is not None
        if one_axis and not np.any(np.asarray(model.couplings.polynomial[i][2:])):
            found.append(i)
    firsts = [topology.coupling_ends[i][0] for i in found]
    return [i for k, i in enumerate(found) if firsts[k] not in firsts[:k]]


def _of_ties(model: Model) -> Iterator[str]:
    topology, sayable = model.topology, set(mimics(model))
    lost = [name for i, name in enumerate(topology.coupling_names) if i not in sayable]
    if lost:
        yield f"Couplings beyond mimic joints cannot be said in URDF: {_list(lost)}."
    if sayable:
        yield "Mimic joints have no stiffness in URDF."
    if topology.tendon_names:
        yield f"Tendons and their motors cannot be said in URDF: {_list([*topology.tendon_names])}."
    if model.fluid is not None:
        yield "The fluid cannot be said in URDF."


def _of_shapes(model: Model) -> Iterator[str]:
    topology = model.topology
    other = [
        name
        for name, kind in zip(topology.shape_names, topology.shape_kinds, strict=True)
        if kind not in SAYABLE
    ]
    if other:
        yield f"{_list(other)}: ellipsoids and hulls have no element in URDF."
    if any(topology.shape_collides):
        yield "Friction and the law of contact cannot be said in URDF."


def _of_the_world(model: Model) -> Iterator[str]:
    if model.links.held is not None:
        yield "Gravity compensation cannot be said in URDF."
    if model.terrain is not None:
        yield "The heightfield cannot be said in URDF."
    if model.topology.pairs:
        yield "Which links touch each other cannot be said in URDF."
    if not np.allclose(np.asarray(model.gravity), [0, 0, -STANDARD_GRAVITY]):
        yield "Gravity is not 9.81 m/s^2 downwards, which cannot be said in URDF."
    zero = np.zeros(model.nq)
    for link, kind in enumerate(model.topology.joint_types):
        if kind in ("ball", "free"):
            zero[model.topology.q_start[link + 1] - 4] = 1.0
    if np.any(np.asarray(model.start_q) != zero) or np.any(np.asarray(model.start_v)):
        yield "The start cannot be said in URDF."


def _list(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    return ", ".join(unique[:4]) + (f" and {len(unique) - 4} more" if len(unique) > 4 else "")
