"""What acts in the joints, with one row a velocity coordinate.

Actuators and limits are listed in the order of the file. Spread over the coordinates once a
rollout, their laws become elementwise: a few kernels for each guess of the velocity, instead of a
product with a 0/1 matrix for each number that they need. Coordinates without a motor have gear 0,
those without limits a stop of stiffness 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.contact import ContactLaw, contact_law
from robodiff.physics.layout import components, rows, stack, tree_sum
from robodiff.physics.model import Model, Topology

UNLIMITED = 1e9
"""Stands for an infinite torque limit [N m], and for no limit of a joint; finite, so that no inf -
inf and no 0 inf appears."""


class Drives(eqx.Module):
    """Actuators. Several that drive one coordinate stand in several slots."""

    gear: Float[Array, "slots nv B"]
    """Ratio of motor speed to joint speed [-]."""
    gain: Float[Array, "slots nv B"]
    """d force / d command (unit of the actuator's kind)."""
    stiffness: Float[Array, "slots nv B"]
    """Position gain [N m/rad]."""
    damping: Float[Array, "slots nv B"]
    """Velocity gain [N m s/rad]."""
    force_limit: Float[Array, "slots nv B"]
    """Largest motor-side force or torque [N m]."""
    slowness: Float[Array, "slots nv B"]
    """1 / motor speed at which the available torque reaches zero [s/rad]."""


class Stops(eqx.Module):
    """Joint limits."""

    lower: Float[Array, "nv B"]
    """[rad or m]."""
    upper: Float[Array, "nv B"]
    """[rad or m]."""
    law: ContactLaw
    """The contact law, with the limits' own stiffness."""


class JointRows(eqx.Module):
    """Everything that acts in the joints but springs and friction, which have such rows anyway."""

    drives: Drives | None
    """None without actuators."""
    stops: Stops | None
    """None without limits."""


@dataclass(frozen=True, eq=False)
class Places:
    """Constant 0/1 matrices of a topology."""

    angle: np.ndarray
    """[nv, nq] picks the joint displacement of each hinge, slide and planar coordinate."""
    slots: int
    """Most actuators that drive one coordinate."""
    actuator: np.ndarray
    """[slots nv, nu] puts actuators at their coordinates."""
    limit: np.ndarray
    """[nv, limited] puts limits at their coordinates."""


@lru_cache(maxsize=64)
def places_of(topology: Topology) -> Places:
    """The matrices of a topology (cached)."""
    nv = topology.nv
    angle = np.zeros((nv, topology.nq))
    for kind, q, v in zip(topology.joint_types, topology.q_start, topology.v_start, strict=False):
        for k in range({"hinge": 1, "slide": 1, "planar": 3}.get(kind, 0)):
            angle[v + k, q + k] = 1.0
    dofs = topology.actuator_dofs
    slot = [dofs[:i].count(dof) for i, dof in enumerate(dofs)]
    slots = max(slot, default=-1) + 1
    rows = [nv * slot[i] + dof for i, dof in enumerate(dofs)]
    actuator = np.eye(slots * nv)[np.array(rows, dtype=int)].T
    limit = np.eye(nv)[np.array(topology.limited_dofs, dtype=int)].T
    return Places(angle, slots, actuator, limit)


def joint_rows(model: Model) -> JointRows:
    """Actuators and limits of a batched model, spread over the coordinates."""
    topology = model.topology
    drives = _drives(model) if topology.nu else None
    return JointRows(drives, _stops(model) if topology.limited_joints else None)


def spread_command(topology: Topology, command: Float[Array, "nu B"]) -> Array:
    """Commands at the coordinates that they move: [slots nv B]."""
    places = places_of(topology)
    return tree_sum(places.actuator, rows(command)).reshape(places.slots, topology.nv, -1)


def collect_torque(topology: Topology, torque: Float[Array, "slots nv B"]) -> Array:
    """What each actuator exerts, in the order of the file: [nu B]."""
    flat = torque.reshape(-1, 1, torque.shape[-1])
    return tree_sum(places_of(topology).actuator.T, flat)[:, 0]


def _drives(model: Model) -> Drives:
    a, places = model.actuators, places_of(model.topology)
    kinds = np.array(model.topology.actuator_kinds)[:, None]
    gain = jnp.where(kinds == "motor", 1.0, jnp.where(kinds == "position", a.stiffness, a.damping))
    limit = jnp.minimum(a.force_limit, UNLIMITED)
    columns = [a.gear, gain, a.stiffness, a.damping, limit, 1.0 / a.no_load_speed]
    spread = _spread(places.actuator, columns, (0.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    return Drives(*(part.reshape(places.slots, model.nv, -1) for part in spread))


def _stops(model: Model) -> Stops:
    j, places = model.joints, places_of(model.topology)
    lower, upper = (jnp.clip(bound, -UNLIMITED, UNLIMITED) for bound in (j.lower, j.upper))
    lower, upper, stiffness = _spread(
        places.limit, [lower, upper, j.limit_stiffness], (-UNLIMITED, UNLIMITED, 0.0)
    )
    law = contact_law(model.contact, model.nv)
    return Stops(lower, upper, eqx.tree_at(lambda x: x.stiffness, law, rows(stiffness)))


def _spread(place: np.ndarray, columns: list[Array], empty: tuple[float, ...]) -> list[Array]:
    """Rows put at their places by a 0/1 matrix; rows that nothing falls on get what is `empty`."""
    spread = components(tree_sum(place, stack([rows(column) for column in columns])))
    free = 1.0 - place.sum(axis=1, keepdims=True)
    return [part[:, 0] + free * value for part, value in zip(spread, empty, strict=True)]
