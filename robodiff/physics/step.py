"""One semi-implicit step: half a drift, an implicit kick in velocity, half a drift.

The kick solves M (v+ - v) = h (F(v+) - c + J^T f(v+)) by a fixed number of Newton passes. Every
law (servos, springs, limits, contact, friction) gives its force and slope at the current guess;
every matrix is M plus positive terms, so it is positive definite whenever M is. No loop depends
on data.
"""

from __future__ import annotations

from typing import Any

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
from robodiff.physics.shapes import Surface, contact_points, point_layout, surface_of
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
    points: Any
    """`Points`, or None where nothing touches the ground."""
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


class _Guess(eqx.Module):
    """All laws linearized about one velocity guess."""

    v: Array
    laws: _Laws
    slip: Any
    """Velocity of each contact point; None, like the next two, where nothing touches."""
    normal: Any
    normal_slope: Any


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
    start, held = add_batch(state), add_batch(command)
    q, v, _ = step_batch(prepare(batched), start.q, start.v, held, dt)
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
    """Velocity without contact, with the bias c at the start's velocity."""
    model, at, v, h = scene.model, scene.at, scene.v, scene.h
    laws = _joint_laws(scene, v)
    H = at.M + h * diagonal(laws.slope)
    inverse = spd_inverse(H)
    # v* = v + H^-1 h (F(v) - c)
    c = bias(model, at, v)
    return _Free(settle(v + solve(inverse, H, h * (laws.force - c))), c, laws, H, inverse)


def _middle_bias(scene: _Scene, v: Array) -> Array:
    """The bias c at the middle of a step that ends with v."""
    return bias(scene.model, scene.at, 0.5 * (scene.v + v))


def _resolve_contact(scene: _Scene, free: _Free) -> tuple[Array, Forces]:
    """Newton passes from the free velocity: normal forces and limits, then friction too.

    The last one has the bias at the middle of the velocity that the others found: second order in
    smooth motion, and no force on what stands still.
    """
    if scene.points is None and not scene.model.topology.limited_joints:
        guess = _Guess(scene.v, free.laws, None, None, None)
        change = scene.h * (free.laws.force - _middle_bias(scene, free.v))
        v = settle(scene.v + solve(free.inverse, free.H, change))
        return v, _linear_forces(scene, guess, None, v)
    guess = _linearize(scene, free.v)
    v, inverse, H = _newton_pass(scene, free.c, guess, None)
    guess = _linearize(scene, v)
    if scene.points is None:
        v, *_ = _newton_pass(scene, _middle_bias(scene, v), guess, None)
        return v, _linear_forces(scene, guess, None, v)
    v, *_ = _newton_pass(scene, free.c, guess, _sliding_friction(scene, inverse, H, guess))
    guess = _linearize(scene, v)
    gamma = _slipping_friction(scene, guess)
    v, *_ = _newton_pass(scene, _middle_bias(scene, v), guess, gamma)
    return v, _linear_forces(scene, guess, gamma, v)


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
        limit = jnp.abs(a.gear) * jnp.minimum(a.force_limit, UNLIMITED)
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


def _linearize(scene: _Scene, v: Array) -> _Guess:
    """The laws of joints and contacts at the guess v."""
    laws = _joint_laws(scene, v)
    if scene.points is None:
        return _Guess(v, laws, None, None, None)
    u = _point_velocity(scene, v)
    law, gap = scene.surface.law, scene.points.gap
    return settle(_Guess(v, laws, u, *normal_force(law, gap, u[:, 2:], scene.rest_of_step)))


def _newton_pass(scene: _Scene, c: Array, guess: _Guess, gamma: Array | None):
    """The velocity that solves the laws linearized about the guess, with the inverse of H and H."""
    H, residual = _assemble(scene, guess, c, gamma)
    inverse = spd_inverse(H)
    return settle(guess.v + solve(inverse, H, residual)), inverse, H


