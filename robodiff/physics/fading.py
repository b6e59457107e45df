"""Derivatives that fade on their way back through time, for motions that forget their start."""

from __future__ import annotations

import jax
from jaxtyping import Array, Float


@jax.custom_jvp
def fade(x: Float[Array, "..."], share: Float[Array, ""]) -> Float[Array, "..."]:
    """The same numbers, whose derivatives are `share` of what they were; 1 changes nothing.

    In a chaotic rollout the derivative through the state grows without bound while its use as a
    descent direction vanishes (Metz et al., "Gradients are not all you need", 2021). Faded by
    exp(-dt / memory) at each step, it holds what matters within `memory` seconds.
    """
    del share
    return x


@fade.defjvp
def _fade_jvp(primals, tangents):
    x, share = primals
    return x, share * tangents[0]
