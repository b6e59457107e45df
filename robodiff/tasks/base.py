"""The base of a robot: the first link that moves and hangs on the world."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.layout import Components
from robodiff.physics.model import Model
from robodiff.physics.rotation import axis_angle_matrix, compose, quaternion_to_matrix, rotate
from robodiff.physics.topology import Topology


def base_link(topology: Topology) -> int:
    """The first link that moves and hangs on the world; link 0 when there is none."""
    roots = zip(topology.parents, topology.joint_types, strict=True)
    moving = [i for i, (parent, kind) in enumerate(roots) if parent < 0 and kind != "fixed"]
    return moving[0] if moving else 0


def is_floating(topology: Topology, link: int) -> bool:
    """Whether q holds the whole pose of a link."""
    return topology.parents[link] < 0 and topology.joint_types[link] in ("free", "planar")


def base_pose(model: Model, link: int, q: Float[Array, "T nq B"]) -> tuple[Components, Components]:
    """Position and row-major rotation of a floating link, straight from q; each [T, B]."""
    start = model.topology.q_start[link]
    if model.topology.joint_types[link] == "free":
        x, y, z, *quaternion = [q[:, start + i] for i in range(7)]
        return [x, y, z], quaternion_to_matrix(quaternion)
    x, z, pitch = [q[:, start + i] for i in range(3)]
    origin, turn = model.links.position[link], model.links.rotation[link]
    R0 = quaternion_to_matrix([turn[i] for i in range(4)])
    zero, one = jnp.zeros_like(x), jnp.ones_like(x)
    shift = rotate(R0, [x, zero, z])
    rotation = compose(R0, axis_angle_matrix([zero, one, zero], pitch))
    return [origin[i] + shift[i] for i in range(3)], rotation
