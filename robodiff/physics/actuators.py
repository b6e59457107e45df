"""What acts in the joints: springs, damping, dry friction, motors, servos and limit stops.

Each law returns a force and its slope -dF/dv over the rest of the step, so that the step can carry
it implicitly. All are elementwise: one row a velocity coordinate or tendon.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from robodiff.physics.contact import normal_force
from robodiff.physics.couplings import Tendons
from robodiff.physics.joint_rows import Drives, Stops
from robodiff.physics.layout import settle, traced_once
from robodiff.physics.model import Model
from robodiff.physics.sums import tree_sum

FRICTION_SPEED = 1e-3
"""Joint speed at which dry friction saturates [rad/s or m/s]."""
NONE = 1e-9
"""Stands for a motor that cannot push in one direction [N m]."""
LEAST_TORQUE = 0.01
"""Share of the torque limit that is left at and beyond the no-load speed."""
FARTHEST = 1e4
"""How often a motor's limit the force that it is asked for may be; more is as much."""


@jax.custom_jvp
@traced_once
def smooth_clamp(x: Array, limit: Array) -> tuple[Array, Array]:
    """x / (1 + (x / limit)^8)^(1/8), within 2 % of x below 0.8 limit; and its slope.

    The slope falls off as a power, never exponentially, so that a saturated motor still learns.
    """
    share, shrink, slope = _shrink(x, limit)
    return limit * share * shrink, slope


def _shrink(x: Array, limit: Array) -> tuple[Array, Array, Array]:
    """r = x / limit, within 1e4; s = (1 + r^8)^(-1/8), by three roots, which vectorize where a
    power does not; and the slope s^9."""
    r = lax.clamp(-FARTHEST, x / limit, FARTHEST)
    r8 = (r * r) ** 4
    s = lax.rsqrt(jnp.sqrt(jnp.sqrt(1.0 + r8)))
    return r, s, s * (s * s) ** 4


@smooth_clamp.defjvp
@traced_once
def _smooth_clamp_jvp(primals, tangents):
    """With y = L r s and y' = s^9: dr = (dx - r dL) / L, dy = y' dx + r (s - y') dL and
    dy' = -9 (r s)^7 s^10 dr."""
    (x, limit), (dx, dlimit) = primals, map(settle, tangents)  # as in `smooth_ramp`
    share, shrink, slope = _shrink(x, limit)
    held = share * shrink
    bend = -9.0 * slope * shrink * held * (held * held) ** 3
    bend = jnp.where(abs(share) < FARTHEST, bend / limit, 0.0)
    changes = slope * dx + (held - share * slope) * dlimit, bend * (dx - share * dlimit)
    return (limit * held, slope), changes


def drive(
    a: Drives, angle: Array, v: Array, command: Float[Array, "drives *B"], rest_of_step
) -> tuple[Array, Array]:
    """Motor: force = command. Position servo: kp (command - gear q) - kd gear v. Velocity: kd
    (command - gear v). Torque at the joint, gear x force [N m or N], and its slope.

    The angle q is that at the middle of the step; the servo sees it at the end, q + rest_of_step v.
    """
    speed = a.gear * v
    feedback = -a.stiffness * (a.gear * angle + rest_of_step * speed) - a.damping * speed
    force, slope = _limited(a, a.gain * command + feedback, speed)
    implicit = a.damping + rest_of_step * a.stiffness
    return a.gear * force, a.gear * a.gear * slope * implicit


def _limited(a: Drives, force: Array, speed: Array) -> tuple[Array, Array]:
    """Clamp to the torque-speed curve: full torque when braking, falling to zero at the no-load
    speed."""
    lost = lax.clamp(LEAST_TORQUE - 1.0, speed * a.slowness, 1.0 - LEAST_TORQUE)
    if a.force_lower is not None:
        return _between(a, force, 1.0 - jnp.maximum(lost, 0.0), 1.0 + jnp.minimum(lost, 0.0))
    # the middle of the limits (1 - max(lost, 0)) L and -(1 + min(lost, 0)) L, and half of what
    # lies between; |lost| by its sign, so that at rest neither direction comes first
    middle = -0.5 * a.force_limit * lost
    half = a.force_limit * (1.0 - 0.5 * lost * jnp.sign(lost))
    clamped, slope = smooth_clamp(force - middle, half)
    return middle + clamped, slope


def _between(a: Drives, force: Array, upper: Array, lower: Array) -> tuple[Array, Array]:
    """The same between limits that differ by direction: each side has a clamp of its own, so that
    no command is no force. `upper` and `lower` are the shares left at this speed."""
    assert a.force_lower is not None
    top = jnp.where(a.force_limit > 0.0, upper, 1.0) * a.force_limit
    bottom = jnp.where(a.force_lower < 0.0, lower, 1.0) * a.force_lower
    rest = jnp.clip(0.0, bottom, top)
    beyond = force - rest
    rise, up = smooth_clamp(jnp.maximum(beyond, 0.0), jnp.maximum(top - rest, NONE))
    fall, down = smooth_clamp(jnp.minimum(beyond, 0.0), jnp.maximum(rest - bottom, NONE))
    return rest + rise + fall, jnp.where(beyond >= 0.0, up, down)


def torque_bounds(a: Drives) -> tuple[Array, Array]:
    """Least and largest torque at the joint [N m or N]."""
    if a.force_lower is None:
        limit = jnp.abs(a.gear) * a.force_limit
        return -limit, limit
    ends = a.gear * a.force_lower, a.gear * a.force_limit
    return jnp.minimum(*ends), jnp.maximum(*ends)


def passive(model: Model, displacement: Array, v: Array, rest_of_step) -> tuple[Array, Array]:
    """Springs, damping and dry friction: force and slope of each coordinate."""
    j = model.joints
    grip = j.friction * lax.rsqrt(v * v + FRICTION_SPEED * FRICTION_SPEED)
    force = -j.stiffness * (displacement + rest_of_step * v) - (j.damping + grip) * v
    return force, j.stiffness * rest_of_step + j.damping + grip


def tendon_springs(t: Tendons, length: Array, rate: Array, rest_of_step) -> tuple[Array, Array]:
    """Springs with a range where they are at ease, damping and dry friction: force and slope of
    each tendon."""
    ahead = length + rest_of_step * rate
    stretch = jnp.maximum(ahead - t.rest_upper, 0.0) + jnp.minimum(ahead - t.rest_lower, 0.0)
    taut = (ahead < t.rest_lower) | (ahead > t.rest_upper) | (t.rest_lower >= t.rest_upper)
    loss = t.damping + t.friction * lax.rsqrt(rate * rate + FRICTION_SPEED * FRICTION_SPEED)
    slope = jnp.where(taut, t.stiffness, 0.0) * rest_of_step + loss
    return -t.stiffness * stretch - loss * rate, slope


def limit_stops(stops: Stops, angle: Array, v: Array, rest_of_step) -> tuple[Array, Array]:
    """Joint limits: force and slope of each coordinate."""
    up, up_slope = normal_force(stops.law, angle - stops.lower, v, rest_of_step)
    down, down_slope = normal_force(stops.law, stops.upper - angle, -v, rest_of_step)
    return up - down, up_slope + down_slope


def spread(dofs, values: Float[Array, "k *B"], nv: int) -> Float[Array, "nv *B"]:
    """Put values of some coordinates at their places, zero elsewhere; sums repeated ones."""
    return tree_sum(np.eye(nv)[np.array(dofs, dtype=int)].T, values)
