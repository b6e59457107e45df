"""Principal axes of inertia whose derivative is safe where moments are equal."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

APART = 1e-9
"""Moments closer than this share of the largest are equal: their axes stay as they are."""


@jax.custom_jvp
def principal_axes(inertia: Float[Array, "n 3 3"]) -> Float[Array, "n 3 3"]:
    """Rotations whose columns are eigenvectors; right-handed, moments in rising order."""
    axes = jnp.linalg.eigh(inertia)[1]
    return axes * jnp.where(jnp.linalg.det(axes) < 0, -1.0, 1.0)[:, None, None]


@principal_axes.defjvp
def _principal_axes_jvp(primals, tangents):
    """dR = R W, W_ij = (R^T dI R)_ij / (I_j - I_i)."""
    (inertia,), (change,) = primals, tangents
    axes = principal_axes(inertia)
    seen = jnp.einsum("nki,nkl,nlj->nij", axes, change, axes)
    moments = jnp.einsum("nki,nkl,nli->ni", axes, inertia, axes)
    gap = moments[:, None, :] - moments[:, :, None]
    same = abs(gap) <= APART * abs(moments).max(axis=1)[:, None, None]
    return axes, axes @ jnp.where(same, 0.0, seen / jnp.where(same, 1.0, gap))
