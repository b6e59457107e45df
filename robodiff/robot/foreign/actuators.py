"""Actuators of a `Scene` as those of a robot file: motors, position and velocity servos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from robodiff.robot.foreign.links import JOINT_TRANSMISSION, TYPES
from robodiff.robot.foreign.numbers import tidy
from robodiff.robot.foreign.scene import Scene
from robodiff.robot.foreign.ties import is_fixed_tendon
from robodiff.robot.foreign.urdf import velocity_limits

FIXED_GAIN, NO_BIAS, AFFINE_BIAS = 0, 0, 1


def read_actuators(scene: Scene, actuate: str = "file") -> dict[str, dict[str, Any]]:
    """Actuators by name, those that `why_not` finds no fault with.

    `actuate` "all" adds a motor at every hinge and slide that has none, as strong as the joint's
    effort limit.
    """
    model = scene.model
    actuators = {
        scene.names["actuator", i]: _actuator(scene, i)
        for i in range(model.nactuator)
        if not why_not(scene, i)
    }
    if actuate == "all":
        speeds = velocity_limits(scene.root) if scene.is_urdf else {}
        driven = set(driven_joints(scene).tolist())
        for joint in range(model.njnt):
            if TYPES[model.jnt_type[joint]] in ("hinge", "slide") and joint not in driven:
                actuators[scene.names["joint", joint]] = _limits(scene, joint, speeds)
    return actuators


def why_not(scene: Scene, i: int) -> str:
    """What a robot file cannot say about an actuator; empty when nothing."""
    model = scene.model
    joint = -1
    if model.actuator_trntype[i] == int(scene.mujoco.mjtTrn.mjTRN_TENDON):
        if not is_fixed_tendon(scene, int(model.actuator_trnid[i, 0])):
            return "it pulls a tendon that is no sum of hinges and slides"
    elif model.actuator_trntype[i] != JOINT_TRANSMISSION:
        return "it drives neither a joint nor a fixed tendon"
    else:
        joint = int(model.actuator_trnid[i, 0])
        if TYPES[model.jnt_type[joint]] not in ("hinge", "slide"):
            return "it drives a ball or free joint"
    if model.actuator_dyntype[i] != 0 or _any(model, i, "delay", "damping", "armature"):
        return "it has dynamics of its own"
    gear = model.actuator_gear[i]
    if gear[0] == 0:
        return "its gear is 0"
    kind = _kind(scene, i)
    if not kind:
        return "its force is not that of a motor, a position servo or a velocity servo"
    shared = np.count_nonzero(driven_joints(scene) == joint) > 1
    if joint >= 0 and model.jnt_actfrclimited[joint] and shared:
        return "its joint limits the sum of several motors"
    low, high = _force_range(scene, i)
    return "" if low < high else "its limits leave it no force"


def driven_joints(scene: Scene) -> np.ndarray:
    """The joint of each actuator; -1 for one that drives something else."""
    model = scene.model
    by_joint = model.actuator_trntype == JOINT_TRANSMISSION
    return np.where(by_joint, model.actuator_trnid[:, 0], -1)


def unlimited_commands(scene: Scene) -> list[int]:
    """Servos whose command has a range in the file; a robot file has none."""
    model = scene.model
    return [
        i
        for i in range(model.nactuator)
        if model.actuator_ctrllimited[i] and not why_not(scene, i) and _kind(scene, i) != "motor"
    ]


def commands_elsewhere(scene: Scene) -> Iterator[tuple[int, float, float]]:
    """Servos whose command is another number here: scale c + offset for each c of the file."""
    for i in range(scene.model.nactuator):
        if not why_not(scene, i) and _kind(scene, i) != "motor":
            scale, offset = _command(scene, i)
            if (scale, offset) != (1.0, 0.0):
                yield i, scale, offset


def _kind(scene: Scene, i: int) -> str:
    """motor: force = gain ctrl; position: kp (c - x) - kd v; velocity: kd (c - v), where c is the
    command here, `_command` of the one in the file."""
    model = scene.model
    gain, bias = model.actuator_gainprm[i], model.actuator_biasprm[i]
    if model.actuator_gaintype[i] != FIXED_GAIN or gain[0] == 0 or gain[1:].any():
        return ""
    if model.actuator_biastype[i] == NO_BIAS:
        return "motor"
    if model.actuator_biastype[i] != AFFINE_BIAS or bias[3:].any() or max(bias[1:3]) > 0:
        return ""
    if bias[1] < 0:
        return "position"
    if bias[2] < 0:
        return "velocity"
    return "" if bias[0] else "motor"


def _command(scene: Scene, i: int) -> tuple[float, float]:
    """What multiplies a servo's command, and what is added to it."""
    gain, bias = scene.model.actuator_gainprm[i], scene.model.actuator_biasprm[i]
    strength = -(bias[1] or bias[2])
    return float(gain[0] / strength), float(bias[0] / strength)


