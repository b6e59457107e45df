"""Forces on several coordinates at once, as rows: each has a velocity u = J v and a force along it.

A tendon, one number that a coupling holds at 0, and the drag along one axis of one link are a row
each. Its force f comes with its slope g = -df/du, so the step carries it implicitly: J^T f in the
residual and h J^T g J in the matrix. Robots without ties have no rows, and no program for them.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.drag import Drag, drag_rows
from robodiff.physics.dynamics import Configuration
from robodiff.physics.model import Model
from robodiff.physics.springs import Springs, hold


class Ties(eqx.Module):
    """All rows beyond the coordinates."""

    J: Float[Array, "ties nv *B"]
    """Of tendons, springs and drag, in this order."""
    springs: Springs | None
    """None without couplings."""
    drag: Drag | None
    """None in a vacuum."""


def tie(
    model: Model, at: Configuration, tendons: Array | None, angle: Array, v: Array
) -> Ties | None:
    """The rows at a configuration, None without any; `tendons` [tendons nv B] and `angle`
    [rows B] are those of `joint_rows`."""
    springs = drag = None
    if model.couplings is not None:
        springs, *_ = hold(model, model.couplings, at, tendons, angle, v)
    if model.fluid is not None:
        drag = drag_rows(model, model.fluid, at)
    parts = [*([] if tendons is None else [tendons]), *(p.J for p in (springs, drag) if p)]
    return Ties(jnp.concatenate(parts), springs, drag) if parts else None


def along(J: Float[Array, "n nv *B"], v: Float[Array, "nv *B"]) -> Float[Array, "n *B"]:
    """J v."""
    return jnp.sum(J * v[None], axis=1)


def back(J: Float[Array, "n nv *B"], f: Float[Array, "n *B"]) -> Float[Array, "nv *B"]:
    """J^T f."""
    return jnp.sum(J * f[:, None], axis=0)


def square(J: Float[Array, "n nv *B"], g: Float[Array, "n *B"]) -> Float[Array, "nv nv *B"]:
    """J^T diag(g) J."""
    return jnp.sum(J[:, :, None] * (g[:, None] * J)[:, None, :], axis=0)
