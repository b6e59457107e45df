"""The contact law: gap and velocity -> normal force, and friction that an implicit step can carry.

Normal force: f = k s(x), x = -gap - l u_n, where l looks ahead by the rest of the step and the
dissipation time, so that a
contact that is opening lets go and one that is closing resists. s is a smooth ramp. There is no
restitution.
Joint limits follow the same law, with the limit as the ground.

Friction: gamma = mu f_n / s for the slip speed s; the force -gamma u_t is linear in velocity, so
its power is never positive.
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from robodiff.physics.forms import bilinear
from robodiff.physics.layout import Components, components, settle, stack, traced_once
from robodiff.physics.model import Contact

LEAST_FORCE = 1e-6
"""Friction below this is never cut [N]; keeps the cone's tip differentiable."""


@jax.custom_jvp
@traced_once
def smooth_ramp(x: Array, b: Array, steepness: Array) -> tuple[Array, Array]:
    """s(x) = 0 | (x + b)^2 / 4b | x, below -b, within b, above b; and its slope. `steepness` is
    1 / 2b, which has no derivative of its own."""
    inside = jnp.minimum(jnp.maximum(x + b, 0.0), 2.0 * b)
    slope = inside * steepness
    return jnp.where(x > b, x, 0.5 * inside * slope), slope


@smooth_ramp.defjvp
@traced_once
def _smooth_ramp_jvp(primals, tangents):
    """ds = s' (dx + (1 - s') db); ds' = (dx + (1 - 2 s') db) / 2b within b, else 0."""
    (x, b, steepness), (dx, db, _) = primals, tangents
    dx = settle(dx)  # on the way back, much reads what stands there for it
    ramp, slope = smooth_ramp(x, b, steepness)
    bend = jnp.where(abs(x) < b, steepness, 0.0)
    changes = slope * (dx + (1.0 - slope) * db), bend * (dx + (1.0 - 2.0 * slope) * db)
    return (ramp, slope), changes


class ContactLaw(eqx.Module):
    """`Contact` spread over n points, once a rollout, so that its gradient is summed once too."""

    stiffness: Float[Array, "n *B"]
    """Normal stiffness [N/m]."""
    dissipation_time: Float[Array, "n *B"]
    """tau_d [s]."""
    slip_speed: Float[Array, "n *B"]
    """eps [m/s]."""
    smoothing: Float[Array, "n *B"]
    """b [m]."""
    steepness: Float[Array, "n *B"]
    """1 / 2b: how fast the slope of the smooth onset grows [1/m]."""


def contact_law(contact: Contact, n: int) -> ContactLaw:
    """The law of n points that share one `Contact`."""
    spread = jax.tree.map(lambda x: jnp.broadcast_to(x, (n, *x.shape)), contact)
    b = spread.smoothing
    return ContactLaw(spread.stiffness, spread.dissipation_time, spread.slip_speed, b, 0.5 / b)


def normal_force(law: ContactLaw, gap: Array, speed: Array, rest_of_step):
    """Force [N] and its slope -df/du [N s/m] at a gap [m] that opens with `speed` [m/s]."""
    look_ahead = rest_of_step + law.dissipation_time
    ramp, slope = smooth_ramp(-gap - look_ahead * speed, law.smoothing, law.steepness)
    return law.stiffness * ramp, law.stiffness * look_ahead * slope


def slip_direction(law: ContactLaw, slip: Components) -> list[Array]:
    """Unit vector along the slip, fading to zero well below the slip speed eps."""
    floor = 0.1 * law.slip_speed
    scale = lax.rsqrt(slip[0] * slip[0] + slip[1] * slip[1] + floor * floor)
    return [part * scale for part in slip]


def friction_slope(law: ContactLaw, limit: Array, speed_squared: Array) -> Array:
    """gamma = mu f_n / sqrt(speed^2 + eps^2) [N s/m], for the cone's `limit` = mu f_n."""
    return limit * lax.rsqrt(speed_squared + law.slip_speed * law.slip_speed)


def into_cone(friction: Array, force: list[Array]) -> list[Array]:
    """The force without what pulls (f_n < 0) or leaves the cone (|f_t| > mu f_n); by components."""
    x, y, z = force
    normal = jnp.where(z > 0.0, z, 0.0)
    length = jnp.sqrt(x * x + y * y + LEAST_FORCE * LEAST_FORCE)
    share = (friction * normal + LEAST_FORCE) / length
    share = jnp.where(share < 1.0, share, 1.0)
    return [share * x, share * y, normal]


def contact_stiffness(arm: Float[Array, "points 3 *B"], normal: Array, tangent: Array | None):
    """X^T diag(a, a, g) X of each point at `arm`, about the reference: 6 or 13 numbers.

    X maps a spatial motion to the point's velocity; g is the normal slope and a the tangential
    one (None for a frictionless pass). Summed over the tree like an inertia, this replaces the
    contact Jacobian.
    """
    x, y, z = components(arm)
    g = normal
    xg, yg = x * g, y * g
    if tangent is None:
        return stack([g, xg, yg, yg * y, xg * x, -xg * y])
    a = tangent
    xa, ya, za = x * a, y * a, z * a
    return stack([
        g, xg, yg, za * z + yg * y, za * z + xg * x, -xg * y,
        a, xa, ya, za, xa * x + ya * y, -za * x, -za * y,
    ])  # fmt: skip


def _apply(stiffness: Components, S: Components) -> list[Array]:
    wx, wy, wz, vx, vy, vz = S
    g, xg, yg, Jxx, Jyy, Jxy, *tangential = stiffness
    moment_x = Jxx * wx + Jxy * wy + yg * vz
    moment_y = Jxy * wx + Jyy * wy - xg * vz
    force_z = yg * wx - xg * wy + g * vz
    if not tangential:
        none = 0.0 * force_z
        return [moment_x, moment_y, none, none, none, force_z]
    a, xa, ya, za, Jzz, Jxz, Jyz = tangential
    return [
        moment_x + Jxz * wz - za * vy,
        moment_y + Jyz * wz + za * vx,
        Jxz * wx + Jyz * wy + Jzz * wz - ya * vx + xa * vy,
        za * wy - ya * wz + a * vx,
        xa * wz - za * wx + a * vy,
        force_z,
    ]


_APPLIED = {size: bilinear(size, 6, _apply) for size in (6, 13)}


def apply_contact_stiffness(stiffness: Float[Array, "nv k *B"], S: Components) -> list[Array]:
    """C S for the symmetric 6x6 matrix C of `contact_stiffness`."""
    return _APPLIED[stiffness.shape[1]](components(stiffness), S)
