"""Functions whose gradient is finite everywhere, and means over part of the time."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Scalar = float | Array


def relu(x, width: float):
    """max(x, 0), rounded over `width`; 0 far below."""
    return 0.5 * (x + jnp.sqrt(x * x + width * width)) - 0.5 * width


def absolute(x, width: float):
    """|x|, rounded over `width`; exactly 0 at 0."""
    return jnp.sqrt(x * x + width * width) - width


def excess_squared(x):
    """max(x, 0)^2, which is smooth as it is."""
    positive = jnp.maximum(x, 0.0)
    return positive * positive


def window(
    time: Float[Array, " T"], start: Scalar = 0.0, end: Scalar = np.inf
) -> Float[Array, " T"]:
    """1 within start <= time <= end, and at the last instant where that would leave none."""
    slack = 1e-3 * (time[1] - time[0])
    start = jnp.minimum(start, time[-1])
    return ((time >= start - slack) & (time <= end + slack)).astype(time.dtype)


def mean(x: Float[Array, "T *n B"], weights: Float[Array, " T"]) -> Float[Array, "*n B"]:
    """Weighted mean over time; 0 where no weight is."""
    total = jnp.tensordot(weights, x, axes=1, precision="highest")
    return total / jnp.maximum(jnp.sum(weights), 1e-9)


def largest(x: Float[Array, "T B"], weights: Float[Array, " T"], sharpness: float):
    """Smooth maximum over time: log(mean(exp(k x))) / k, a little below the true one."""
    top = jnp.max(x, axis=0, keepdims=True)
    return top[0] + jnp.log(mean(jnp.exp(sharpness * (x - top)), weights) + 1e-30) / sharpness
