"""Bodies and joints of a `Scene` as links of a robot file.

A body with several joints becomes a chain of links without mass, except for slide x, slide z, hinge
y, which is a planar joint. A link's frame is its joint's frame, so what a body holds moves by its
last joint's anchor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from robodiff.robot.foreign.contacts import floor_height
from robodiff.robot.foreign.numbers import about, angle, product, rotated, row, tidy
from robodiff.robot.foreign.scene import Scene

TYPES = ("free", "ball", "slide", "hinge")
"""By MuJoCo's numbers."""
JOINT_TRANSMISSION = 0
"""How an actuator that drives a joint is told from others, in MuJoCo's numbers."""
NO_TURN = np.array([1.0, 0.0, 0.0, 0.0])


@dataclass(frozen=True)
class Place:
    """Where the link that holds a body's shapes and mass stands."""

    link: str
    """Its name."""
    anchor: np.ndarray
    """Its frame's origin in the body's frame [m]; axes are the body's."""


def read_links(scene: Scene) -> tuple[dict[str, dict[str, Any]], list[Place]]:
    """Links by name, parents first, without shapes and mass; and the place of each body."""
    links: dict[str, dict[str, Any]] = {}
    places = [Place("world", np.array([0.0, 0.0, floor_height(scene)]))]
    for body in range(1, scene.model.nbody):
        parent = places[int(scene.model.body_parentid[body])]
        places.append(_add_body(scene, body, parent, links))
    return links, places


def is_planar(scene: Scene, body: int) -> bool:
    """Whether a body's joints are slide x, slide z and hinge y, without limits or motors."""
    model, joints = scene.model, joints_of(scene, body)
    if [TYPES[model.jnt_type[j]] for j in joints] != ["slide", "slide", "hinge"]:
        return False
    by_joint = model.actuator_trntype == JOINT_TRANSMISSION
    driven = set(model.actuator_trnid[by_joint, 0].tolist())
    turned = model.qpos0[model.jnt_qposadr[joints[2]]]
    return (
        np.array_equal(model.jnt_axis[joints], [[1, 0, 0], [0, 0, 1], [0, 1, 0]])
        and not model.jnt_limited[joints].any()
        and not driven & set(joints)
        and turned == 0
    )


def joints_of(scene: Scene, body: int) -> list[int]:
    """MuJoCo's joints of a body, in order."""
    first = int(scene.model.body_jntadr[body])
    return list(range(first, first + int(scene.model.body_jntnum[body])))


def _add_body(scene: Scene, body: int, parent: Place, links: dict[str, Any]) -> Place:
    model, joints, name = scene.model, joints_of(scene, body), scene.names["body", body]
    position, turn = model.body_pos[body] - parent.anchor, model.body_quat[body]
    if not joints or TYPES[model.jnt_type[joints[0]]] == "free":
        joint = _joint(scene, joints, scene.names["joint", joints[0]]) if joints else None
        links[name] = _link(parent.link, *((None, None) if joints else (position, turn)), joint)
        return Place(name, np.zeros(3))
    if is_planar(scene, body):
        anchor = model.jnt_pos[joints[2]]
        start = position + rotated(turn, anchor - _reference(scene, joints[:2]))
        joint = _joint(scene, joints, scene.names["planar", body])
        links[name] = _link(parent.link, start, turn, joint)
        return Place(name, anchor)
    return _add_chain(scene, joints, name, _Frame(parent.link, position, turn, np.zeros(3)), links)


@dataclass(frozen=True)
class _Frame:
    """A body's frame as the joints so far leave it: in the frame of the last link."""

    link: str
    position: np.ndarray
    turn: np.ndarray
    anchor: np.ndarray


