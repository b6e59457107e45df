"""What couplings hold at 0: errors of joints, tendons, points and rotations, and stiff springs.

Each error e is a row with u = de/dt = J v and du/dt = J dv/dt + c, where c is its curvature: what
turning alone does to it. The spring pulls with f = -k (e + tau u), both at the end of the step; the
damping is the time constant tau times the stiffness, so that an error decays in tau however stiff
the spring is. Without the curvature, a loop that turns would stand open by h tau / 2 times it.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.couplings import Couplings
from robodiff.physics.dynamics import Configuration
from robodiff.physics.joined import Held, joined, of_kind
from robodiff.physics.layout import aligned, components
from robodiff.physics.model import Model
from robodiff.physics.sums import tree_sum
from robodiff.physics.topology import Topology


class Springs(eqx.Module):
    """Rows that a stiff spring holds at an error of 0."""

    J: Float[Array, "held nv *B"]
    """d error / d v."""
    error: Float[Array, "held *B"]
    """[m or rad]."""
    curvature: Float[Array, "held *B"]
    """Its second derivative at constant velocities [m/s^2 or rad/s^2]."""
    stiffness: Float[Array, "held *B"]
    """[N/m or N m/rad]."""
    time_constant: Float[Array, "held *B"]
    """Damping / stiffness [s]."""


def hold(
    model: Model, c: Couplings, at: Configuration, tendons: Array | None, angle: Array, v: Array
) -> tuple[Springs, np.ndarray, np.ndarray]:
    """The rows of all couplings; 0/1 [held, couplings] which each is of; which are rotations."""
    found = [*_followers(model.topology, c, at, tendons, angle, v), *joined(model, c, at, v)]
    owners = np.concatenate([part.owners for part in found])
    owner = np.eye(len(model.topology.coupling_kinds))[owners]
    turns = np.concatenate([part.turning for part in found])
    of_points, of_turns, time_constant = (
        tree_sum(owner, values) for values in (c.stiffness, c.turning_stiffness, c.time_constant)
    )
    stiffness = jnp.where(aligned(turns, of_turns), of_turns, of_points)
    parts = zip(*(part[:3] for part in found), strict=True)
    J, error, curvature = (jnp.concatenate(part) for part in parts)
    return Springs(J, error, curvature, stiffness, time_constant), owner, turns


def spring_force(springs: Springs, u: Array, rest_of_step) -> tuple[Array, Array]:
    """f = -k (e + r u + r^2 c / 2 + tau (u + r c)) over the rest r of the step, and its slope."""
    ahead = rest_of_step + springs.time_constant
    turned = rest_of_step * (ahead - 0.5 * rest_of_step) * springs.curvature
    return -springs.stiffness * (springs.error + ahead * u + turned), springs.stiffness * ahead


def _followers(
    topology: Topology, c: Couplings, at: Configuration, tendons, angle, v
) -> list[Held]:
    """y - p(x), with the slope y' - p'(x) x', for coordinates and tendons y and x."""
    mine = of_kind(topology, "joint", "tendon")
    if not mine:
        return []
    pick = np.zeros((2, len(mine), topology.nrows))
    for row, i in enumerate(mine):
        start = topology.nv * (topology.coupling_kinds[i] == "tendon")
        for end, index in enumerate(topology.coupling_ends[i]):
            if index >= 0:
                pick[end, row, start + index] = 1.0
    unit = jnp.broadcast_to(aligned(np.eye(topology.nv), at.M), at.M.shape)
    moves = unit if tendons is None else jnp.concatenate([unit, tendons])
    first, second = (tree_sum(matrix, moves) for matrix in pick)
    y, x = (tree_sum(matrix, angle) for matrix in pick)
    p = slope = bend = jnp.zeros_like(x)
    for part in components(c.polynomial[np.array(mine)])[::-1]:  # Horner's scheme
        p, slope, bend = p * x + part, slope * x + p, bend * x + slope
    rate = jnp.sum(second * v[None], axis=1)
    J, curvature = first - slope[:, None] * second, -2.0 * bend * rate * rate
    return [Held(J, y - p, curvature, mine, [False] * len(mine))]
