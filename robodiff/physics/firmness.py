"""The inertia that ties hold: what a stiffness is measured against to be firm."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.dynamics import configure
from robodiff.physics.joint_rows import joint_rows, row_angles
from robodiff.physics.kinematics import frames_of
from robodiff.physics.linear import spd_inverse
from robodiff.physics.model import Model
from robodiff.physics.springs import hold

LEAST = 1e-12
"""Of 1 / inertia: ties of what cannot move hold nothing."""


class TieInertia(NamedTuple):
    """1 / (J M^-1 J^T) of each tie at the model's start, the mean of its rows."""

    couplings: Float[Array, " couplings"]
    """Of their only row, or of the three of a point [kg or kg m^2]."""
    turning: Float[Array, " couplings"]
    """Of the three rotations of a weld [kg m^2]; meaningless for others."""
    tendons: Float[Array, " tendons"]
    """[kg or kg m^2]."""


def inertia_of_ties(model: Model) -> TieInertia:
    """What the ties of a model (no batch axis) hold."""
    at = configure(model, frames_of(model), model.start_q)
    inverse = spd_inverse(at.M)
    tendons = joint_rows(model).tendons
    angle = row_angles(model, tendons, model.start_q)
    none = jnp.zeros(0, inverse.dtype)
    couplings = turning = none
    if model.couplings is not None:
        held, owners, turns = hold(model, model.couplings, at, tendons, angle, model.start_v)
        given = _mobility(held.J, inverse)
        couplings = 1.0 / jnp.maximum(_mean(given, owners, ~turns), LEAST)
        turning = 1.0 / jnp.maximum(_mean(given, owners, turns), LEAST)
    own = none if tendons is None else _mobility(tendons, inverse)
    return TieInertia(couplings, turning, 1.0 / jnp.maximum(own, LEAST))


def _mobility(J: Float[Array, "n nv"], inverse: Float[Array, "nv nv"]) -> Float[Array, " n"]:
    """diag(J M^-1 J^T)."""
    return jnp.sum((J @ inverse) * J, axis=1)


def _mean(values: Array, owners: np.ndarray, counted: np.ndarray) -> Array:
    """Mean over the counted rows of each owner (columns of `owners`); 0 without one."""
    weight = owners.T * counted
    return jnp.asarray(weight / np.maximum(weight.sum(axis=1, keepdims=True), 1)) @ values
