"""Which limits a result presses against: motors at their limits, joints at their stops."""

from __future__ import annotations

from typing import Any

import numpy as np

from robodiff.physics.model import Model
from robodiff.viz.report.motion import finite_states

NEAR_TORQUE = 0.98
"""Part of a limit from which on a motor counts as at it; limits set in smoothly."""
NEAR_STOP = 1e-3
"""Part of a joint's range within which it counts as at its stop."""


def binding(model: Model, arrays: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """Limits that the motion reaches, and for which part of the time (0 to 1)."""
    states = finite_states(arrays)
    return [
        *_motors(model, arrays["torque"][: max(states - 1, 0)]),
        *_stops(model, arrays["q"][:states]),
    ]


def _motors(model: Model, torque: np.ndarray) -> list[dict[str, Any]]:
    topology = model.topology
    lower, upper = (np.asarray(end, float) for end in model.actuators.torque_range())
    rows = []
    for index, name in enumerate(topology.actuator_names):
        low, high, own = lower[index], upper[index], torque[:, index]
        at = (high > 0) & (own >= NEAR_TORQUE * high) | (low < 0) & (own <= NEAR_TORQUE * low)
        limit = float(max(abs(low), abs(high)))
        if np.isfinite(limit) and at.any():
            slides = topology.joint_types[topology.actuator_links[index]] == "slide"
            unit = "N" if slides else "N m"
            row = {"kind": "motor", "name": name, "limit": limit, "unit": unit, "share": at.mean()}
            rows.append(row)
    return rows


def _stops(model: Model, q: np.ndarray) -> list[dict[str, Any]]:
    topology = model.topology
    rows = []
    for number, link in enumerate(topology.limited_joints):
        value = q[:, topology.q_start[link]]
        low, high = float(model.joints.lower[number]), float(model.joints.upper[number])
        margin = NEAR_STOP * (high - low) if np.isfinite(high - low) else NEAR_STOP
        unit = "m" if topology.joint_types[link] == "slide" else "rad"
        for side, limit, at in (
            ("lower", low, value <= low + margin),
            ("upper", high, value >= high - margin),
        ):
            if np.isfinite(limit) and at.any():
                name = topology.joint_names[link]
                rows.append({"kind": "joint", "name": name, "side": side, "limit": limit,
                             "unit": unit, "share": at.mean()})  # fmt: skip
    return rows
