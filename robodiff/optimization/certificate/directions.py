"""Directions in which a population is moved, and differences along them."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from robodiff.optimization.parameters import Variables

KINDS = ("gradient", "design", "control")
"""Directions: along the gradient, or random in the design or in the control."""


def directions(gradient: Variables, shift: int) -> tuple[list[str], Variables]:
    """A unit direction for each start, of alternating kinds."""
    count = gradient.design.shape[-1]
    random = np.random.default_rng(shift)
    noise = jax.tree.map(lambda leaf: random.standard_normal(leaf.shape), gradient)
    nothing = jax.tree.map(np.zeros_like, gradient)
    choices = {
        "gradient": gradient,
        "design": Variables(noise.design, nothing.control),
        "control": Variables(nothing.design, noise.control),
    }
    usable = [kind for kind in KINDS if any(np.any(x) for x in jax.tree.leaves(choices[kind]))]
    usable = usable or ["gradient"]
    kinds = [usable[(start + shift) % len(usable)] for start in range(count)]

    def pick(*leaves: np.ndarray) -> np.ndarray:
        columns = [leaves[usable.index(kind)][..., i] for i, kind in enumerate(kinds)]
        return np.stack(columns, axis=-1)

    chosen = jax.tree.map(pick, *(choices[kind] for kind in usable))
    chosen = jax.tree.map(lambda leaf: np.where(np.isfinite(leaf), leaf, 0.0), chosen)
    length = np.sqrt(dot(chosen, chosen))
    return kinds, jax.tree.map(lambda leaf: leaf / np.where(length > 0, length, 1.0), chosen)


def quotient(run: Any, variables: Variables, along: Variables, width: float) -> np.ndarray:
    """The central difference of each start's loss, over the moves that rounding left."""

    def moved(sign: float) -> Variables:
        return jax.tree.map(lambda x, d: (x + sign * width * d).astype(x.dtype), variables, along)

    ahead, behind = moved(1.0), moved(-1.0)
    gaps = jax.tree.map(lambda a, b: np.asarray(a, float) - b, ahead, behind)
    losses = [np.asarray(run(place).evaluation.loss, float) for place in (ahead, behind)]
    step = dot(gaps, along)
    return (losses[0] - losses[1]) / np.where(step > 0, step, 1.0)


def dot(a: Variables, b: Variables) -> Float[np.ndarray, " starts"]:
    """Inner product of each start."""
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    parts = [np.sum(np.asarray(x, float) * y, axis=tuple(range(x.ndim - 1))) for x, y in pairs]
    return np.sum(parts, axis=0)
