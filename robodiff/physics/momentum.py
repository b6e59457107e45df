"""Linear momentum of what floats and touches nothing, kept to rounding.

A floating root has the velocity of its own origin, not of the centre of mass. Once the joints have
moved, the same momentum is another velocity of the root; a step that keeps the root's velocity
through its drifts makes an error of third order in momentum.
"""

from __future__ import annotations

from functools import lru_cache

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.actuators import spread
from robodiff.physics.kinematics import Frames, poses_and_motions, world_centers
from robodiff.physics.layout import components, settle, stack
from robodiff.physics.model import Model
from robodiff.physics.products import product
from robodiff.physics.rotation import cross, dot, rotate
from robodiff.physics.scene import Scene
from robodiff.physics.shapes import point_layout
from robodiff.physics.sums import tree_sum
from robodiff.physics.topology import Topology
from robodiff.physics.tree import tree_of

TRANSLATIONS = {"free": 3, "planar": 2}
"""Leading coordinates of a floating root's joint: its translations, along axes that stand still."""


class Floating(eqx.Module):
    """One row a translation of a floating root."""

    axis: Float[Array, "k 3 *B"]
    """World axis."""
    mass: Float[Array, "k *B"]
    """Of the root's whole tree, at least 1e-9 [kg]."""


@lru_cache(maxsize=64)
def translations(topology: Topology) -> tuple[int, ...]:
    """Velocity coordinates that translate floating roots; none where the ground may be touched or
    the step has no second drift of its own."""
    if len(point_layout(topology).links) or topology.integrator != "midpoint":
        return ()
    joints = zip(topology.parents, topology.joint_types, topology.v_start[:-1], strict=True)
    starts = [(first, TRANSLATIONS.get(kind, 0)) for parent, kind, first in joints if parent < 0]
    return tuple(first + k for first, count in starts for k in range(count))


def floating(model: Model, frames: Frames) -> Floating:
    """Axes and masses of the floating roots."""
    topology, dofs = model.topology, np.array(translations(model.topology))
    root = tree_of(topology).dof_link[dofs]
    axis = rotate(components(tree_sum(root, frames.rotation)), components(frames.dof_axis[dofs]))
    mass = tree_sum(topology.link_dofs.T[dofs], model.links.mass)
    return Floating(stack(axis), jnp.maximum(mass, 1e-9))


def keep_momentum(scene: Scene, start, end, c: Float[Array, "nv *B"]) -> Float[Array, "nv *B"]:
    """The velocity at the end (q, v) of the step with the momentum of its start plus the impulses.

    `c` is the bias that the kick had.
    """
    model, dofs = scene.model, np.array(translations(scene.model.topology))
    floats = floating(model, scene.frames)
    # impulse = (M - armature) (v+ - v) + h c + h m g
    change = end[1] - start[1]
    inert = product(scene.at.M[dofs], change) - model.joints.armature[dofs] * change[dofs]
    given = inert + scene.h * c[dofs]
    gravity = _along(floats.axis, components(model.gravity[None]))
    if model.links.held is not None:
        heavy = tree_sum(model.topology.link_dofs.T[dofs], model.links.heavy_mass)
        gravity = gravity * heavy / floats.mass
    gain = given / floats.mass + scene.h * gravity
    before = start[1][dofs] + lead(model, scene.frames, floats, *start)
    root = before + gain - lead(model, scene.frames, floats, *end)
    return settle(end[1] + spread(dofs, root - end[1][dofs], model.topology.nv))


def lead(model: Model, frames: Frames, floats: Floating, q, v) -> Float[Array, "k *B"]:
    """How much faster than its root the centre of mass of a floating tree is, along each
    translation of the root [m/s]."""
    topology, tree = model.topology, tree_of(model.topology)
    dofs = np.array(translations(topology))
    others = np.delete(np.arange(topology.nv), dofs)
    if not len(others):
        return jnp.zeros_like(floats.mass)
    poses, motions = poses_and_motions(model, frames, q)
    # coordinate j moves the mass m_j, centred at r_j from the reference, with momentum
    # v_j (m_j S_linear + S_angular x m_j r_j)
    m, center = model.links.mass, world_centers(model, poses) - motions.reference
    weighed = stack([m, *(m * r for r in components(center))])
    mass, *moment = components(tree_sum(topology.link_dofs.T[others], weighed))
    S, rate = components(motions.S[others]), v[others]
    turned = cross(S[:3], moment)
    momentum = stack([rate * (mass * a + b) for a, b in zip(S[3:], turned, strict=True)])
    own_tree = tree.moved_by[np.ix_(dofs, others)]
    return _along(floats.axis, components(tree_sum(own_tree, settle(momentum)))) / floats.mass


def _along(axis: Float[Array, "k 3 *B"], vector: list[Array]) -> Float[Array, "k *B"]:
    """Part of a vector along each axis."""
    return settle(dot(components(axis), vector))
