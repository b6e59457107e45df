"""What acts in the joints, with one row a velocity coordinate; tendons have theirs after them.

Actuators and limits are listed in the order of the file. Spread over the coordinates once a
rollout, their laws become elementwise: a few kernels for each guess of the velocity, instead of a
product with a 0/1 matrix for each number that they need. Coordinates without a motor have gear 0,
those without limits a stop of stiffness 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.contact import ContactLaw, contact_law
from robodiff.physics.layout import aligned, components, stack
from robodiff.physics.model import Model
from robodiff.physics.sums import tree_sum
from robodiff.physics.topology import Topology

UNLIMITED = 1e9
"""Stands for an infinite torque limit [N m], and for no limit of a joint; finite, so that no inf -
inf and no 0 inf appears."""


class Drives(eqx.Module):
    """Actuators: one each row, and then, where several drive a row, the second ones, and so on."""

    gear: Float[Array, "drives *B"]
    """Ratio of motor speed to joint speed [-]."""
    gain: Float[Array, "drives *B"]
    """d force / d command (unit of the actuator's kind)."""
    stiffness: Float[Array, "drives *B"]
    """Position gain [N m/rad]."""
    damping: Float[Array, "drives *B"]
    """Velocity gain [N m s/rad]."""
    force_limit: Float[Array, "drives *B"]
    """Largest motor-side force or torque [N m]."""
    slowness: Float[Array, "drives *B"]
    """1 / motor speed at which the available torque reaches zero [s/rad]."""
    force_lower: Float[Array, "drives *B"] | None = None
    """Least motor-side force or torque [N m]; None for -`force_limit`."""


class Stops(eqx.Module):
    """Joint limits."""

    lower: Float[Array, "rows *B"]
    """[rad or m]."""
    upper: Float[Array, "rows *B"]
    """[rad or m]."""
    law: ContactLaw
    """The contact law, with the limits' own stiffness."""


class JointRows(eqx.Module):
    """Everything that acts in the joints but springs and friction, which have such rows anyway."""

    drives: Drives | None
    """None without actuators."""
    stops: Stops | None
    """None without limits."""
    tendons: Any
    """d length / d coordinate of each tendon [tendons nv B]; None without tendons."""


@dataclass(frozen=True, eq=False)
class Places:
    """Constant 0/1 matrices of a topology."""

    angle: np.ndarray
    """[nv, nq] picks the joint displacement of each hinge, slide and planar coordinate."""
    layers: int
    """Most actuators that drive one row."""
    actuator: np.ndarray
    """[drives, nu] puts actuators at their rows, layer after layer."""
    limit: np.ndarray
    """[rows, limited + tendons] puts limits at their rows."""
    lever: np.ndarray
    """[tendons nv, terms] puts the levers of tendons at the coordinates that they run over."""


@lru_cache(maxsize=64)
def places_of(topology: Topology) -> Places:
    """The matrices of a topology (cached)."""
    nv = topology.nv
    angle = np.zeros((nv, topology.nq))
    for kind, q, v in zip(topology.joint_types, topology.q_start, topology.v_start, strict=False):
        for k in range({"hinge": 1, "slide": 1, "planar": 3}.get(kind, 0)):
            angle[v + k, q + k] = 1.0
    driven, count = topology.actuator_rows, topology.nrows
    layer = [driven[:i].count(row) for i, row in enumerate(driven)]
    layers = max(layer, default=-1) + 1
    rows = [count * layer[i] + row for i, row in enumerate(driven)]
    actuator = np.eye(layers * count)[np.array(rows, dtype=int)].T
    limit = np.eye(count)[np.array([*topology.limited_dofs, *range(nv, count)], dtype=int)].T
    terms = [nv * t + dof for t, dofs in enumerate(topology.tendon_dofs) for dof in dofs]
    lever = np.eye(nv * len(topology.tendon_names))[np.array(terms, dtype=int)].T
    return Places(angle, layers, actuator, limit, lever)


def joint_rows(model: Model) -> JointRows:
    """Actuators and limits of a batched model, spread over the coordinates."""
    topology = model.topology
    drives = _drives(model) if topology.nu else None
    stopped = topology.limited_joints or model.tendons is not None
    return JointRows(drives, _stops(model) if stopped else None, tendon_rows(model))


def row_angles(model: Model, tendons: Array | None, q: Float[Array, "nq *B"]) -> Array:
    """Displacement of each hinge, slide and planar coordinate, then each tendon's length:
    [rows B]."""
    angle = tree_sum(places_of(model.topology).angle, q)
    if tendons is None:
        return angle
    return jnp.concatenate([angle, jnp.sum(tendons * angle[None], axis=1)])


def spread_command(topology: Topology, command: Float[Array, "nu *B"]) -> Array:
    """Commands at the rows that they move: [drives *B]."""
    return tree_sum(places_of(topology).actuator, command)


def collect_torque(topology: Topology, torque: Float[Array, "drives *B"]) -> Array:
    """What each actuator exerts, in the order of the file: [nu *B]."""
    return tree_sum(places_of(topology).actuator.T, torque)


def at_drives(topology: Topology, x: Float[Array, "rows *B"]) -> Float[Array, "drives *B"]:
    """What each drive finds at its row."""
    layers = places_of(topology).layers
    return x if layers == 1 else jnp.concatenate([x] * layers)


def at_rows(topology: Topology, x: Float[Array, "drives *B"]) -> Float[Array, "rows *B"]:
    """The sum over all drives of each row."""
    layers = places_of(topology).layers
    return x if layers == 1 else jnp.sum(x.reshape(layers, -1, *x.shape[1:]), axis=0)


def driven_speeds(model: Model, v: Float[Array, "T nv *B"]) -> Float[Array, "T nu *B"]:
    """Speed of the joint or tendon that each actuator drives [rad/s or m/s]."""
    topology, tendons = model.topology, tendon_rows(model)
    rows = np.array(topology.actuator_rows, dtype=int)
    if tendons is None or rows.max(initial=0) < topology.nv:
        return v[:, rows]
    lengthening = jnp.sum(tendons[None] * v[:, None], axis=2)
    return jnp.concatenate([v, lengthening], axis=1)[:, rows]


def _drives(model: Model) -> Drives:
    a, places = model.actuators, places_of(model.topology)
    kinds = aligned(np.array(model.topology.actuator_kinds), a.gear)
    gain = jnp.where(kinds == "motor", 1.0, jnp.where(kinds == "position", a.stiffness, a.damping))
    limit = jnp.minimum(a.force_limit, UNLIMITED)
    columns = [a.gear, gain, a.stiffness, a.damping, limit, 1.0 / a.no_load_speed]
    empty = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    if a.force_lower is not None:
        columns.append(jnp.maximum(a.force_lower, -UNLIMITED))
        empty.append(-1.0)
    spread = _spread(places.actuator, columns, tuple(empty))
    return Drives(*spread)


def tendon_levers(model: Model) -> Float[Array, "tendons nv"]:
    """How the tendons of a model without batch change with the coordinates."""
    levers = tendon_rows(model)
    return jnp.zeros((0, model.nv)) if levers is None else levers


def tendon_rows(model: Model) -> Float[Array, "tendons nv *B"] | None:
    """How each tendon's length changes with the coordinates."""
    if model.tendons is None:
        return None
    terms = model.tendons.lever
    lever = tree_sum(places_of(model.topology).lever, terms)
    return lever.reshape(len(model.topology.tendon_names), model.nv, *terms.shape[1:])


def _stops(model: Model) -> Stops:
    j, t, places = model.joints, model.tendons, places_of(model.topology)
    bounds = [j.lower, j.upper, j.limit_stiffness]
    if t is not None:
        own = (t.lower, t.upper, t.limit_stiffness)
        bounds = [jnp.concatenate(pair) for pair in zip(bounds, own, strict=True)]
    lower, upper = (jnp.clip(bound, -UNLIMITED, UNLIMITED) for bound in bounds[:2])
    lower, upper, stiffness = _spread(
        places.limit, [lower, upper, bounds[2]], (-UNLIMITED, UNLIMITED, 0.0)
    )
    law = contact_law(model.contact, model.topology.nrows)
    return Stops(lower, upper, eqx.tree_at(lambda x: x.stiffness, law, stiffness))


def _spread(place: np.ndarray, columns: list[Array], empty: tuple[float, ...]) -> list[Array]:
    """Rows put at their places by a 0/1 matrix; rows that nothing falls on get what is `empty`."""
    spread = components(tree_sum(place, stack(columns)))
    free = aligned(1.0 - place.sum(axis=1), spread[0])
    return [part + free * value for part, value in zip(spread, empty, strict=True)]
