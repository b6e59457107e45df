"""The laws of joints and contacts, linearized about one guess of the velocity."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.actuators import drive, limit_stops, passive, tendon_springs
from robodiff.physics.contact import normal_force
from robodiff.physics.drag import drag_force
from robodiff.physics.dynamics import diagonal, joint_force
from robodiff.physics.joint_rows import at_drives, at_rows
from robodiff.physics.layout import components, rows, settle, stack, traced_once
from robodiff.physics.pairs import contact_dofs, into_frames, out_of_frames
from robodiff.physics.scene import Scene
from robodiff.physics.spatial import cross
from robodiff.physics.springs import spring_force
from robodiff.physics.sums import tree_sum
from robodiff.physics.ties import along, back, square


class Laws(eqx.Module):
    """Joint forces at one velocity guess: their sum and diagonal slope, and the actuators' part."""

    force: Float[Array, "nv *B"]
    """[N m or N]."""
    slope: Float[Array, "nv *B"]
    """-d force / d velocity [N m s or N s/m]."""
    tied_slope: Any
    """That of each row of `Ties` along itself [ties B]; None without ties."""
    torque: Any
    """The actuators' part of the force [drives *B]; None, like the next, without actuators."""
    torque_slope: Any
    """The actuators' part of the slope."""


class Guess(eqx.Module):
    """All laws linearized about one velocity guess."""

    v: Float[Array, "nv *B"]
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
    joints, rest, ties, nv = scene.joints, scene.rest_of_step, scene.ties, v.shape[0]
    force, slope = passive(scene.model, scene.displacement, v, rest)
    tied_slope = torque = torque_slope = None
    rate = v
    if ties is not None:
        pulled, pulled_slope, rate = _tied(scene, v)
        force, slope = jnp.concatenate([force, pulled]), jnp.concatenate([slope, pulled_slope])
    topology = scene.model.topology
    driven = rate[: topology.nrows]
    if joints.drives is not None:
        angle, speed = at_drives(topology, scene.angle), at_drives(topology, driven)
        torque, torque_slope = drive(joints.drives, angle, speed, scene.command, rest)
        force = _plus(force, at_rows(topology, torque))
        slope = _plus(slope, at_rows(topology, torque_slope))
    if joints.stops is not None:
        stop, stop_slope = limit_stops(joints.stops, scene.angle, driven, rest)
        force, slope = _plus(force, stop), _plus(slope, stop_slope)
    if ties is not None:
        force, slope, tied_slope = force[:nv] + back(ties.J, force[nv:]), slope[:nv], slope[nv:]
    return settle(Laws(force, slope, tied_slope, torque, torque_slope))


def _tied(scene: Scene, v: Array) -> tuple[Array, Array, Array]:
    """Force and slope of each tie but for actuators and stops; the rates of all rows, v first."""
    ties, rest, tendons = scene.ties, scene.rest_of_step, scene.model.tendons
    count = len(scene.model.topology.tendon_names)
    rate = settle(along(ties.J, v))
    laws = []
    if tendons is not None:
        length = scene.angle[v.shape[0] :]
        laws.append(tendon_springs(tendons, length, rate[:count], rest))
    if ties.springs is not None:
        end = count + ties.springs.J.shape[0]
        laws.append(spring_force(ties.springs, rate[count:end], rest))
    if ties.drag is not None:
        laws.append(drag_force(ties.drag, rate[-ties.drag.J.shape[0] :]))
    force, slope = (jnp.concatenate(part) for part in zip(*laws, strict=True))
    return force, slope, jnp.concatenate([v, rate])


def _plus(whole: Array, part: Array) -> Array:
    """The sum, where `part` has only the first rows."""
    left = whole.shape[0] - part.shape[0]
    return whole + (jnp.pad(part, ((0, left), *(((0, 0),) * (part.ndim - 1)))) if left else part)


def law_matrix(scene: Scene, laws: Laws) -> Float[Array, "nv nv *B"]:
    """-d force / d velocity of all joint laws: a diagonal, and J^T diag(slope) J of the ties."""
    matrix = diagonal(laws.slope)
    return matrix if scene.ties is None else matrix + square(scene.ties.J, laws.tied_slope)


def row_rates(scene: Scene, v: Array) -> Float[Array, "rows *B"]:
    """Velocities of what actuators drive: the coordinates, then the tendons."""
    tendons = scene.joints.tendons
    return v if tendons is None else jnp.concatenate([v, along(tendons, v)])


def onto_coordinates(scene: Scene, force: Float[Array, "rows *B"]) -> Float[Array, "nv *B"]:
    """What forces along coordinates and tendons do along the coordinates."""
    tendons, nv = scene.joints.tendons, scene.model.nv
    return force if tendons is None else force[:nv] + back(tendons, force[nv:])


@traced_once
def linearize(scene: Scene, v: Array) -> Guess:
    """The laws of joints and contacts at the guess v."""
    laws = joint_laws(scene, v)
    if scene.points is None:
        return Guess(v, laws, None, None, None)
    u = point_velocity(scene, v)
    law, gap = scene.surface.law, scene.points.gap
    return settle(Guess(v, laws, u, *normal_force(law, gap, u[:, 2], scene.rest_of_step)))


@traced_once
def point_velocity(scene: Scene, v: Array) -> Float[Array, "points 3 *B"]:
    """Velocity of each contact point, v + w x arm: world axes on the ground, and between bodies
    the frame of the contact."""
    dofs = contact_dofs(scene.model.topology)
    V = components(tree_sum(dofs, settle(scene.at.motions.S * rows(v))))
    turning = cross(V[:3], components(scene.points.arm))
    u = [a + b for a, b in zip(V[3:], turning, strict=True)]
    return settle(stack(u if scene.pairs is None else into_frames(scene.pairs, u)))


@traced_once
def project(scene: Scene, force: list[Array]) -> Array:
    """J^T f: what point forces, in the axes of `point_velocity`, do along each coordinate."""
    dofs = contact_dofs(scene.model.topology)
    if scene.pairs is not None:
        force = out_of_frames(scene.pairs, force)
    moment = cross(components(scene.points.arm), force)
    return joint_force(scene.at.motions.S, tree_sum(dofs.T, settle(stack([*moment, *force]))))
