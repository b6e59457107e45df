"""Cubic B-splines over time."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.controllers.controller import Part


@dataclass(frozen=True, eq=False)
class Spline(Part):
    """Uniform cubic B-spline of control points, held at both ends or periodic."""

    knots: int
    """Number of control points."""
    duration: float
    """Time from the first control point to the last [s]; unused when periodic."""
    periodic: bool
    """Whether control point `knots` is control point 0 again, one period later."""

    def output(self, values, time, state) -> Float[Array, "n B"]:
        if self.periodic:
            turns = time / jnp.exp(values["log_period"])
            place = self.knots * (turns - jnp.floor(turns))
        else:
            pace = (self.knots - 1) / self.duration
            place = jnp.clip(jnp.atleast_1d(time) * pace, -1.0, self.knots)
        weights = spline_weights(place, self.knots, self.periodic)
        curve = jnp.sum(values["knots"] * weights[None], axis=1)
        return curve + values["offset"] if "offset" in values else curve


def spline_weights(
    place: Float[Array, " B"], knots: int, periodic: bool
) -> Float[Array, "knots B"]:
    """Weight of each control point at a place measured in knots from the first."""
    # The cardinal B-spline about 0: B(d) = [(2 - d)+^3 - 4 (1 - d)+^3] / 6 with d = |x|.
    points = np.arange(-2, knots + 2)
    distance = jnp.abs(place[None, :] - points[:, None])
    outer, inner = jnp.maximum(2.0 - distance, 0.0), jnp.maximum(1.0 - distance, 0.0)
    weights = (outer * outer * outer - 4.0 * inner * inner * inner) / 6.0
    # Points beyond the ends repeat the last one, or the curve from the other end.
    owner = points % knots if periodic else np.clip(points, 0, knots - 1)
    fold = (owner[None, :] == np.arange(knots)[:, None]).astype(float)
    return jnp.sum(fold[:, :, None] * weights[None], axis=1)