def _assemble(scene: _Scene, guess: _Guess, c: Array, gamma: Array | None) -> tuple[Array, Array]:
    """Newton matrix H = M + h (D + J^T W J) and residual M (v0 - v) + h (F - c + J^T f) at the
    guess v."""
    at, h = scene.at, scene.h
    residual = product(at.M, scene.v - guess.v) + h * (guess.laws.force - c)
    H = at.M + h * diagonal(guess.laws.slope)
    if scene.points is None:
        return settle(H), residual
    tree = tree_of(scene.model.topology)
    dofs = point_layout(scene.model.topology).link_dofs
    ux, uy, _ = components(guess.slip)
    weight = contact_stiffness(scene.points.arm, guess.normal_slope, gamma)
    weight = tree_sum(dofs.T, settle(weight))
    S = at.motions.S
    F = settle(stack(apply_contact_stiffness(weight, components(S))))
    H = settle(H + h * pair_product(tree, S, F))
    f_n, none = guess.normal, jnp.zeros_like(guess.normal)
    force = [none, none, f_n] if gamma is None else [-gamma * ux, -gamma * uy, f_n]
    return H, settle(residual + h * _project(scene, force))


def _sliding_friction(scene: _Scene, inverse: Array, H: Array, guess: _Guess) -> Array:
    """gamma [points 1 B]: assume that every contact slides, and see how fast it would still go.

    d = u_t/|u_t|; dv = -h H^-1 sum J_t^T mu f_n d; s = d . J_t (v + dv); gamma = mu f_n / sqrt(s^2
    + eps^2).
    A cap for each contact alone would leave a block on a slope stuck.
    """
    law = scene.surface.law
    grip = scene.surface.friction * guess.normal
    d = slip_direction(law, components(guess.slip)[:2])
    drag = _project(scene, [-grip * d[0], -grip * d[1], 0.0 * grip])
    slid = components(_point_velocity(scene, guess.v + solve(inverse, H, scene.h * drag)))
    left = jnp.maximum(d[0] * slid[0] + d[1] * slid[1], 0.0)
    return settle(friction_slope(law, grip, left * left))


def _slipping_friction(scene: _Scene, guess: _Guess) -> Array:
    """gamma [points 1 B] = mu f_n / sqrt(|u_t|^2 + eps^2) at the guess v: keeps each contact in its
    cone."""
    ux, uy, _ = components(guess.slip)
    limit = scene.surface.friction * guess.normal
    return settle(friction_slope(scene.surface.law, limit, ux * ux + uy * uy))


def _point_velocity(scene: _Scene, v: Array) -> Float[Array, "points 3 B"]:
    """Velocity of each contact point, world axes: v + w x arm."""
    dofs = point_layout(scene.model.topology).link_dofs
    V = components(tree_sum(dofs, settle(scene.at.motions.S * rows(v))))
    turning = cross(V[:3], components(scene.points.arm))
    return settle(stack([a + b for a, b in zip(V[3:], turning, strict=True)]))


def _project(scene: _Scene, force: list[Array]) -> Array:
    """J^T f: what point forces do along each coordinate."""
    dofs = point_layout(scene.model.topology).link_dofs
    moment = cross(components(scene.points.arm), force)
    return joint_force(scene.at.motions.S, tree_sum(dofs.T, settle(stack([*moment, *force]))))


def _linear_forces(scene: _Scene, guess: _Guess, gamma: Array | None, v: Array) -> Forces:
    """The forces that the last pass applied: linear about its guess, taken at its solution v."""
    topology, batch = scene.model.topology, v.shape[-1]
    torque = guess.laws.torque
    if topology.nu:
        change = v - guess.v
        moved = jnp.stack([change[dof] for dof in topology.actuator_dofs])
        torque = torque - guess.laws.torque_slope * moved
    if scene.points is None or gamma is None:
        return Forces(torque, jnp.zeros((len(point_layout(topology).links), 3, batch), v.dtype))
    u = _point_velocity(scene, v)
    ux, uy, uz = components(u)
    _, _, uz_guess = components(guess.slip)
    f_n = guess.normal - guess.normal_slope * (uz - uz_guess)
    return Forces(torque, stack([-gamma * ux, -gamma * uy, f_n]))
