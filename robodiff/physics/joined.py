"""Points of links that couplings hold together, and welds that hold their orientation too."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from robodiff.physics.couplings import Couplings
from robodiff.physics.dynamics import Configuration, link_motion
from robodiff.physics.layout import Components, aligned, components, rows, stack
from robodiff.physics.model import Model
from robodiff.physics.rotation import compose, cross, quaternion_to_matrix, rotate
from robodiff.physics.sums import tree_sum
from robodiff.physics.topology import Topology
from robodiff.physics.tree import tree_of


class Held(NamedTuple):
    """Some of the rows that couplings hold at 0."""

    J: Array
    """[n nv *B]."""
    error: Array
    """[n *B]."""
    curvature: Array
    """[n *B]."""
    owners: list[int]
    """Coupling of each."""
    turning: list[bool]
    """Whether each is a rotation."""


def velocity_rows(S: Components, arm: Components, movers: Array) -> list[Array]:
    """v + w x arm of points at `arm` [n *B], per unit velocity of each coordinate [n nv *B].

    `movers` [n nv] are 1 where a coordinate moves the point.
    """
    S = [part[None] for part in S]
    turning = cross(S[:3], [rows(part) for part in arm])
    return [movers * (a + b) for a, b in zip(S[3:], turning, strict=True)]


def of_kind(topology: Topology, *kinds: str) -> list[int]:
    return [i for i, kind in enumerate(topology.coupling_kinds) if kind in kinds]


def joined(model: Model, c: Couplings, at: Configuration, v: Array) -> list[Held]:
    """Points p_a - p_b, and of welds the small rotation that takes b to where a holds it."""
    topology = model.topology
    mine = of_kind(topology, "point", "weld")
    if not mine:
        return []
    S = components(at.motions.S)
    points = c.first_point[np.array(mine)], c.second_point[np.array(mine)]
    ends = zip(*(topology.coupling_ends[i] for i in mine), strict=True)
    motion = link_motion(tree_of(model.topology), at.motions.S, v)
    one, two = (
        _end(topology, at, links, point, S, motion)
        for links, point in zip(ends, points, strict=True)
    )
    J, error = _minus(one.moved, two.moved), _minus(one.place, two.place)
    found = [_rows(J, error, _minus(one.pull, two.pull), mine, False)]
    welds = [k for k, i in enumerate(mine) if topology.coupling_kinds[i] == "weld"]
    if welds:
        owners = [mine[k] for k in welds]
        wanted = quaternion_to_matrix(components(c.rotation[np.array(owners)]))
        R, R2, gain, gain2 = (
            [part[np.array(welds)] for part in parts]
            for parts in (one.turn, two.turn, one.turning, two.turning)
        )
        ends = [topology.coupling_ends[i] for i in owners]
        mover, other = (_movers(topology, links, at.M) for links in zip(*ends, strict=True))
        turned = [(mover - other) * part[None] for part in S[:3]]
        error = _turn_between(compose(R, wanted), R2)
        found.append(_rows(turned, error, _minus(gain, gain2), owners, True))
    return found


def _turn_between(R: Components, Q: Components) -> list[Array]:
    """sin(angle) axis of the turn that takes Q to R: half the sum of q_i x r_i of their columns."""
    one, two, three = (cross(Q[i::3], R[i::3]) for i in range(3))
    return [0.5 * (a + b + c) for a, b, c in zip(one, two, three, strict=True)]


def _minus(one: Components, two: Components) -> list[Array]:
    return [a - b for a, b in zip(one, two, strict=True)]


def _rows(
    J: Components, error: Components, curvature: Components, owners: list[int], turning: bool
) -> Held:
    e, c = (jnp.concatenate(parts) for parts in (error, curvature))
    return Held(jnp.concatenate(J), e, c, owners * 3, [turning] * (3 * len(owners)))


def _movers(topology: Topology, links, like: Array) -> Array:
    """[n, nv] of 0 and 1: coordinates that move each link; none move the world (-1). With as many
    axes as `like` has."""
    padded = np.vstack([topology.link_dofs, np.zeros((1, topology.nv))])
    return aligned(padded[np.array(links)], like)


class _End(NamedTuple):
    """One end of each of n couplings; each entry is a list of components."""

    place: list[Array]
    """World position of the point [n *B]."""
    turn: list[Array]
    """Orientation of the link, nine numbers."""
    moved: list[Array]
    """Velocity of the point per unit velocity of each coordinate [n nv *B]."""
    pull: list[Array]
    """Acceleration of the point at constant velocities."""
    turning: list[Array]
    """Angular acceleration of the link at constant velocities."""


def _end(topology: Topology, at: Configuration, links, point: Array, S, motion) -> _End:
    poses = at.poses
    pick = np.vstack([np.eye(topology.nlinks), np.zeros((1, topology.nlinks))])[np.array(links)]
    world = aligned(1.0 - pick.sum(axis=1), poses.rotation)
    identity = aligned(np.eye(3).reshape(1, 9), poses.rotation)
    R = components(tree_sum(pick, poses.rotation) + world * identity)
    origin = components(tree_sum(pick, poses.position))
    place = [a + b for a, b in zip(origin, rotate(R, components(point)), strict=True)]
    arm = components(stack(place) - at.motions.reference)
    V, A = (components(tree_sum(pick, part)) for part in motion)
    # a_p = a + dw/dt x r + w x (v + w x r)
    velocity = [a + b for a, b in zip(V[3:], cross(V[:3], arm), strict=True)]
    terms = zip(A[3:], cross(A[:3], arm), cross(V[:3], velocity), strict=True)
    moved = velocity_rows(S, arm, _movers(topology, links, at.M))
    return _End(place, R, moved, [a + b + c for a, b, c in terms], A[:3])
