"""How a large batch is divided, and what a rollout keeps for the way back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.layout import concatenate, divide
from robodiff.physics.linear import INVERSE, SOLUTION, UNROLL_LIMIT

Tree = TypeVar("Tree")

PART = 2**14
"""Numbers of one mass matrix that a part of a batch may have: a sixteenth of a megabyte in
float32."""


def number_of_parts(nv: int, batch: int) -> int:
    """The fewest equal parts of a batch whose mass matrices fit; 1 where it has no such divisor."""
    most = max(PART // max(nv * nv, 1), 32)
    fitting = [parts for parts in range(1, batch + 1)
               if batch % parts == 0 and 32 <= batch // parts <= most]  # fmt: skip
    return fitting[0] if batch > most and fitting else 1


KEPT_NUMBERS = 2**25
"""Numbers of one inverse, over all steps, that a rollout keeps at most: 128 MiB in float32."""


def kept_names(nv: int, batch: int, steps: int) -> tuple[str, ...]:
    """What a rollout keeps for its reverse-mode derivative besides the states: what it solved for,
    and the inverses where they take less time to store than to compute again."""
    small = nv <= UNROLL_LIMIT and nv * nv * batch * steps <= KEPT_NUMBERS
    return (SOLUTION, INVERSE) if small else (SOLUTION,)


def pack(tree: Tree) -> tuple[Float[Array, "n B"], Callable[[Float[Array, "n b"]], Tree]]:
    """All numbers of a batch as one array, which is cut and joined at once instead of leaf by
    leaf, and the function that unpacks it or a part of it."""
    leaves, structure = jax.tree.flatten(tree)
    shapes = [leaf.shape[:-1] for leaf in leaves]
    sizes = [math.prod(shape) for shape in shapes]
    rows = [x.reshape(size, x.shape[-1]) for x, size in zip(leaves, sizes, strict=True)]

    def unpack(part):
        divided = zip(divide(part, sizes, axis=0), shapes, strict=True)
        leaves = [x.reshape(*shape, x.shape[-1]) for x, shape in divided]
        return jax.tree.unflatten(structure, leaves)

    return concatenate(rows, axis=0), unpack


def split(leaf: Array, parts: int) -> Array:
    """The parts of an array of a batch, along a new first axis."""
    return jnp.moveaxis(leaf.reshape(*leaf.shape[:-1], parts, leaf.shape[-1] // parts), -2, 0)


def join(leaf: Array) -> Array:
    """`split` undone, after a scan has put the parts first."""
    if leaf.ndim < 2:
        return leaf
    return jnp.moveaxis(leaf, 0, -2).reshape(*leaf.shape[1:-1], leaf.shape[0] * leaf.shape[-1])
