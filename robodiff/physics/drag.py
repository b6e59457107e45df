"""The drag of a fluid: MuJoCo's inertia-box model, six rows a link.

Each link is a box of its mass and moments, at its centre of mass. With sides b, mean side d, and
the velocity in the box's axes, the fluid exerts -3 pi d viscosity v - 1/2 density b_j b_k |v_i| v_i
and -pi d^3 viscosity w - density/64 b_i (b_j^4 + b_k^4) |w_i| w_i (MuJoCo's documentation,
Computation, Passive forces).
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.couplings import Fluid
from robodiff.physics.dynamics import Configuration
from robodiff.physics.joined import velocity_rows
from robodiff.physics.kinematics import world_centers
from robodiff.physics.layout import aligned, components, rows
from robodiff.physics.model import Model
from robodiff.physics.rotation import compose, rotate_back


class Drag(eqx.Module):
    """Rows of all links: turning about x, y, z, then moving along them."""

    J: Float[Array, "drag nv *B"]
    """Velocity of the box about or along each axis, per unit velocity of each coordinate."""
    flow: Float[Array, "drag *B"]
    """Velocity of the fluid there [m/s]; 0 for turning."""
    linear: Float[Array, "drag *B"]
    """[N s/m or N m s]."""
    quadratic: Float[Array, "drag *B"]
    """[N s^2/m^2 or N m s^2]."""


def drag_rows(model: Model, fluid: Fluid, at: Configuration) -> Drag:
    """The rows at a configuration."""
    S = components(at.motions.S)
    axes = compose(components(at.poses.rotation), components(fluid.axes))
    arm = components(world_centers(model, at.poses) - at.motions.reference)
    movers = aligned(model.topology.link_dofs.astype(float), at.M)
    each = [rows(part) for part in axes]
    J = [*rotate_back(each, [movers * part[None] for part in S[:3]])]
    J += rotate_back(each, velocity_rows(S, arm, movers))
    wind = rotate_back(axes, components(fluid.wind[None]))
    flow = [*(0.0 * part for part in wind), *wind]
    b = components(fluid.box)
    mean = (b[0] + b[1] + b[2]) / 3.0
    sides = [(b[i], b[(i + 1) % 3], b[(i + 2) % 3]) for i in range(3)]
    rho, eta = fluid.density, fluid.viscosity
    linear = [jnp.pi * eta * mean**3] * 3 + [3.0 * jnp.pi * eta * mean] * 3
    quadratic = [
        *(rho / 64.0 * i * (j**4 + k**4) for i, j, k in sides),
        *(0.5 * rho * j * k for _, j, k in sides),
    ]
    flat = [jnp.concatenate(parts) for parts in (flow, linear, quadratic)]
    return Drag(jnp.concatenate(J), *flat)


def drag_force(drag: Drag, u: Array) -> tuple[Array, Array]:
    """f = -(a + b |u|) u for the velocity u relative to the fluid, and its slope."""
    u = u - drag.flow
    return -(drag.linear + drag.quadratic * abs(u)) * u, drag.linear + 2 * drag.quadratic * abs(u)
