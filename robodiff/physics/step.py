"""One semi-implicit step: half a drift, an implicit kick in velocity, half a drift.

The kick solves M (v+ - v) = h (F(v+) - c + J^T f(v+)) by a fixed number of Newton passes. Every law
(servos, springs,
limits, contact, friction) gives its force and slope at the current guess; every matrix is M plus
positive terms,
so it is positive definite whenever M is. No loop depends on data.
"""

from __future__ import annotations

from functools import partial

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.actuators import UNLIMITED, drive, limit_law, limit_stops, passive, spread
from robodiff.physics.contact import (
    ContactLaw,
    apply_contact_stiffness,
    contact_stiffness,
    friction_slope,
    into_cone,
    normal_force,
    slip_direction,
)
from robodiff.physics.dynamics import (
    Configuration,
    bias,
    configure,
    diagonal,
    joint_force,
    pair_product,
)
from robodiff.physics.kinematics import Frames, displacement, drift, frames_of
from robodiff.physics.layout import add_batch, components, drop_batch, rows, settle, stack, tree_sum
from robodiff.physics.linear import product, solve, spd_inverse
from robodiff.physics.model import Model, State
from robodiff.physics.rotation import cross
from robodiff.physics.shapes import Points, Surface, contact_points, point_layout, surface_of
from robodiff.physics.tree import tree_of


class Prepared(eqx.Module):
    """What stays the same during a rollout, computed once by `prepare`."""

    model: Model
    """The robot, batched."""
    frames: Frames
    """Its frames at zero joint displacement."""
    surface: Surface
    """Its contact geometry in link axes."""
    limits: ContactLaw
    """The law of its limit stops."""


class Forces(eqx.Module):
    """What acted over one step."""

    torque: Float[Array, "nu B"]
    """Of each actuator on its joint [N m or N]."""
    contact: Float[Array, "points 3 B"]
    """Of the ground on each contact point, world axes [N]."""


class _Scene(eqx.Module):
    """What stays the same during one step."""

    model: Model
    surface: Surface
    limits: ContactLaw
    at: Configuration
    points: Points | None
    q: Array
    displacement: Array
    v: Array
    command: Array
    h: Array
    rest_of_step: Array


class _Laws(eqx.Module):
    """Joint forces at one velocity guess: their sum and diagonal slope, and the actuators' part."""

    force: Array
    slope: Array
    torque: Array
    torque_slope: Array


class _Free(eqx.Module):
    """The step without contact, and the matrix that carries it."""

    v: Array
    c: Array
    laws: _Laws
    H: Array
    inverse: Array


def step(model: Model, state: State, command: Float[Array, " nu"], dt: float) -> State:
    """One step of one robot, with contact, actuators and joint limits.

    Args: command per actuator (N m, rad or rad/s by its kind), dt the step [s].
    """
    batched = add_batch(model)
    q, v, _ = step_batch(prepare(batched), *add_batch((state.q, state.v, command)), dt)
    return State(*drop_batch((q, v)))


def prepare(model: Model) -> Prepared:
    """Everything that `step_batch` needs of a batched model."""
    return Prepared(model, frames_of(model), surface_of(model), limit_law(model))


def step_batch(prepared: Prepared, q, v, command, dt) -> tuple[Array, Array, Forces]:
    """One step of a batch of robots: the next q and v, and the forces that led there."""
    model = prepared.model
    h = jnp.asarray(dt, q.dtype)
    before, after = (0.5 * h, 0.5 * h) if model.topology.integrator == "midpoint" else (0.0 * h, h)
    q_mid = settle(drift(model, q, v, before))
    scene = _set_scene(prepared, q_mid, v, command, h, after)
    free = _free_velocity(scene)
    v_next, forces = _keep_inside_limits(scene, free, *_resolve_contact(scene, free))
    return settle(drift(model, q_mid, v_next, after)), v_next, forces


def _set_scene(prepared: Prepared, q, v, command, h, rest_of_step) -> _Scene:
    model, surface = prepared.model, prepared.surface
    at = configure(model, prepared.frames, q)
    touching = len(point_layout(model.topology).links) > 0
    points = contact_points(model, surface, at.poses, at.motions.reference) if touching else None
    moved = displacement(model, q, model.joints.rest)
    limits = prepared.limits
    return _Scene(model, surface, limits, at, points, q, moved, v, command, h, rest_of_step)


