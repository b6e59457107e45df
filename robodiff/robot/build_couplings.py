"""Tendons, couplings and the fluid of a model, and how firm those are that say nothing of it."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from robodiff.physics.couplings import Couplings, Fluid, Tendons
from robodiff.physics.firmness import inertia_of_ties
from robodiff.physics.model import Model, Shapes
from robodiff.robot.arrays import FloatArray, Numbers
from robodiff.robot.frames import quaternions, to_matrix
from robodiff.robot.mass_properties import MassProperties
from robodiff.robot.principal_axes import principal_axes
from robodiff.robot.spec import RobotSpec

COUPLING_RATE = 3000.0
"""Firm couplings give by their load's acceleration / rate^2: 1 um under its own weight [1/s]."""
STOP_RATE = 100.0
"""The same of firm tendon stops: 1 mm [1/s]."""
LEAST_SIDE = 1e-15
"""Of the square of a box's side [m^2]: rods have none."""


def build_tendons(spec: RobotSpec, numbers: Numbers) -> Tendons | None:
    """The tendons; stops without a stiffness have 1 for now."""
    if not spec.tendons:
        return None

    def each(field: str) -> FloatArray:
        return numbers.array([getattr(tendon, field) for tendon in spec.tendons], -1)

    limits = [tendon.limits for tendon in spec.tendons]
    return Tendons(
        lever=numbers.array([lever for tendon in spec.tendons for lever in tendon.levers], -1),
        stiffness=each("stiffness"),
        damping=each("damping"),
        friction=each("friction"),
        rest_lower=numbers.array([tendon.rest[0] for tendon in spec.tendons], -1),
        rest_upper=numbers.array([tendon.rest[1] for tendon in spec.tendons], -1),
        lower=numbers.array([limit.lower if limit else -np.inf for limit in limits], -1),
        upper=numbers.array([limit.upper if limit else np.inf for limit in limits], -1),
        limit_stiffness=numbers.array(
            [(limit.stiffness or 1.0) if limit else 0.0 for limit in limits], -1
        ),
    )


def build_couplings(spec: RobotSpec, numbers: Numbers) -> Couplings | None:
    """The couplings; those without a stiffness have 1 for now."""
    if not spec.couplings:
        return None
    couplings = spec.couplings
    return Couplings(
        polynomial=numbers.rows([one.polynomial for one in couplings], 5),
        first_point=numbers.rows([one.points[0] for one in couplings], 3),
        second_point=numbers.rows([one.points[1] for one in couplings], 3),
        rotation=quaternions(numbers, [one.rotation for one in couplings]),
        stiffness=numbers.array([one.stiffness or 1.0 for one in couplings], -1),
        turning_stiffness=numbers.array([one.turning_stiffness or 1.0 for one in couplings], -1),
        time_constant=numbers.array([one.time_constant for one in couplings], -1),
    )


def build_fluid(
    spec: RobotSpec, numbers: Numbers, shapes: Shapes, masses: MassProperties
) -> Fluid | None:
    """The fluid, and a box of each link's mass and moments about its principal axes.

    A link of one shape has that shape's axes, whatever its moments; others the axes of their
    inertia, where equal moments leave a choice.
    """
    if spec.fluid is None:
        return None
    axes = principal_axes(jnp.asarray(masses.inertia))
    frames = to_matrix(shapes.rotation)
    for link in range(len(spec.links)):
        own = [i for i, shape in enumerate(spec.shapes) if shape.link == link]
        carried = [a for a in spec.actuators if spec.links[a.link].parent == link and a.mass.value]
        if len(own) == 1 and not spec.links[link].inertial and not carried:
            axes = axes.at[link].set(frames[own[0]])
    turned = rotated_back(jnp.asarray(masses.inertia), axes)
    moments = jnp.diagonal(turned, axis1=1, axis2=2)
    mass = jnp.asarray(masses.mass)[:, None]
    # m/12 (b_j^2 + b_k^2) = I_i
    square = 6.0 * (moments.sum(1, keepdims=True) - 2.0 * moments)
    side = jnp.sqrt(jnp.maximum(square / jnp.where(mass > 0, mass, 1.0), LEAST_SIDE))
    return Fluid(
        density=numbers.array([spec.fluid.density]),
        viscosity=numbers.array([spec.fluid.viscosity]),
        wind=numbers.array(spec.fluid.wind, 3),
        box=jnp.where(mass > 0, side, 0.0),
        axes=axes.reshape(-1, 9),
    )


def rotated_back(inertia: jax.Array, axes: jax.Array) -> jax.Array:
    """R^T I R [n, 3, 3]."""
    return jnp.einsum("nki,nkl,nlj->nij", axes, inertia, axes)


def make_firm(spec: RobotSpec, model: Model) -> Model:
    """The stiffness of what gives none: rate^2 times the inertia that it would hold at the
    start."""
    soft = np.array([one.stiffness is None for one in spec.couplings], bool)
    limp = np.array([one.turning_stiffness is None and one.kind == "weld"
                     for one in spec.couplings], bool)  # fmt: skip
    loose = np.array([bool(t.limits) and t.limits.stiffness is None for t in spec.tendons], bool)
    if not (soft.any() or limp.any() or loose.any()):
        return model
    inertia = eqx.filter_jit(inertia_of_ties)(model)
    if (c := model.couplings) is not None:
        firm = COUPLING_RATE**2 * inertia.couplings
        turning = COUPLING_RATE**2 * inertia.turning
        c = eqx.tree_at(
            lambda c: (c.stiffness, c.turning_stiffness),
            c,
            (jnp.where(soft, firm, c.stiffness), jnp.where(limp, turning, c.turning_stiffness)),
        )
        model = eqx.tree_at(lambda m: m.couplings, model, c)
    if (t := model.tendons) is not None:
        stops = jnp.where(loose, STOP_RATE**2 * inertia.tendons, t.limit_stiffness)
        model = eqx.tree_at(lambda m: m.tendons.limit_stiffness, model, stops)
    return model
