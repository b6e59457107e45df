"""Linear feedback of named features."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.controllers.controller import Part
from robodiff.controllers.features import Features
from robodiff.controllers.groups import Groups


@dataclass(frozen=True, eq=False)
class Feedback(Part):
    """bias + gain (features - reference)."""

    features: Features
    """What is fed back."""
    reference: np.ndarray
    """[F, 1] features at which the feedback is zero."""
    groups: Groups
    """Actuators that share gains and bias."""

    @property
    def open_loop(self) -> bool:
        return False

    def output(self, values, time, state) -> Float[Array, "n B"]:
        error = self.features.values(state) - self.reference
        response = jnp.sum(values["gain"] * error[None], axis=1)
        return self.groups.expand(values["bias"] + response)
