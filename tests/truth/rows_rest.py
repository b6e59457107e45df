"""What comes to rest, comes to rest: at every step size, as deep as its weight presses it."""

from __future__ import annotations

import functools

import numpy as np

from robodiff.physics.model import Model
from tests.truth.row import Figure, Row
from tests.truth.simulate import G, robot, simulate, starts

STEP_SIZES = (0.001, 0.002, 0.005, 0.01, 0.02)
STEPS = 3000
SOLIDS = """
name: solids
links:
  box: {joint: {type: free}, shapes: [{box: {size: [0.2, 0.4, 0.6]}, mass: 2 kg}]}
  capsule: {joint: {type: free}, shapes: [
    {capsule: {from: [-0.2, 0, 0], to: [0.2, 0, 0], radius: 0.05}, mass: 1 kg}]}
  sphere: {joint: {type: free}, shapes: [{sphere: {radius: 0.1}, mass: 1 kg}]}
  cylinder: {joint: {type: free}, shapes: [{cylinder: {radius: 0.1, length: 0.3}, mass: 2 kg}]}
start:
  {box.z: 0.6, box.rotation: [0.4, 0.2, 0], box.vx: 1, box.vy: -0.5, box.wx: 3, box.wz: 2,
   capsule.x: 2, capsule.z: 0.06, sphere.x: 3, sphere.z: 0.11, cylinder.x: 4, cylinder.z: 0.16}
"""
STACK = """
name: stack
links:
  base: {joint: {type: free}, shapes: [{box: {size: [0.2, 0.2, 0.1]}, mass: 1 kg}]}
  load:
    parent: base
    position: [0, 0, 0.2]
    joint: {type: slide, axis: [0, 0, 1], limits: {lower: 0, upper: 0.5}}
    shapes: [{box: {size: [0.2, 0.2, 0.2]}, mass: 100 kg, collide: false}]
start: {base.z: 0.051, load: 0.001}
"""


def penetration(model: Model, force: float) -> float:
    """Depth at which one point carries `force`: the inverse of the contact law."""
    k, b = float(model.contact.stiffness[0]), float(model.contact.smoothing[0])
    return force / k if force > k * b else 2 * np.sqrt(b * force / k) - b


@functools.cache
def ends(text: str) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Step size -> q and the speeds over time."""
    model, result = robot(text), {}
    for dt in STEP_SIZES:
        path = simulate(model, starts(model, 1), dt=dt, steps=STEPS)
        speed = abs(np.asarray(path.v[..., 0])).max(axis=1)
        result[dt] = np.asarray(path.q[-1, :, 0]), speed
    return result


def solids(full: bool) -> list[Figure]:
    """Four bodies in one world: last speeds and the relative error of each penetration."""
    model, runs = robot(SOLIDS), ends(SOLIDS)
    mass, q = np.asarray(model.links.mass)[:, 0], np.array([q for q, _ in runs.values()])
    half = [np.array([0.1, 0.2, 0.3]), 0.05, 0.1, 0.15]
    errors = []
    for body, points in enumerate((4, 2, 1, 4)):
        depth = penetration(model, mass[body] * G / points)
        errors.append(max(abs((half[body] - z) / depth - 1).min() for z in q[:, 7 * body + 2]))
    speed = max(speed[-1] for _, speed in runs.values())
    names = ("a box that tumbled", "a lying capsule", "a sphere", "a standing cylinder")
    return [Figure("largest speed", speed, 1e-8, "m/s, rad/s")] + [
        Figure(f"penetration of {name}", error, 1e-6)
        for name, error in zip(names, errors, strict=True)
    ]


def stack(full: bool) -> list[Figure]:
    """A load on a base a hundred times lighter."""
    model, runs = robot(STACK), ends(STACK)
    stop = float(model.joints.limit_stiffness[0, 0])
    q = np.array([q for q, _ in runs.values()])
    ground = abs((0.05 - q[:, 2]) / penetration(model, 101 * G / 4) - 1)
    return [
        Figure("largest speed", max(s[-1] for _, s in runs.values()), 1e-8, "m/s, rad/s"),
        Figure("penetration of the base", ground.max(), 1e-6),
        Figure("deflection of the stop", abs(-q[:, 7] / (100 * G / stop) - 1).max(), 1e-6),
    ]


ROWS = (
    Row("rest: box, capsule, sphere, cylinder", "h = 1, 2, 5, 10 and 20 ms, 3000 steps", solids),
    Row("rest: 100 kg on 1 kg", "a load on a joint's stop above a base, as before", stack,
        slow=True),
)  # fmt: skip