def _free_velocity(scene: _Scene) -> _Free:
    """Velocity without contact; the bias c at the middle velocity makes it second order."""
    model, at, v, h = scene.model, scene.at, scene.v, scene.h
    laws = _joint_laws(scene, v)
    H = at.M + h * diagonal(laws.slope)
    inverse = spd_inverse(H)
    # v* = v + H^-1 h (F(v) - c)
    guess = v + solve(inverse, H, h * (laws.force - bias(model, at, v)))
    c = bias(model, at, 0.5 * (v + guess))
    return _Free(settle(v + solve(inverse, H, h * (laws.force - c))), c, laws, H, inverse)


def _resolve_contact(scene: _Scene, free: _Free) -> tuple[Array, Forces]:
    """Newton passes from the free velocity: normal forces and limits, then friction too."""
    if scene.points is None and not scene.model.topology.limited_joints:
        return free.v, _linear_forces(scene, free.laws, scene.v, free.v, None)
    laws = _joint_laws(scene, free.v)
    H, residual, normal = _assemble(scene, laws, free.c, free.v, None)
    inverse = spd_inverse(H)
    guess, v = free.v, settle(free.v + solve(inverse, H, residual))
    if scene.points is None:
        gammas = (lambda _: None,)
    else:
        hypothesis = _sliding_friction(scene, inverse, H, v)
        gammas = (lambda _: hypothesis, partial(_slipping_friction, scene))
    for friction in gammas:
        laws, gamma = _joint_laws(scene, v), friction(v)
        H, residual, normal = _assemble(scene, laws, free.c, v, gamma)
        guess, v = v, settle(v + solve(spd_inverse(H), H, residual))
    contact = None if normal is None else (gamma, *normal)
    return v, _linear_forces(scene, laws, guess, v, contact)


def _keep_inside_limits(
    scene: _Scene, free: _Free, v: Array, forces: Forces
) -> tuple[Array, Forces]:
    """Take back what the last, linear pass exerts beyond a cone or a torque limit.

    When a contact opens or a motor saturates within the step, a linear law overshoots: ground that
    pulls, friction outside its cone. Nothing changes for forces inside their limits.
    """
    topology, a = scene.model.topology, scene.model.actuators
    excess = jnp.zeros_like(v)
    torque, contact = forces.torque, forces.contact
    if topology.nu:
        limit = jnp.minimum(jnp.abs(a.gear) * a.force_limit, UNLIMITED)
        torque = jnp.clip(torque, -limit, limit)
        excess = spread(topology.actuator_dofs, torque - forces.torque, topology.nv)
    if scene.points is not None:
        contact = into_cone(scene.surface.friction, contact)
        excess = excess + _project(scene, components(contact - forces.contact))
    # v += (M + h D)^-1 h (forces inside their limits - linear forces)
    v = v + solve(free.inverse, free.H, scene.h * excess)
    return settle(v), Forces(torque, contact)


def _joint_laws(scene: _Scene, v: Array) -> _Laws:
    """Springs, damping, dry friction, actuators and limit stops at the guess v."""
    model, rest, topology = scene.model, scene.rest_of_step, scene.model.topology
    force, slope = passive(model, scene.displacement, v, rest)
    torque = torque_slope = jnp.zeros((0, v.shape[-1]), v.dtype)
    if topology.nu:
        driven = drive(model, scene.q, v, scene.command, rest)
        torque, torque_slope = driven.torque, driven.slope
        force = force + spread(topology.actuator_dofs, torque, topology.nv)
        slope = slope + spread(topology.actuator_dofs, torque_slope, topology.nv)
    if topology.limited_joints:
        stop, stop_slope = limit_stops(model, scene.limits, scene.q, v, rest)
        force = force + spread(topology.limited_dofs, stop, topology.nv)
        slope = slope + spread(topology.limited_dofs, stop_slope, topology.nv)
    return settle(_Laws(force, slope, torque, torque_slope))


