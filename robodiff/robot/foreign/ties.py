"""Tendons, equalities and the fluid of a `Scene` as those of a robot file."""

from __future__ import annotations

from typing import Any

import numpy as np

from robodiff.robot.foreign.firmness import Firmness, equality_firmness
from robodiff.robot.foreign.links import TYPES, Place, is_planar
from robodiff.robot.foreign.numbers import product, row, tidy
from robodiff.robot.foreign.scene import Scene

WRAP_JOINT = 1
CONNECT, WELD, JOINT, TENDON = 0, 1, 2, 3


def is_fixed_tendon(scene: Scene, tendon: int) -> bool:
    """Whether a tendon's length is a sum of hinge and slide coordinates."""
    model, first = scene.model, int(scene.model.tendon_adr[tendon])
    wraps = slice(first, first + int(model.tendon_num[tendon]))
    if not (model.wrap_type[wraps] == WRAP_JOINT).all():
        return False
    return all(TYPES[model.jnt_type[j]] in ("hinge", "slide") for j in model.wrap_objid[wraps])


def used_tendons(scene: Scene) -> set[int]:
    """Fixed tendons that pull, are pulled, or are held."""
    model = scene.model
    parts = (model.tendon_stiffness, model.tendon_damping, model.tendon_frictionloss,
             model.tendon_limited)  # fmt: skip
    acting = {t for t in range(model.ntendon) if any(part[t] for part in parts)}
    driven = model.actuator_trntype == int(scene.mujoco.mjtTrn.mjTRN_TENDON)
    acting |= set(model.actuator_trnid[driven, 0].tolist())
    for i in active(scene):
        if model.eq_type[i] == TENDON:
            acting |= {int(model.eq_obj1id[i]), int(model.eq_obj2id[i])} - {-1}
    return {tendon for tendon in acting if is_fixed_tendon(scene, tendon)}


def active(scene: Scene) -> list[int]:
    """Equalities that hold from the start."""
    return np.flatnonzero(scene.model.eq_active0).tolist()


def read_tendons(scene: Scene) -> dict[str, dict[str, Any]]:
    """Tendons by name."""
    return {scene.names["tendon", t]: _tendon(scene, t) for t in sorted(used_tendons(scene))}


def _tendon(scene: Scene, t: int) -> dict[str, Any]:
    model = scene.model
    first, count = int(model.tendon_adr[t]), int(model.tendon_num[t])
    joints: dict[str, float] = {}
    for wrap in range(first, first + count):
        name = coordinate(scene, int(model.wrap_objid[wrap]))
        joints[name] = tidy(joints.get(name, 0.0) + model.wrap_prm[wrap])
    tendon: dict[str, Any] = {"joints": joints}
    if model.tendon_limited[t]:
        lower, upper = row(model.tendon_range[t])
        tendon["limits"] = {"lower": lower, "upper": upper}
    low, high = row(model.tendon_lengthspring[t])
    values = {
        "stiffness": model.tendon_stiffness[t],
        "damping": model.tendon_damping[t],
        "friction": model.tendon_frictionloss[t],
    }
    tendon |= {key: tidy(value) for key, value in values.items() if value}
    if model.tendon_stiffness[t] and (low or high):
        tendon["rest"] = low if low == high else [low, high]
    return tendon


def coordinate(scene: Scene, joint: int) -> str:
    """A hinge's or slide's name in the robot file; those of a planar joint are its parts."""
    body = int(scene.model.jnt_bodyid[joint])
    if not is_planar(scene, body):
        return scene.names["joint", joint]
    part = ("x", "z", "pitch")[joint - int(scene.model.body_jntadr[body])]
    return f"{scene.names['planar', body]}.{part}"


def read_couplings(scene: Scene, places: list[Place]) -> dict[str, dict[str, Any]]:
    """Equalities by name, those that `why_not` finds no fault with."""
    rows, found = equality_firmness(scene), {}
    for i in active(scene):
        if not why_not(scene, i):
            name = scene.names["equality", i]
            kind = int(scene.model.eq_type[i])
            if kind in (JOINT, TENDON):
                coupling = _follower(scene, i, name)
            else:
                coupling = _joined(scene, i, places)
            found[name] = coupling | _firmness(scene, i, rows.get(i, []), coupling)
    return found


def why_not(scene: Scene, i: int) -> str:
    """What a robot file cannot say about an equality; empty when nothing."""
    model, kind = scene.model, int(scene.model.eq_type[i])
    if kind not in (CONNECT, WELD, JOINT, TENDON):
        return "a constraint of a soft body"
    ends = [int(end) for end in (model.eq_obj1id[i], model.eq_obj2id[i]) if end >= 0]
    if kind == TENDON and not all(is_fixed_tendon(scene, end) for end in ends):
        return "it holds the length of a tendon that is no sum of hinges and slides"
    if kind in (CONNECT, WELD):
        bodies = [_body(scene, i, end) for end in (0, 1)]
        if len(set(model.body_weldid[bodies])) == 1:
            return "it joins what does not move"
    return ""


