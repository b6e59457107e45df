"""What couplings hold at 0: errors of joints, tendons, points and rotations, and stiff springs.

Each error e is a row with J = de/dv. The spring pulls with f = -k (e + (rest of the step +
time constant) u): the error at the end of the step, and a damping that is the time constant times
the stiffness, so that an error decays by itself however stiff the spring is.
"""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.couplings import Couplings
from robodiff.physics.dynamics import Configuration
from robodiff.physics.layout import Components, components, rows, stack, tree_sum
from robodiff.physics.model import Model, Topology
from robodiff.physics.rotation import compose, cross, quaternion_to_matrix, rotate


class Springs(eqx.Module):
    """Rows that a stiff spring holds at an error of 0."""

    J: Float[Array, "held nv B"]
    """d error / d v."""
    error: Float[Array, "held B"]
    """[m or rad]."""
    stiffness: Float[Array, "held B"]
    """[N/m or N m/rad]."""
    time_constant: Float[Array, "held B"]
    """Damping / stiffness [s]."""


class _Held(NamedTuple):
    """Some of the rows."""

    J: Array
    """[n nv B]."""
    error: Array
    """[n B]."""
    owners: list[int]
    """Coupling of each."""
    turning: list[bool]
    """Whether each is a rotation."""


def hold(
    model: Model, c: Couplings, at: Configuration, tendons: Array | None, angle: Array
) -> tuple[Springs, np.ndarray, np.ndarray]:
    """The rows of all couplings; 0/1 [held, couplings] which each is of; which are rotations."""
    found = [*_followers(model.topology, c, at, tendons, angle), *_joined(model, c, at)]
    owners = np.concatenate([part.owners for part in found])
    owner = np.eye(len(model.topology.coupling_kinds))[owners]
    turns = np.concatenate([part.turning for part in found])
    of_points, of_turns, time_constant = (
        tree_sum(owner, rows(values))[:, 0]
        for values in (c.stiffness, c.turning_stiffness, c.time_constant)
    )
    stiffness = jnp.where(turns[:, None], of_turns, of_points)
    J, error = (jnp.concatenate(parts) for parts in zip(*(part[:2] for part in found), strict=True))
    return Springs(J, error, stiffness, time_constant), owner, turns


def spring_force(springs: Springs, u: Array, rest_of_step) -> tuple[Array, Array]:
    """f = -k (error + (rest of the step + time constant) u), and its slope."""
    ahead = rest_of_step + springs.time_constant
    return -springs.stiffness * (springs.error + ahead * u), springs.stiffness * ahead


def velocity_rows(S: Components, arm: Components, movers: Array) -> list[Array]:
    """v + w x arm of points at `arm` [n 1 B], per unit velocity of each coordinate [n nv B].

    S has its coordinates on the second axis; `movers` [n nv 1] are 1 where one moves the point.
    """
    turning = cross(S[:3], arm)
    return [movers * (a + b) for a, b in zip(S[3:], turning, strict=True)]


def _of_kind(topology: Topology, *kinds: str) -> list[int]:
    return [i for i, kind in enumerate(topology.coupling_kinds) if kind in kinds]


def _followers(topology: Topology, c: Couplings, at: Configuration, tendons, angle) -> list[_Held]:
    """y - p(x), with the slope y' - p'(x) x', for coordinates and tendons y and x."""
    mine = _of_kind(topology, "joint", "tendon")
    if not mine:
        return []
    pick = np.zeros((2, len(mine), topology.nrows))
    for row, i in enumerate(mine):
        start = topology.nv * (topology.coupling_kinds[i] == "tendon")
        for end, index in enumerate(topology.coupling_ends[i]):
            if index >= 0:
                pick[end, row, start + index] = 1.0
    unit = jnp.broadcast_to(jnp.eye(topology.nv, dtype=at.M.dtype)[..., None], at.M.shape)
    moves = unit if tendons is None else jnp.concatenate([unit, tendons])
    first, second = (tree_sum(matrix, moves) for matrix in pick)
    y, x = (tree_sum(matrix, rows(angle))[:, 0] for matrix in pick)
    p, slope = jnp.zeros_like(x), jnp.zeros_like(x)
    for part in components(c.polynomial[np.array(mine)])[::-1]:  # Horner's scheme
        p, slope = p * x + part[:, 0], slope * x + p
    return [_Held(first - slope[:, None] * second, y - p, mine, [False] * len(mine))]


def _joined(model: Model, c: Couplings, at: Configuration) -> list[_Held]:
    """Points p_a - p_b, and of welds the small rotation that takes b to where a holds it."""
    topology = model.topology
    mine = _of_kind(topology, "point", "weld")
    if not mine:
        return []
    S = [jnp.swapaxes(part, 0, 1) for part in components(at.motions.S)]
    points = c.first_point[np.array(mine)], c.second_point[np.array(mine)]
    ends = zip(*(topology.coupling_ends[i] for i in mine), strict=True)
    (p, R, moved), (p2, R2, moved2) = (
        _end(topology, at, links, point, S) for links, point in zip(ends, points, strict=True)
    )
    J = [one - two for one, two in zip(moved, moved2, strict=True)]
    error = [one - two for one, two in zip(p, p2, strict=True)]
    found = [_rows(J, error, mine, False)]
    welds = [k for k, i in enumerate(mine) if topology.coupling_kinds[i] == "weld"]
    if welds:
        owners = [mine[k] for k in welds]
        wanted = quaternion_to_matrix(components(c.rotation[np.array(owners)]))
        R, R2 = ([part[np.array(welds)] for part in turn] for turn in (R, R2))
        ends = [topology.coupling_ends[i] for i in owners]
        one, two = (_movers(topology, links, at.M.dtype) for links in zip(*ends, strict=True))
        turned = [(one - two) * part for part in S[:3]]
        found.append(_rows(turned, _turn_between(compose(R, wanted), R2), owners, True))
    return found


def _turn_between(R: Components, Q: Components) -> list[Array]:
    """sin(angle) axis of the turn that takes Q to R: half the sum of q_i x r_i of their columns."""
    one, two, three = (cross(Q[i::3], R[i::3]) for i in range(3))
    return [0.5 * (a + b + c) for a, b, c in zip(one, two, three, strict=True)]


def _rows(J: list[Array], error: list[Array], owners: list[int], turning: bool) -> _Held:
    errors = jnp.concatenate([part[:, 0] for part in error])
    return _Held(jnp.concatenate(J), errors, owners * 3, [turning] * (3 * len(owners)))


def _movers(topology: Topology, links, dtype) -> Array:
    """[n, nv, 1] of 0 and 1: coordinates that move each link; none move the world (-1)."""
    padded = np.vstack([topology.link_dofs, np.zeros((1, topology.nv))])
    return jnp.asarray(padded[np.array(links)], dtype)[..., None]


def _end(topology: Topology, at: Configuration, links, point: Array, S: Components):
    """World place and orientation of points of links, and how they move [n nv B] each."""
    poses, dtype = at.poses, at.M.dtype
    pick = np.vstack([np.eye(topology.nlinks), np.zeros((1, topology.nlinks))])[np.array(links)]
    world = jnp.asarray(1.0 - pick.sum(axis=1), dtype)[:, None, None]
    identity = jnp.eye(3, dtype=dtype).reshape(1, 9, 1)
    R = components(tree_sum(pick, poses.rotation) + world * identity)
    origin = components(tree_sum(pick, poses.position))
    place = [a + b for a, b in zip(origin, rotate(R, components(point)), strict=True)]
    arm = components(stack(place) - at.motions.reference)
    return place, R, velocity_rows(S, arm, _movers(topology, links, dtype))
