"""Inverse dynamics by the textbook recursion, in plain numpy: the second way to everything.

Shares no code with robodiff: links one after another, vectors in world axes, forces passed from
child to parent about link origins. Every array has the draws on its FIRST axis.
"""

from __future__ import annotations

import numpy as np

from robodiff.physics.model import Model
from robodiff.physics.topology import JOINT_NQ, JOINT_NV


def inverse_dynamics(model: Model, q, v, qdd) -> np.ndarray:
    """tau [B, nv] of a model whose arrays lead with the draws [B, ...]; armature included."""
    links = _outward(model, q, v, qdd)
    return _inward(model, links) + np.asarray(model.joints.armature) * qdd


def _outward(model: Model, q, v, qdd) -> list[dict]:
    """Pose, velocity and acceleration of every link, root first."""
    topology, links = model.topology, []
    count = len(q)
    world = {
        "R": np.tile(np.eye(3), (count, 1, 1)),
        **{name: np.zeros((count, 3)) for name in ("p", "w", "v", "wd", "a")},
    }
    for link, (parent, kind) in enumerate(zip(topology.parents, topology.joint_types, strict=True)):
        base = world if parent < 0 else links[parent]
        i, j = topology.q_start[link], topology.v_start[link]
        own_q = q[:, i : i + JOINT_NQ[kind]]
        own_v, own_a = (x[:, j : j + JOINT_NV[kind]] for x in (v, qdd))
        if kind == "free":
            links.append(_free(own_q, own_v, own_a))
        else:
            links.append(_joint(model, link, kind, base, own_q, own_v, own_a))
    return links


def _free(q, v, a) -> dict:
    R = _matrix(q[:, 3:])
    spin, spin_rate = _turn(R, v[:, 3:]), _turn(R, a[:, 3:])
    return {"R": R, "p": q[:, :3], "w": spin, "v": v[:, :3], "wd": spin_rate, "a": a[:, :3]}


def _joint(model: Model, link: int, kind: str, base: dict, q, v, a) -> dict:
    frame = base["R"] @ _matrix(np.asarray(model.links.rotation)[:, link])
    axis = _turn(frame, np.asarray(model.links.axis)[:, link])
    arm = _turn(base["R"], np.asarray(model.links.position)[:, link])
    slides = {"slide": [axis], "planar": [frame[:, :, 0], frame[:, :, 2]]}.get(kind, [])
    turns = {"hinge": axis, "planar": frame[:, :, 1]}.get(kind)
    w, wd = base["w"], base["wd"]
    speed, push = np.zeros_like(w), np.zeros_like(w)
    for k, along in enumerate(slides):
        arm = arm + along * q[:, k : k + 1]
        speed, push = speed + along * v[:, k : k + 1], push + along * a[:, k : k + 1]
    out = {
        "p": base["p"] + arm,
        "v": base["v"] + np.cross(w, arm) + speed,
        "a": base["a"]
        + np.cross(wd, arm)
        + np.cross(w, np.cross(w, arm))
        + 2 * np.cross(w, speed)
        + push,
    }
    R, spin, spin_rate = frame, np.zeros_like(w), np.zeros_like(w)
    if turns is not None:
        R = _about(turns, q[:, -1]) @ frame
        spin, spin_rate = turns * v[:, -1:], turns * a[:, -1:]
    elif kind == "ball":
        R = frame @ _matrix(q)
        spin, spin_rate = _turn(R, v), _turn(R, a)
    return out | {
        "R": R,
        "w": w + spin,
        "wd": wd + spin_rate + np.cross(w, spin),
        "slides": slides,
        "turns": turns,
    }


def _inward(model: Model, links: list[dict]) -> np.ndarray:
    """Forces from the leaves to the roots, projected on each joint."""
    topology = model.topology
    tau = np.zeros((len(links[0]["p"]), topology.nv))
    force, moment = zip(*(_wrench(model, b, link) for b, link in enumerate(links)), strict=True)
    force, moment = list(force), list(moment)
    for b in reversed(range(len(links))):
        link, kind, parent = links[b], topology.joint_types[b], topology.parents[b]
        parts = [np.einsum("bi,bi->b", axis, force[b]) for axis in link.get("slides", [])]
        if link.get("turns") is not None:
            parts.append(np.einsum("bi,bi->b", link["turns"], moment[b]))
        if kind == "free":
            parts += list(force[b].T)
        if kind in ("free", "ball"):
            parts += list(_turn(link["R"].transpose(0, 2, 1), moment[b]).T)
        for k, part in enumerate(parts):
            tau[:, topology.v_start[b] + k] = part
        if parent >= 0:
            arm = link["p"] - links[parent]["p"]
            force[parent] = force[parent] + force[b]
            moment[parent] = moment[parent] + moment[b] + np.cross(arm, force[b])
    return tau


def _wrench(model: Model, b: int, link: dict) -> tuple[np.ndarray, np.ndarray]:
    """Force and moment about the link's origin that its own motion needs against gravity."""
    arm = _turn(link["R"], np.asarray(model.links.center)[:, b])
    acceleration = (
        link["a"] + np.cross(link["wd"], arm) + np.cross(link["w"], np.cross(link["w"], arm))
    )
    force = np.asarray(model.links.mass)[:, b, None] * (acceleration - np.asarray(model.gravity))
    six = np.asarray(model.links.inertia)[:, b]
    inertia = link["R"] @ six[:, [0, 3, 4, 3, 1, 5, 4, 5, 2]].reshape(-1, 3, 3)
    inertia = inertia @ link["R"].transpose(0, 2, 1)
    gyroscopic = np.cross(link["w"], _turn(inertia, link["w"]))
    return force, _turn(inertia, link["wd"]) + gyroscopic + np.cross(arm, force)


def _turn(R, x) -> np.ndarray:
    return np.einsum("bij,bj->bi", R, x)


def _matrix(quaternion) -> np.ndarray:
    """Rotation matrix: 1 + 2 w [u] + 2 [u]^2."""
    cross = _cross_matrix(quaternion[:, 1:])
    return np.eye(3) + 2 * quaternion[:, 0, None, None] * cross + 2 * cross @ cross


def _about(axis, angle) -> np.ndarray:
    """Rodrigues: 1 + sin [u] + (1 - cos) [u]^2."""
    cross, angle = _cross_matrix(axis), angle[:, None, None]
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _cross_matrix(u) -> np.ndarray:
    x, y, z = u.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
