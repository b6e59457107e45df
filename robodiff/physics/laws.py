"""The laws of joints and contacts, linearized about one guess of the velocity."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.actuators import drive, limit_stops, passive
from robodiff.physics.contact import normal_force
from robodiff.physics.dynamics import joint_force
from robodiff.physics.layout import components, rows, settle, stack, tree_sum
from robodiff.physics.rotation import cross
from robodiff.physics.scene import Scene
from robodiff.physics.shapes import point_layout


class Laws(eqx.Module):
    """Joint forces at one velocity guess: their sum and diagonal slope, and the actuators' part."""

    force: Float[Array, "nv B"]
    """[N m or N]."""
    slope: Float[Array, "nv B"]
    """-d force / d velocity [N m s or N s/m]."""
    torque: Any
    """The actuators' part of the force [slots nv B]; None, like the next, without actuators."""
    torque_slope: Any
    """The actuators' part of the slope."""


class Guess(eqx.Module):
    """All laws linearized about one velocity guess."""

    v: Float[Array, "nv B"]
    """The guess."""
    laws: Laws
    """Of the joints."""
    slip: Any
    """Velocity of each contact point [points 3 B]; None, like the next two, where nothing
    touches."""
    normal: Any
    """Normal force of each point [points 1 B], [N]."""
    normal_slope: Any
    """-d normal / d normal speed [N s/m]."""


def joint_laws(scene: Scene, v: Array) -> Laws:
    """Springs, damping, dry friction, actuators and limit stops at the guess v."""
    joints, rest = scene.joints, scene.rest_of_step
    force, slope = passive(scene.model, scene.displacement, v, rest)
    torque = torque_slope = None
    if joints.drives is not None:
        torque, torque_slope = drive(joints.drives, scene.angle, v, scene.command, rest)
        force, slope = force + jnp.sum(torque, axis=0), slope + jnp.sum(torque_slope, axis=0)
    if joints.stops is not None:
        stop, stop_slope = limit_stops(joints.stops, scene.angle, v, rest)
        force, slope = force + stop, slope + stop_slope
    return settle(Laws(force, slope, torque, torque_slope))


def linearize(scene: Scene, v: Array) -> Guess:
    """The laws of joints and contacts at the guess v."""
    laws = joint_laws(scene, v)
    if scene.points is None:
        return Guess(v, laws, None, None, None)
    u = point_velocity(scene, v)
    law, gap = scene.surface.law, scene.points.gap
    return settle(Guess(v, laws, u, *normal_force(law, gap, u[:, 2:], scene.rest_of_step)))


def point_velocity(scene: Scene, v: Array) -> Float[Array, "points 3 B"]:
    """Velocity of each contact point, world axes: v + w x arm."""
    dofs = point_layout(scene.model.topology).link_dofs
    V = components(tree_sum(dofs, settle(scene.at.motions.S * rows(v))))
    turning = cross(V[:3], components(scene.points.arm))
    return settle(stack([a + b for a, b in zip(V[3:], turning, strict=True)]))


def project(scene: Scene, force: list[Array]) -> Array:
    """J^T f: what point forces do along each coordinate."""
    dofs = point_layout(scene.model.topology).link_dofs
    moment = cross(components(scene.points.arm), force)
    return joint_force(scene.at.motions.S, tree_sum(dofs.T, settle(stack([*moment, *force]))))
