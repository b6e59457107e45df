"""Sinusoids with trainable amplitude, phase, offset and frequency."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.controllers.controller import Part
from robodiff.controllers.groups import Groups


@dataclass(frozen=True, eq=False)
class Oscillator(Part):
    """offset + amplitude sin(2 pi f t + phase), with an optional second harmonic."""

    groups: Groups
    """Actuators that share parameters."""
    shift: np.ndarray
    """[n, 1] phase of each actuator ahead of its group [rad]."""
    ramp: float
    """Time over which the amplitude fades in [s]."""

    def output(self, values, time, state) -> Float[Array, "n B"]:
        expand = self.groups.expand
        clock = 2.0 * jnp.pi * jnp.exp(values["log_frequency"]) * time
        clock = (clock if clock.ndim == 1 else expand(clock)) + self.shift
        wave = expand(values["amplitude"]) * jnp.sin(clock + expand(values["phase"]))
        if "amplitude2" in values:
            second = jnp.sin(2.0 * clock + expand(values["phase2"]))
            wave = wave + expand(values["amplitude2"]) * second
        return expand(values["offset"]) + self._fade(time) * wave

    def _fade(self, time):
        """Smooth step from 0 to 1 over the ramp."""
        if self.ramp == 0.0:
            return 1.0
        s = jnp.clip(time / self.ramp, 0.0, 1.0)
        return s * s * (3.0 - 2.0 * s)
