"""Neural-network policies."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.controllers.controller import Parameter, Part
from robodiff.controllers.features import Features


@dataclass(frozen=True, eq=False)
class Policy(Part):
    """tanh layers from features (and a clock) to commands."""

    features: Features
    """What the network sees."""
    feature_scale: np.ndarray
    """[F, 1] factor on each feature."""
    layers: int
    """Number of layers, the last one included."""
    clock: bool
    """Whether sin and cos of a clock are inputs too."""

    @property
    def open_loop(self) -> bool:
        return False

    def output(self, values, time, state) -> Float[Array, "n B"]:
        x = self.features.values(state) * self.feature_scale
        if self.clock:
            angle = 2.0 * jnp.pi * jnp.exp(values["log_frequency"]) * time
            wave = jnp.stack([jnp.sin(angle), jnp.cos(angle)])
            x = jnp.concatenate([x, jnp.broadcast_to(wave, (2, x.shape[-1]))], axis=0)
        for layer in range(self.layers):
            # The batch is the last axis of weights as well, so this is no matrix product.
            x = jnp.sum(values[f"weight{layer}"] * x[None], axis=1) + values[f"bias{layer}"]
            x = jnp.tanh(x)
        return x


def layer_parameters(
    sizes: list[list[str]], output_scale: float, seed: int, noise: float, fixed: bool
) -> list[Parameter]:
    """Weights and biases of every layer, from the names of the units of each."""
    rng = np.random.default_rng(seed)
    parameters = []
    for layer, (inputs, outputs) in enumerate(pairwise(sizes)):
        gain = output_scale if layer == len(sizes) - 2 else 1.0
        spread = gain / np.sqrt(max(len(inputs), 1))
        weight = spread * rng.normal(size=(len(outputs), len(inputs)))
        axes = (tuple(outputs), tuple(inputs))
        parameters += [
            Parameter(f"weight{layer}", weight, axes, noise * spread, fixed),
            Parameter(f"bias{layer}", np.zeros(len(outputs)), (tuple(outputs),), 0.0, fixed),
        ]
    return parameters
