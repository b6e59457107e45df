"""The kick: the velocity at the end of the step, by a fixed number of Newton passes.

M (v+ - v) = h (F(v+) - c + J^T f(v+)), with every law replaced by its force and slope at the guess.
Every matrix is M plus positive terms, so it is positive definite whenever M is. No loop depends on
data.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from robodiff.physics.actuators import torque_bounds
from robodiff.physics.contact import (
    apply_contact_stiffness,
    contact_stiffness,
    friction_slope,
    into_cone,
    slip_direction,
)
from robodiff.physics.dynamics import bias, pair_product
from robodiff.physics.joint_rows import at_drives, at_rows, collect_torque
from robodiff.physics.laws import (
    Guess,
    Laws,
    joint_laws,
    law_matrix,
    linearize,
    onto_coordinates,
    point_velocity,
    project,
    row_rates,
)
from robodiff.physics.layout import components, settle, stack, traced_once
from robodiff.physics.linear import solve, spd_inverse
from robodiff.physics.pairs import out_of_frames, pair_matrix
from robodiff.physics.products import product
from robodiff.physics.scene import Scene
from robodiff.physics.shapes import point_layout
from robodiff.physics.sums import tree_sum
from robodiff.physics.tree import tree_of

SMOOTH_PASSES = 4
"""Passes of smooth motion; each leaves about h times the fastest turning of what the last left."""


class Forces(eqx.Module):
    """What acted over one step."""

    torque: Any
    """Of each actuator on its joint [N m or N]: [nu *B] at the end of the step, until then
    [drives *B] or None without actuators."""
    contact: Float[Array, "points 3 *B"]
    """Of the ground on each contact point, world axes [N]; until the end of the step of pairs too,
    each in its frame if it has one."""
    pairs: Any = None
    """On each contact point of a pair, world axes [N]; None where bodies do not touch."""


class Free(eqx.Module):
    """The step without contact, and the matrix that carries it."""

    v: Float[Array, "nv *B"]
    """Velocity at its end."""
    c: Float[Array, "nv *B"]
    """Bias at the velocity of its start."""
    laws: Laws
    """Of the joints at the velocity of its start."""
    H: Float[Array, "nv nv *B"]
    """M + h D."""
    inverse: Float[Array, "nv nv *B"]
    """H^-1."""


class Kick(eqx.Module):
    """What the kick came to."""

    v: Float[Array, "nv *B"]
    """Velocity after it."""
    forces: Forces
    """That acted."""
    c: Float[Array, "nv *B"]
    """Bias that acted."""


def free_velocity(scene: Scene) -> Free:
    """Velocity without contact, with the bias c at the start's velocity."""
    model, at, v, h = scene.model, scene.at, scene.v, scene.h
    laws = joint_laws(scene, v)
    H = at.M + h * law_matrix(scene, laws)
    inverse = spd_inverse(H)
    # v* = v + H^-1 h (F(v) - c)
    c = bias(model, at, v)
    return Free(settle(v + solve(inverse, H, h * (laws.force - c))), c, laws, H, inverse)


def _middle_bias(scene: Scene, v: Array) -> Array:
    """The bias c at the middle of a step that ends with v."""
    return bias(scene.model, scene.at, 0.5 * (scene.v + v))


def resolve_contact(scene: Scene, free: Free) -> Kick:
    """Newton passes from the free velocity: normal forces and limits, then friction too.

    The last one has the bias at the middle of the velocity that the others found: second order in
    smooth motion, and no force on what stands still.
    """
    if scene.points is None and scene.joints.stops is None and scene.model.fluid is None:
        return _smooth_kick(scene, free)
    guess = linearize(scene, free.v)
    v, inverse, H = _newton_pass(scene, free.c, guess, None)
    guess = linearize(scene, v)
    if scene.points is None:
        c = _middle_bias(scene, v)
        v, *_ = _newton_pass(scene, c, guess, None)
        return Kick(v, _linear_forces(scene, guess, None, v), c)
    v, *_ = _newton_pass(scene, free.c, guess, _sliding_friction(scene, inverse, H, guess))
    guess = linearize(scene, v)
    gamma = _slipping_friction(scene, guess)
    c = _middle_bias(scene, v)
    v, *_ = _newton_pass(scene, c, guess, gamma)
    return Kick(v, _linear_forces(scene, guess, gamma, v), c)


def _smooth_kick(scene: Scene, free: Free) -> Kick:
    """Without contact and stops: the middle bias until it no longer changes.

    A step that is its own reverse lets energy wander, but not drift.
    """
    v, c = free.v, free.c
    for _ in range(SMOOTH_PASSES if scene.model.topology.integrator == "midpoint" else 1):
        c = _middle_bias(scene, v)
        v = settle(scene.v + solve(free.inverse, free.H, scene.h * (free.laws.force - c)))
    guess = Guess(scene.v, free.laws, None, None, None)
    return Kick(v, _linear_forces(scene, guess, None, v), c)