def _add_chain(scene: Scene, joints: list[int], name: str, at: _Frame, links: dict) -> Place:
    """One link a joint; the last has the body's name."""
    model = scene.model
    anchors = _anchors(scene, joints)
    for joint, anchor in zip(joints, anchors, strict=True):
        own = name if joint == joints[-1] else _free_name(scene.names["joint", joint], scene)
        kind = TYPES[model.jnt_type[joint]]
        start, turn = at.position + rotated(at.turn, anchor - at.anchor), at.turn
        if kind == "slide":
            start = start - rotated(at.turn, _reference(scene, [joint]))
        elif kind == "hinge":
            zero = model.qpos0[model.jnt_qposadr[joint]]
            turn = product(at.turn, about(model.jnt_axis[joint], -zero)) if zero else turn
        described = _joint(scene, [joint], scene.names["joint", joint])
        links[own] = _link(at.link, start, turn, described)
        at = _Frame(own, np.zeros(3), NO_TURN, anchor)
    return Place(name, at.anchor)


def _free_name(name: str, scene: Scene) -> str:
    """A link's name for a joint whose name a body may have too."""
    bodies = {scene.names["body", i] for i in range(1, scene.model.nbody)}
    return f"{name}_link" if name in bodies else name


def _anchors(scene: Scene, joints: list[int]) -> list[np.ndarray]:
    """Where each joint turns; a slide may stand anywhere, so it stands where the next one turns."""
    model = scene.model
    turning = [j for j in joints if TYPES[model.jnt_type[j]] != "slide"]
    result = []
    for joint in joints:
        nearest = [j for j in turning if j >= joint] or turning[-1:]
        result.append(model.jnt_pos[nearest[0]] if nearest else np.zeros(3))
    return result


def _reference(scene: Scene, slides: list[int]) -> np.ndarray:
    """How far slides have moved in the pose that the file draws [m]."""
    model = scene.model
    zero = model.qpos0[model.jnt_qposadr[slides]]
    return (model.jnt_axis[slides] * zero[:, None]).sum(axis=0)


def _link(parent: str, position, turn, joint: dict[str, Any] | None) -> dict[str, Any]:
    link: dict[str, Any] = {} if parent == "world" else {"parent": parent}
    if position is not None and any(row(position)):
        link["position"] = row(position)
    if turn is not None and not np.allclose(turn, NO_TURN, rtol=0, atol=1e-15):
        link["rotation"] = row(turn)
    return link | ({"joint": joint} if joint else {})


def _joint(scene: Scene, joints: list[int], name: str) -> dict[str, Any]:
    """One joint of a robot file for one of MuJoCo's, or for the three of a planar one."""
    model, first = scene.model, joints[0]
    kind = "planar" if len(joints) == 3 else TYPES[model.jnt_type[first]]
    joint: dict[str, Any] = {"name": name, "type": kind}
    if kind in ("hinge", "slide"):
        joint["axis"] = row(model.jnt_axis[first])
        if model.jnt_limited[first]:
            write = angle if kind == "hinge" else tidy
            lower, upper = model.jnt_range[first]
            joint["limits"] = {"lower": write(lower), "upper": write(upper)}
    dofs = np.flatnonzero(np.isin(model.dof_jntid, joints))
    values = {
        "damping": model.dof_damping[dofs],
        "stiffness": model.jnt_stiffness[model.dof_jntid[dofs]],
        "armature": model.dof_armature[dofs],
        "friction": model.dof_frictionloss[dofs],
    }
    joint |= {key: _each(value) for key, value in values.items() if value.any()}
    rests = model.qpos_spring[model.jnt_qposadr[joints]]
    if kind == "free":
        start = int(model.jnt_qposadr[first])
        rests = model.qpos_spring[start : start + 3] - [0.0, 0.0, floor_height(scene)]
    if "stiffness" in joint and kind != "ball" and rests.any():
        joint["rest"] = angle(rests[0]) if kind == "hinge" else _each(rests)
    return joint


def _each(values: np.ndarray) -> float | list[float]:
    """One number where all are alike."""
    return tidy(values[0]) if np.ptp(values) == 0 else row(values)
