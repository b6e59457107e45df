"""Trees of arrays as one vector."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float


def packed(tree: Any) -> tuple[Float[Array, " n"], Callable[[Float[Array, " n"]], Any]]:
    """All numbers of a tree of arrays of one type, one after another, and the function that unpacks
    such a vector."""
    leaves, structure = jax.tree.flatten(tree)
    shapes = [leaf.shape for leaf in leaves]

    def unpack(vector: Array) -> Any:
        return jax.tree.unflatten(structure, cut(vector, shapes))

    if not leaves:
        return jnp.zeros(0), lambda _: tree
    return jnp.concatenate([leaf.ravel() for leaf in leaves]), unpack


def cut(vector: Float[Array, " n"], shapes: Sequence[tuple[int, ...]]) -> Iterator[Array]:
    """The arrays of these shapes that lie in a vector one after another."""
    parts = lax.split(vector, [math.prod(shape) for shape in shapes])
    return (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