def keep_inside_limits(scene: Scene, free: Free, kick: Kick) -> Kick:
    """Take back what the last, linear pass exerts beyond a cone or a torque limit.

    When a contact opens or a motor saturates within the step, a linear law overshoots: ground that
    pulls, friction outside its cone. Nothing changes for forces inside their limits.
    """
    drives, forces = scene.joints.drives, kick.forces
    torque, contact = jnp.zeros((0, *kick.v.shape[1:]), kick.v.dtype), forces.contact
    excess = jnp.zeros_like(kick.v)
    if drives is not None:
        least, most = torque_bounds(drives)
        held = lax.clamp(least, forces.torque, most)
        topology = scene.model.topology
        excess = onto_coordinates(scene, at_rows(topology, held - forces.torque))
        torque = collect_torque(topology, held)
    if scene.points is not None:
        linear = components(contact)
        limited = into_cone(scene.surface.friction, linear)
        outside = [ours - theirs for ours, theirs in zip(limited, linear, strict=True)]
        contact, excess = stack(limited), excess + project(scene, outside)
    # v += (M + h D)^-1 h (forces inside their limits - linear forces)
    v = kick.v + solve(free.inverse, free.H, settle(scene.h * excess))
    return Kick(settle(v), _tell(scene, torque, contact), kick.c)


def _tell(scene: Scene, torque: Array, contact: Array) -> Forces:
    """The forces of the step, those of the ground apart from those between bodies."""
    if scene.pairs is None:
        return Forces(torque, contact)
    world = stack(out_of_frames(scene.pairs, components(contact)))
    ground = len(point_layout(scene.model.topology).links)
    pairs = world[ground:] if scene.model.topology.pairs else None
    return Forces(torque, world[:ground], pairs)


def _newton_pass(scene: Scene, c: Array, guess: Guess, gamma: Array | None):
    """The velocity that solves the laws linearized about the guess, with the inverse of H and H."""
    H, residual = _assemble(scene, guess, c, gamma)
    inverse = spd_inverse(H)
    return settle(guess.v + solve(inverse, H, residual)), inverse, H


@traced_once
def _assemble(scene: Scene, guess: Guess, c: Array, gamma: Array | None) -> tuple[Array, Array]:
    """Newton matrix H = M + h (D + J^T W J) and residual M (v0 - v) + h (F - c + J^T f) at the
    guess v."""
    at, h = scene.at, scene.h
    residual = product(at.M, scene.v - guess.v) + h * (guess.laws.force - c)
    H = at.M + h * law_matrix(scene, guess.laws)
    if scene.points is None:
        return settle(H), residual
    ux, uy, _ = components(guess.slip)
    H = settle(H + h * _contact_matrix(scene, guess.normal_slope, gamma))
    f_n, none = guess.normal, jnp.zeros_like(guess.normal)
    force = [none, none, f_n] if gamma is None else [-gamma * ux, -gamma * uy, f_n]
    return H, settle(residual + h * project(scene, force))


def _contact_matrix(scene: Scene, normal: Array, gamma: Array | None) -> Float[Array, "nv nv *B"]:
    """J^T W J: of points on a plane like an inertia of their links, of others as it stands."""
    topology, S = scene.model.topology, scene.at.motions.S
    layout, arm, matrix = point_layout(topology), scene.points.arm, None
    if scene.pairs is not None:
        k = len(arm) - len(scene.pairs.gap)
        tangent = gamma if gamma is None else gamma[k:]
        matrix = pair_matrix(topology, scene.pairs, S, normal[k:], tangent)
        if not k:
            return matrix
        arm, normal, gamma = arm[:k], normal[:k], gamma if gamma is None else gamma[:k]
    weight = contact_stiffness(arm, normal, gamma)
    weight = tree_sum(layout.link_dofs.T, settle(weight))
    F = settle(stack(apply_contact_stiffness(weight, components(S))))
    ground = pair_product(tree_of(topology), S, F)
    return ground if matrix is None else ground + matrix


def _sliding_friction(scene: Scene, inverse: Array, H: Array, guess: Guess) -> Array:
    """gamma [points 1 B]: assume that every contact slides, and see how fast it would still go.

    d = u_t/|u_t|; dv = -h H^-1 sum J_t^T mu f_n d; s = d . J_t (v + dv); gamma = mu f_n / sqrt(s^2
    + eps^2).
    A cap for each contact alone would leave a block on a slope stuck.
    """
    law = scene.surface.law
    grip = scene.surface.friction * guess.normal
    d = slip_direction(law, components(guess.slip)[:2])
    drag = project(scene, [-grip * d[0], -grip * d[1], 0.0 * grip])
    slid = components(point_velocity(scene, guess.v + solve(inverse, H, scene.h * drag)))
    left = d[0] * slid[0] + d[1] * slid[1]
    left = jnp.where(left > 0.0, left, 0.0)
    return settle(friction_slope(law, grip, left * left))


def _slipping_friction(scene: Scene, guess: Guess) -> Array:
    """gamma [points 1 B] = mu f_n / sqrt(|u_t|^2 + eps^2) at the guess v: keeps each contact in its
    cone."""
    ux, uy, _ = components(guess.slip)
    limit = scene.surface.friction * guess.normal
    return settle(friction_slope(scene.surface.law, limit, ux * ux + uy * uy))


def _linear_forces(scene: Scene, guess: Guess, gamma: Array | None, v: Array) -> Forces:
    """The forces that the last pass applied: linear about its guess, taken at its solution v."""
    topology = scene.model.topology
    torque = guess.laws.torque
    if torque is not None:
        change = at_drives(topology, row_rates(scene, v - guess.v))
        torque = torque - guess.laws.torque_slope * change
    if scene.points is None or gamma is None:
        points = len(point_layout(topology).links)
        return Forces(torque, jnp.zeros((points, 3, *v.shape[1:]), v.dtype))
    u = point_velocity(scene, v)
    ux, uy, uz = components(u)
    _, _, uz_guess = components(guess.slip)
    f_n = guess.normal - guess.normal_slope * (uz - uz_guess)
    return Forces(torque, stack([-gamma * ux, -gamma * uy, f_n]))
