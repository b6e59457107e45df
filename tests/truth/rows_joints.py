"""Springs, servos and limit stops: static deflection on paper, stable where explicit steps fail."""

from __future__ import annotations

import functools

import jax.numpy as jnp
import numpy as np
from scipy.optimize import brentq

from tests.truth.row import Figure, Row
from tests.truth.simulate import G, robot, simulate, starts

SLIDE = "type: slide, axis: [0, 0, 1]"
HINGE = "type: hinge, axis: [0, 1, 0]"
BAR = "shapes: [{capsule: {from: [0, 0, 0], to: [1, 0, 0], radius: 0.02}, mass: 2 kg}]"
LOADS = f"""
name: loads
ground: false
links:
  spring: {{joint: {{{SLIDE}, stiffness: 1000, damping: 30}}, {BAR}}}
  bent: {{joint: {{{HINGE}, stiffness: 200, damping: 20}}, {BAR}}}
  stop: {{joint: {{{SLIDE}, limits: {{lower: -0.1, upper: 1}}}}, {BAR}}}
  hinge_stop: {{joint: {{{HINGE}, limits: {{lower: -1, upper: 0.1}}}}, {BAR}}}
  servo: {{joint: {{{SLIDE}}}, {BAR}}}
  hinge_servo: {{joint: {{{HINGE}}}, {BAR}}}
actuators:
  servo: {{type: position, kp: 2000, kd: 60}}
  hinge_servo: {{type: position, kp: 500, kd: 20}}
"""
STIFF = f"""
name: stiff
ground: false
gravity: [0, 0, 0]
links:
  spring: {{joint: {{{SLIDE}, stiffness: 1e9}}, {BAR}}}
  damped: {{joint: {{{SLIDE}, stiffness: 1e9, damping: 1e5}}, {BAR}}}
  servo: {{joint: {{{SLIDE}}}, {BAR}}}
  damper: {{joint: {{{SLIDE}, damping: 1e9}}, {BAR}}}
  arm: {{joint: {{{HINGE}}}, {BAR}}}
  wrist: {{parent: arm, position: [1, 0, 0], joint: {{{HINGE}}}, {BAR}}}
actuators:
  servo: {{type: position, kp: 1e9, kd: 1e5}}
  arm: {{type: position, kp: 1e7, kd: 1e4}}
  wrist: {{type: position, kp: 1e7, kd: 1e4}}
"""
STEP_SIZES = (0.001, 0.002, 0.005, 0.01, 0.02)


def static(full: bool) -> list[Figure]:
    """Where 2 kg come to rest, for every step size."""
    model, command = robot(LOADS), jnp.tile(jnp.array([0.2, 0.3])[:, None], (2000, 1, 1))
    firm = np.asarray(model.joints.limit_stiffness)[:, 0]
    weight, moment = 2 * G, 2 * G * 0.5
    expected = np.array([
        -weight / 1000,
        _bent(lambda angle: 200 * angle, moment),
        -0.1 - weight / firm[0],
        _bent(lambda angle: firm[1] * (angle - 0.1), moment),
        0.2 - weight / 2000,
        _bent(lambda angle: 500 * (angle - 0.3), moment),
    ])  # fmt: skip
    names = ("spring", "hinge spring", "stop", "hinge stop", "servo", "hinge servo")
    worst = np.zeros(len(names))
    for dt in STEP_SIZES:
        path = simulate(model, starts(model, 1), command, dt=dt, steps=2000)
        worst = np.maximum(worst, abs(np.asarray(path.q[-1, :, 0]) - expected))
    return [Figure(name, error, 1e-6, "m, rad") for name, error in zip(names, worst, strict=True)]


def _bent(spring, moment: float) -> float:
    """Angle (positive down) at which a hinge's spring carries a horizontal bar."""
    return brentq(lambda angle: spring(angle) - moment * np.cos(angle), -1, 1, xtol=1e-15)


@functools.cache
def stiff_runs() -> dict[float, np.ndarray]:
    """Step size -> q over 1000 steps, from 0.1 away with gains of 1e9."""
    model = robot(STIFF)
    start = starts(model, 1, q=dict.fromkeys((0, 1, 2, 4, 5), 0.1), v={3: 1.0})
    command = jnp.zeros((1000, 3, 1))
    return {
        dt: np.asarray(simulate(model, start, command, dt=dt, steps=1000).q[..., 0])
        for dt in STEP_SIZES
    }


def stability(full: bool) -> list[Figure]:
    """Nothing grows; what has damping arrives."""
    farthest = max(abs(q[:, [0, 1, 2, 4, 5]]).max() for q in stiff_runs().values())
    last = max(abs(q[-1, [1, 2, 4, 5]]).max() for q in stiff_runs().values())
    return [
        Figure("farthest excursion / start", farthest / 0.1, 1 + 1e-9),
        Figure("damped ones after 1000 steps / start", last / 0.1, 1e-3),
    ]


ROWS = (
    Row("static deflection", "2 kg on springs, stops and servos, h = 1 to 20 ms", static),
    Row(
        "implicit stability",
        "springs, dampers and servos with K h^2 / m up to 2e5 (an explicit step fails from 4 on), "
        "h = 1 to 20 ms, 1000 steps",
        stability,
    ),
)