def follows_mocap(scene: Scene, i: int) -> bool:
    """Whether an equality holds something to a mocap body, which others move."""
    if scene.model.eq_type[i] not in (CONNECT, WELD):
        return False
    return any(scene.model.body_mocapid[_body(scene, i, end)] >= 0 for end in (0, 1))


def _follower(scene: Scene, i: int, name: str) -> dict[str, Any]:
    """y - y0 = sum_k c_k (x - x0)^k about the reference pose, as a polynomial of x itself."""
    model = scene.model
    first, second = int(model.eq_obj1id[i]), int(model.eq_obj2id[i])
    if model.eq_type[i] == JOINT:
        kind, zero = "joint", model.qpos0[model.jnt_qposadr]
        names = [coordinate(scene, end) if end >= 0 else None for end in (first, second)]
    else:
        kind, zero = "tendon", model.tendon_length0
        names = [scene.names["tendon", end] if end >= 0 else None for end in (first, second)]
    coupling: dict[str, Any] = {"type": kind} if kind == "tendon" else {}
    if names[0] != name:
        coupling[kind] = names[0]
    if second < 0:
        offset = tidy(zero[first] + model.eq_data[i, 0])
        return coupling | ({"offset": offset} if offset else {})
    shifted = np.polynomial.Polynomial(model.eq_data[i, :5])
    polynomial = shifted(np.polynomial.Polynomial([-zero[second], 1.0])) + zero[first]
    values = row(np.concatenate([np.asarray(polynomial.coef), np.zeros(5)])[:5])
    coupling["follows"] = names[1]
    if any(values[2:]):
        return coupling | {"polynomial": values}
    coupling |= {"ratio": values[1]} if values[1] != 1 else {}
    return coupling | ({"offset": values[0]} if values[0] else {})


def _joined(scene: Scene, i: int, places: list[Place]) -> dict[str, Any]:
    """Points in the frames of both links, and of a weld their orientation."""
    model, data = scene.model, scene.model.eq_data[i]
    is_weld = model.eq_type[i] == WELD and data[10] != 0
    bodies = [_body(scene, i, end) for end in (0, 1)]
    if model.eq_objtype[i] == int(scene.mujoco.mjtObj.mjOBJ_SITE):
        sites = int(model.eq_obj1id[i]), int(model.eq_obj2id[i])
        points = [model.site_pos[site] for site in sites]
        back = model.site_quat[sites[1]] * [1, -1, -1, -1]
        turn = product(model.site_quat[sites[0]], back)
    elif model.eq_type[i] == WELD:
        points, turn = [data[3:6], data[0:3]], data[6:10]
    else:
        points, turn = [data[0:3], data[3:6]], data[6:10]
    at, to = (row(p - places[body].anchor) for p, body in zip(points, bodies, strict=True))
    coupling: dict[str, Any] = {
        "type": "weld" if is_weld else "point",
        "links": [places[body].link for body in bodies],
    }
    coupling |= {"at": at} if any(at) else {}
    coupling |= {"to": to} if any(to) else {}
    if is_weld and not np.allclose(turn, [1, 0, 0, 0], rtol=0, atol=1e-15):
        coupling["rotation"] = [float(part) for part in turn]
    return coupling


def _firmness(scene: Scene, i: int, rows: list[Firmness], coupling: dict) -> dict[str, float]:
    """Stiffness and time constant, where MuJoCo's are softer than by default."""
    if not rows or rows[0].is_usual:
        return {}
    result = {"stiffness": _short(rows[0].stiffness)}
    if coupling.get("type") == "weld":
        # MuJoCo's error of a weld is torquescale sin(angle / 2).
        scale = float(scene.model.eq_data[i, 10])
        result["turning_stiffness"] = _short(rows[-1].stiffness * scale**2 / 4)
    return result | {"time_constant": _short(rows[0].time_constant)}


def _short(value: float) -> float:
    return float(f"{value:.12g}")


def _body(scene: Scene, i: int, end: int) -> int:
    """The body of one end of a connect or weld."""
    model = scene.model
    index = int((model.eq_obj1id, model.eq_obj2id)[end][i])
    is_site = model.eq_objtype[i] == int(scene.mujoco.mjtObj.mjOBJ_SITE)
    return int(model.site_bodyid[index]) if is_site else index
