"""Where the robot of a `Scene` starts: its first keyframe, else the pose that the file draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from robodiff.robot.foreign.contacts import floor_height
from robodiff.robot.foreign.links import NO_TURN, TYPES, is_planar, joints_of
from robodiff.robot.foreign.numbers import angle, tidy
from robodiff.robot.foreign.scene import Scene

_RATES = ("vx", "vz", "pitch_rate"), ("wx", "wy", "wz"), ("vx", "vy", "vz", "wx", "wy", "wz")


def read_start(scene: Scene) -> dict[str, Any]:
    """Coordinates that do not start at 0, by name."""
    model = scene.model
    q = model.key_qpos[0] if model.nkey else model.qpos0
    v = model.key_qvel[0] if model.nkey else np.zeros(model.nv)
    start: dict[str, Any] = {}
    for body in range(1, model.nbody):
        joints = joints_of(scene, body)
        if joints and is_planar(scene, body):
            name = scene.names["planar", body]
            first, rate = int(model.jnt_qposadr[joints[0]]), int(model.jnt_dofadr[joints[0]])
            start |= _named(name, ("x", "z", "pitch"), q[first : first + 3])
            start |= _named(name, _RATES[0], v[rate : rate + 3])
        else:
            for joint in joints:
                start |= _joint(scene, joint, q, v)
    return start


def _joint(scene: Scene, joint: int, q: np.ndarray, v: np.ndarray) -> dict[str, Any]:
    model, name = scene.model, scene.names["joint", joint]
    first, rate = int(model.jnt_qposadr[joint]), int(model.jnt_dofadr[joint])
    kind = TYPES[model.jnt_type[joint]]
    if kind in ("hinge", "slide"):
        value = angle(q[first]) if kind == "hinge" else tidy(q[first])
        start = {name: value} if value else {}
        return start | ({f"{name}.velocity": tidy(v[rate])} if v[rate] else {})
    start: dict[str, Any] = {}
    if kind == "free":
        place = q[first : first + 3] - [0.0, 0.0, floor_height(scene)]
        start |= _named(name, ("x", "y", "z"), place)
    turn = q[first : first + 4] if kind == "ball" else q[first + 3 : first + 7]
    if not np.allclose(turn, NO_TURN, rtol=0, atol=1e-15):
        start[f"{name}.rotation"] = [float(part) for part in turn]
    names = _RATES[1] if kind == "ball" else _RATES[2]
    return start | _named(name, names, v[rate : rate + len(names)])


def _named(name: str, suffixes: tuple[str, ...], values: np.ndarray) -> dict[str, float]:
    pairs = zip(suffixes, values, strict=True)
    return {f"{name}.{suffix}": tidy(value) for suffix, value in pairs if tidy(value)}
