"""What acts in the joints: springs, damping, dry friction, motors, servos and limit stops.

Each law returns a force and its slope -dF/dv over the rest of the step, so that the step can carry
it implicitly.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.contact import ContactLaw, contact_law, normal_force
from robodiff.physics.layout import rows, tree_sum
from robodiff.physics.model import Model

UNLIMITED = 1e9
"""Stands for an infinite torque limit [N m]; finite, so that no inf - inf appears."""
FRICTION_SPEED = 1e-3
"""Joint speed at which dry friction saturates [rad/s or m/s]."""
LEAST_TORQUE = 0.01
"""Share of the torque limit that is left at and beyond the no-load speed."""


class Drive(eqx.Module):
    """Actuator forces at the joint, linear in the velocity over one step."""

    torque: Float[Array, "nu B"]
    """gear x force [N m or N]."""
    slope: Float[Array, "nu B"]
    """-d torque / d joint velocity [N m s]."""


def smooth_clamp(x: Array, limit: Array) -> tuple[Array, Array]:
    """x / (1 + (x / limit)^8)^(1/8), within 2 % of x below 0.8 limit; and its slope.

    The slope falls off as a power, never exponentially, so that a saturated motor still learns.
    """
    r = jnp.clip(x / limit, -1e4, 1e4)
    r8 = (r * r) ** 4
    shrink = (1.0 + r8) ** -0.125
    return limit * r * shrink, shrink / (1.0 + r8)


def drive(model: Model, q: Array, v: Array, command: Float[Array, "nu B"], rest_of_step) -> Drive:
    """Motor: force = command. Position servo: kp (command - gear q) - kd gear v. Velocity: kd
    (command - gear v).

    q is the configuration at the middle of the step; the servo sees it at the end, q + rest_of_step
    v.
    """
    a, topology = model.actuators, model.topology
    joint_q = _pick(np.array([topology.q_start[link] for link in topology.actuator_links]), q)
    joint_v = _pick(np.array(topology.actuator_dofs), v)
    speed = a.gear * joint_v
    angle = a.gear * joint_q + rest_of_step * speed
    kinds = np.array(topology.actuator_kinds)[:, None]
    feedback = -a.stiffness * angle - a.damping * speed
    gain = jnp.where(kinds == "motor", 1.0, jnp.where(kinds == "position", a.stiffness, a.damping))
    force, slope = _limited(model, gain * command + feedback, speed)
    implicit = a.damping + rest_of_step * a.stiffness
    return Drive(a.gear * force, a.gear * a.gear * slope * implicit)


def _limited(model: Model, force: Array, speed: Array) -> tuple[Array, Array]:
    """Clamp to the torque-speed curve: full torque when braking, falling to zero at the no-load
    speed."""
    limit = jnp.minimum(model.actuators.force_limit, UNLIMITED)
    ratio = speed / model.actuators.no_load_speed
    upper = jnp.clip(1.0 - ratio, LEAST_TORQUE, 1.0)
    lower = jnp.clip(1.0 + ratio, LEAST_TORQUE, 1.0)
    middle, half = 0.5 * limit * (upper - lower), 0.5 * limit * (upper + lower)
    clamped, slope = smooth_clamp(force - middle, half)
    return middle + clamped, slope


def passive(model: Model, displacement: Array, v: Array, rest_of_step) -> tuple[Array, Array]:
    """Springs, damping and dry friction: force and slope of each coordinate."""
    j = model.joints
    grip = j.friction / jnp.sqrt(v * v + FRICTION_SPEED * FRICTION_SPEED)
    force = -j.stiffness * (displacement + rest_of_step * v) - (j.damping + grip) * v
    return force, j.stiffness * rest_of_step + j.damping + grip


def limit_law(model: Model) -> ContactLaw:
    """Joint limits by the contact law, with their own stiffness."""
    law = contact_law(model.contact, len(model.topology.limited_joints))
    return eqx.tree_at(lambda x: x.stiffness, law, rows(model.joints.limit_stiffness))


def limit_stops(
    model: Model, law: ContactLaw, q: Array, v: Array, rest_of_step
) -> tuple[Array, Array]:
    """Joint limits: force and slope of each limited coordinate; `law` is `limit_law(model)`."""
    topology, j = model.topology, model.joints
    angle = _pick(np.array([topology.q_start[link] for link in topology.limited_joints]), q)
    speed = rows(_pick(np.array(topology.limited_dofs), v))
    below, above = rows(angle - j.lower), rows(j.upper - angle)
    up, up_slope = normal_force(law, below, speed, rest_of_step)
    down, down_slope = normal_force(law, above, -speed, rest_of_step)
    return (up - down)[:, 0], (up_slope + down_slope)[:, 0]


def spread(dofs, values: Float[Array, "k B"], nv: int) -> Float[Array, "nv B"]:
    """Put values of some coordinates at their places, zero elsewhere; sums repeated ones."""
    return tree_sum(np.eye(nv)[np.array(dofs, dtype=int)].T, rows(values))[:, 0]


def _pick(index: np.ndarray, x: Float[Array, "n B"]) -> Float[Array, "k B"]:
    """x[index] as a product, whose transpose is a product too instead of a scatter."""
    return tree_sum(np.eye(x.shape[0])[index], rows(x))[:, 0]
