"""The array layout of the physics core, in one place.

Every quantity is an array [n, k, B]: n rows (links, velocity coordinates, contact points), k
components (3 for a vector, 6 for a spatial vector, 9 for a rotation) and B independent robots. The
batch is the LAST axis, so that the inner loop of each kernel runs over contiguous memory, and a
sum over the tree is one product with a constant 0/1 matrix (`sums.py`). `docs/performance.md` has
the measurements behind this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import pairwise

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

Components = Sequence[Array]
"""The k components of a quantity, each [n, 1, B]."""


FUSED_PARTS = 8
"""XLA on CPU writes a concatenation of up to 8 computed parts as one kernel, beyond that a kernel
for each part."""


WRITTEN_OUT = jax.__version_info__ >= (0, 11)
"""Whether short loops and sums are written out. XLA of earlier releases, unless told to keep
optimization barriers, computes unrolled sweeps again inside one another (a walker's step takes 3
times as long); later ones sum a short axis 60 times slower than they add the same terms."""


traced_once = jax.jit
"""For a function that a step calls several times: Python traces it once for each shape, and XLA
writes it out at each call."""


def components(x: Float[Array, "n k B"]) -> list[Array]:
    """Unpack once and share: `split` transposes into one concatenate, slices into chains of
    pads."""
    return divide(x, (1,) * x.shape[1], axis=1)


def stack(parts: Components) -> Float[Array, "n k B"]:
    """Pack components into one array; the inverse of `components`."""
    shape = jnp.broadcast_shapes(*(part.shape for part in parts))
    return concatenate([jnp.broadcast_to(part, shape) for part in parts], axis=1)


def divide(x: Array, sizes: Sequence[int], axis: int) -> list[Array]:
    """The parts of x that lie one after another, in groups as `concatenate` writes them."""
    grouped = _groups(sizes)
    groups = lax.split(settle(x), [sum(group) for group in grouped], axis)
    if len(groups) > 1:
        groups = settle(groups)
    return [
        part
        for group, sizes in zip(groups, grouped, strict=True)
        for part in lax.split(group, sizes, axis)
    ]


def concatenate(parts: Sequence[Array], axis: int) -> Array:
    """The parts one after another, in groups of which each is one kernel."""
    groups = [lax.concatenate(group, axis) for group in _groups(parts)]
    return groups[0] if len(groups) == 1 else lax.concatenate(settle(groups), axis)


def _groups(parts: Sequence) -> list[Sequence]:
    """The parts in groups of nearly equal length, none longer than `FUSED_PARTS`."""
    number = max(1, -(-len(parts) // FUSED_PARTS))
    ends = [len(parts) * i // number for i in range(number + 1)]
    return [parts[start:end] for start, end in pairwise(ends)]


def settle(x):
    """Compute x once: without it XLA on CPU recomputes cheap-looking sums inside every consumer."""
    return lax.optimization_barrier(x)


def rows(x: Float[Array, "n B"]) -> Float[Array, "n 1 B"]:
    """A scalar per row as a one-component quantity."""
    return x[:, None, :]


def add_batch(tree):
    """A single robot's arrays as a batch of one."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf)[..., None], tree)


def drop_batch(tree):
    """A batch of one as a single robot's arrays."""
    return jax.tree.map(lambda leaf: leaf[..., 0], tree)


def single(batched: Callable) -> Callable:
    """The function for one robot, from the one for a batch (trailing axis on every array)."""

    @wraps(batched)
    def function(*args):
        return drop_batch(batched(*(add_batch(arg) for arg in args)))

    function.__name__ = batched.__name__.removesuffix("_batch")
    function.__qualname__ = function.__name__
    return function