def _assemble(scene: _Scene, laws: _Laws, c: Array, v: Array, gamma: Array | None):
    """Newton matrix H = M + h (D + J^T W J) and residual M (v0 - v) + h (F - c + J^T f) at the
    guess v."""
    at, h = scene.at, scene.h
    residual = product(at.M, scene.v - v) + h * (laws.force - c)
    H = at.M + h * diagonal(laws.slope)
    if scene.points is None:
        return settle(H), residual, None
    tree = tree_of(scene.model.topology)
    dofs = point_layout(scene.model.topology).link_dofs
    u = _point_velocity(scene, v)
    f_n, slope = normal_force(
        scene.surface.law,
        scene.points.gap,
        u[2],
        scene.rest_of_step,
    )
    force = [0.0 * f_n, 0.0 * f_n, f_n] if gamma is None else [-gamma * u[0], -gamma * u[1], f_n]
    weight = tree_sum(dofs.T, settle(contact_stiffness(scene.points.arm, slope, gamma)))
    S = at.motions.S
    F = settle(stack(apply_contact_stiffness(weight, components(S))))
    H = settle(H + h * pair_product(tree, S, F))
    residual = settle(residual + h * _project(scene, force))
    return H, residual, (f_n, slope)


def _sliding_friction(scene: _Scene, inverse: Array, H: Array, v: Array) -> Array:
    """gamma [points 1 B]: assume that every contact slides, and see how fast it would still go.

    d = u_t/|u_t|; dv = -h H^-1 sum J_t^T mu f_n d; s = d . J_t (v + dv); gamma = mu f_n / sqrt(s^2
    + eps^2).
    A cap for each contact alone would leave a block on a slope stuck.
    """
    law = scene.surface.law
    u = _point_velocity(scene, v)
    f_n, _ = normal_force(law, scene.points.gap, u[2], scene.rest_of_step)
    grip = scene.surface.friction * f_n
    d = slip_direction(law, u[:2])
    drag = _project(scene, [-grip * d[0], -grip * d[1], 0.0 * grip])
    slid = _point_velocity(scene, v + solve(inverse, H, scene.h * drag))
    left = jnp.maximum(d[0] * slid[0] + d[1] * slid[1], 0.0)
    return settle(friction_slope(law, grip, left * left))


def _slipping_friction(scene: _Scene, v: Array) -> Array:
    """gamma [points 1 B] = mu f_n / sqrt(|u_t|^2 + eps^2) at the guess v: keeps each contact in its
    cone."""
    law = scene.surface.law
    u = _point_velocity(scene, v)
    f_n, _ = normal_force(law, scene.points.gap, u[2], scene.rest_of_step)
    return settle(friction_slope(law, scene.surface.friction * f_n, u[0] * u[0] + u[1] * u[1]))


def _point_velocity(scene: _Scene, v: Array) -> list[Array]:
    """Velocity of each contact point, world axes: v + w x arm."""
    dofs = point_layout(scene.model.topology).link_dofs
    V = components(tree_sum(dofs, settle(scene.at.motions.S * rows(v))))
    turning = cross(V[:3], components(scene.points.arm))
    return components(settle(stack([a + b for a, b in zip(V[3:], turning, strict=True)])))


def _project(scene: _Scene, force: list[Array]) -> Array:
    """J^T f: what point forces do along each coordinate."""
    dofs = point_layout(scene.model.topology).link_dofs
    moment = cross(components(scene.points.arm), force)
    return joint_force(scene.at.motions.S, tree_sum(dofs.T, settle(stack([*moment, *force]))))


def _linear_forces(scene: _Scene, laws: _Laws, guess: Array, v: Array, contact) -> Forces:
    """The forces that the last pass applied: linear about its guess, taken at its solution v."""
    topology, batch = scene.model.topology, v.shape[-1]
    change = v - guess
    torque = laws.torque
    if topology.nu:
        moved = jnp.stack([change[dof] for dof in topology.actuator_dofs])
        torque = torque - laws.torque_slope * moved
    if contact is None:
        return Forces(torque, jnp.zeros((len(point_layout(topology).links), 3, batch), v.dtype))
    gamma, f_n, slope = contact
    u, du = _point_velocity(scene, v), _point_velocity(scene, change)
    return Forces(torque, stack([-gamma * u[0], -gamma * u[1], f_n - slope * du[2]]))