def _actuator(scene: Scene, i: int) -> dict[str, Any]:
    model, kind = scene.model, _kind(scene, i)
    target, gear = int(model.actuator_trnid[i, 0]), float(model.actuator_gear[i, 0])
    joint = int(driven_joints(scene)[i])
    gain, bias = model.actuator_gainprm[i], model.actuator_biasprm[i]
    what = "joint" if joint >= 0 else "tendon"
    result: dict[str, Any] = {what: scene.names[what, target], "type": kind}
    if kind == "motor":
        # Commands keep their unit: the gain counts as gear, and limits stand before both.
        gear *= gain[0]
    else:
        gains = {"kp": -bias[1], "kd": -bias[2]}
        result |= {key: tidy(value) for key, value in gains.items() if value}
    if gear != 1:
        result["gear"] = tidy(gear)
    low, high = _force_range(scene, i)
    if np.isfinite(low):
        same = abs(low + high) <= 1e-9 * high
        result["torque_limit"] = tidy(high) if same else [tidy(low), tidy(high)]
    return result


def _force_range(scene: Scene, i: int) -> tuple[float, float]:
    """Between what an actuator's force stays before its gear (and, of a motor, its gain)."""
    model, joint = scene.model, int(driven_joints(scene)[i])
    motor = _kind(scene, i) == "motor"
    gain = float(model.actuator_gainprm[i, 0]) if motor else 1.0
    ranges = [np.array([-np.inf, np.inf])]
    if model.actuator_forcelimited[i]:
        ranges.append(model.actuator_forcerange[i] / gain)
    if motor and model.actuator_ctrllimited[i]:
        ranges.append(model.actuator_ctrlrange[i])
    if joint >= 0 and model.jnt_actfrclimited[joint]:
        ranges.append(model.jnt_actfrcrange[joint] / (gain * model.actuator_gear[i, 0]))
    return max(float(min(one)) for one in ranges), min(float(max(one)) for one in ranges)


def _limits(scene: Scene, joint: int, speeds: dict[str, float]) -> dict[str, float]:
    """Limits of a motor that the joint itself names."""
    effort, speed = _effort(scene, joint), speeds.get(scene.model.joint(joint).name, 0.0)
    limits = {"torque_limit": effort, "speed_limit": speed}
    return {key: value for key, value in limits.items() if value}


def _effort(scene: Scene, joint: int) -> float:
    """What actuators may exert on a joint, the same in both directions; 0 when not limited so."""
    low, high = scene.model.jnt_actfrcrange[joint]
    return tidy(high) if scene.model.jnt_actfrclimited[joint] and low == -high else 0.0


def _any(model: Any, i: int, *fields: str) -> bool:
    """Whether any of an actuator's fields, where this MuJoCo has them, is not 0."""
    return any(np.any(getattr(model, f"actuator_{name}", np.zeros(i + 1))[i]) for name in fields)
