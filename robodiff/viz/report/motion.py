"""What a robot did, thinned out for the page: every n-th state, exactly as it was simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from robodiff.physics.dynamics import Energy, energy
from robodiff.physics.kinematics import link_poses
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model, State
from robodiff.physics.pairs import pair_places
from robodiff.physics.shapes import point_layout, surface_of
from robodiff.physics.terrain import ground_points
from robodiff.physics.topology import Topology
from robodiff.viz.report.contacts import (
    ground_contact,
    mean_forces,
    pair_contact,
    pressed_pairs,
)
from robodiff.viz.report.pack import pack

FRAMES_PER_SECOND = 60
FLOATS = 180_000
"""Most numbers that one motion may take, about 1 MB of text; long motions get fewer frames."""

_PLACES = {
    "planar": ((0, ".x"), (1, ".z"), (2, ".pitch")),
    "free": ((0, ".x"), (1, ".y"), (2, ".z")),
}
_ANGLES = {"hinge": ("",), "planar": (".pitch",)}


@dataclass(frozen=True)
class Coordinate:
    """An entry of q that is worth a plot."""

    index: int
    """Row in q."""
    name: str
    """As the robot file calls it."""
    unit: str
    """rad or m."""
    base: bool
    """Whether it belongs to the robot's base, not to a joint with an axis."""


def motion(
    label: str, model: Model, arrays: dict[str, np.ndarray], floats: int | None = None
) -> dict[str, Any]:
    """One trajectory of a run folder; `model` is the robot (no batch axis) that made it.

    `floats` is the most numbers that it may take, `FLOATS` when left out.
    """
    topology, between = model.topology, arrays.get("pair_force")
    pairs = pressed_pairs(topology, between)
    frames = choose_frames(arrays, _width(topology) + 6 * len(pairs), floats)
    steps = np.minimum(frames, max(len(arrays["torque"]) - 1, 0))
    q, v = arrays["q"][frames], arrays["v"][frames]
    places, energy = jax.device_get(_measure(add_batch(model), q.T, v.T))
    force = mean_forces(arrays["contact_force"], frames)
    shown = coordinates(topology)
    lower, upper = _joint_limits(model, shown)
    return {
        "label": label,
        "time": pack(arrays["time"][frames]),
        "link_position": pack(arrays["link_position"][frames]),
        "link_quaternion": pack(arrays["link_quaternion"][frames]),
        "com": pack(arrays["com"][frames]),
        "coordinates": pack(q[:, [c.index for c in shown]]),
        "coordinate_limits": [lower, upper],
        "torque": pack(arrays["torque"][steps]),
        "torque_limits": np.stack(model.actuators.torque_range(), axis=-1),
        "energy": pack(np.stack([energy.kinetic, energy.potential], axis=1)),
        **ground_contact(topology, np.moveaxis(places, -1, 0), force),
        **_pairs(model, q, pairs, between, frames),
        "weight": float(np.sum(model.links.mass) * np.linalg.norm(model.gravity)),
        "cut": len(arrays["time"]) > finite_states(arrays),
    }


def mechanical_energy(model: Model, q: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Kinetic and potential energy [frames, 2] of states [frames, nq] and [frames, nv] [J]."""
    _, energy = jax.device_get(_measure(add_batch(model), q.T, v.T))
    return np.stack([energy.kinetic, energy.potential], axis=1)


def camera(motions: list[dict[str, np.ndarray]]) -> str:
    """`side` for motion in x-z, `top` for motion in x-y without contact, else `oblique`."""
    turns = [m["link_quaternion"][: finite_states(m)].reshape(-1, 4) for m in motions]
    _, x, y, z = np.concatenate(turns).T
    if np.all(x * x + z * z < 5e-4):
        return "side"
    touching = any(np.any(m["contact_force"] != 0.0) for m in motions)
    return "top" if np.all(x * x + y * y < 5e-4) and not touching else "oblique"


def choose_frames(
    arrays: dict[str, np.ndarray], width: int, floats: int | None = None
) -> np.ndarray:
    """Indices of the states to keep: evenly spread, at most 60 a second, the last one too."""
    count = finite_states(arrays)
    time = arrays["time"]
    step = float(time[1] - time[0]) if len(time) > 1 else 1.0
    stride = max(1, int(np.ceil(1.0 / (FRAMES_PER_SECOND * step) - 1e-6)))
    stride = max(stride, int(np.ceil(count * width / (floats or FLOATS))))
    frames = np.arange(0, count, stride)
    return frames if frames[-1] == count - 1 else np.append(frames, count - 1)


def finite_states(arrays: dict[str, np.ndarray]) -> int:
    """How many states, from the start, are finite and within a world of sensible size."""
    with np.errstate(invalid="ignore"):
        fine = np.all(np.abs(arrays["q"]) < 1e4, axis=1)
        fine &= np.all(np.isfinite(arrays["link_quaternion"]), axis=(1, 2))
    return len(fine) if fine.all() else max(1, int(np.argmin(fine)))


def coordinates(topology: Topology) -> list[Coordinate]:
    """Hinges and slides, and where the base is."""
    shown = []
    rows = zip(topology.joint_names, topology.joint_types, topology.q_start, strict=False)
    for joint, kind, start in rows:
        for offset, end in _PLACES.get(kind, ((0, ""),) if kind in ("hinge", "slide") else ()):
            unit = "rad" if end in _ANGLES.get(kind, ()) else "m"
            shown.append(Coordinate(start + offset, joint + end, unit, kind in _PLACES))
    return shown


def _width(topology: Topology) -> int:
    """Numbers that one frame takes."""
    touching = len(set(point_layout(topology).links))
    return 8 * topology.nlinks + 7 * touching + topology.nu + len(coordinates(topology)) + 6


def _joint_limits(model: Model, shown: list[Coordinate]) -> tuple[list, list]:
    """Limits of the coordinates shown; None for those that have none."""
    topology = model.topology
    rows = {topology.q_start[link]: i for i, link in enumerate(topology.limited_joints)}
    numbers = [rows.get(c.index) for c in shown]
    lower, upper = np.asarray(model.joints.lower), np.asarray(model.joints.upper)
    return (
        [None if i is None else float(lower[i]) for i in numbers],
        [None if i is None else float(upper[i]) for i in numbers],
    )


def _pairs(
    model: Model, q: np.ndarray, pairs: list, force: np.ndarray | None, frames: np.ndarray
) -> dict[str, Any]:
    """Contact between these links at states [frames, nq], from forces [T, points, 3]."""
    if force is None or not pairs:
        return {}
    places = np.moveaxis(np.asarray(_pair_places(add_batch(model), q.T)), -1, 0)
    return pair_contact(model.topology, pairs, places, mean_forces(force, frames))


@jax.jit
def _pair_places(model: Model, q: Array) -> Array:
    """World position of every contact point between bodies [points, 3, frames]."""
    return pair_places(model, link_poses(model, q))


@jax.jit
def _measure(model: Model, q: Array, v: Array) -> tuple[Array, Energy]:
    """World position of every contact point [points, 3, frames], and energies [frames] [J]."""
    energies = energy(model, State(q, v))
    if not point_layout(model.topology).links:
        return jnp.zeros((0, 3, q.shape[-1])), energies
    at = ground_points(model, surface_of(model), link_poses(model, q), jnp.zeros((1, 3, 1)))
    return at.arm, energies
