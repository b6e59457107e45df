"""The array layout of the physics core, in one place.

Every quantity is an array [n, k, B]: n rows (links, velocity coordinates, contact points), k
components
(3 for a vector, 6 for a spatial vector, 9 for a rotation) and B independent robots. The batch is
the LAST axis, so that
the inner loop of each kernel runs over contiguous memory, and a sum over the tree is one product
with a constant 0/1 matrix. `docs/performance.md` has the measurements behind this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

Components = Sequence[Array]
"""The k components of a quantity, each [n, 1, B]."""


FUSED_PARTS = 8
"""XLA on CPU writes a concatenation of up to 8 computed parts as one kernel, beyond that a kernel
for each part."""


WRITTEN_OUT_SIZE = 1024
"""Entries of the largest mask whose sum is written out for a single robot."""


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
    groups = lax.split(settle(x), _group_sizes(x.shape[1]), axis=1)
    if len(groups) > 1:
        groups = settle(groups)
    return [part for group in groups for part in lax.split(group, (1,) * group.shape[1], axis=1)]


def stack(parts: Components) -> Float[Array, "n k B"]:
    """Pack components into one array; the inverse of `components`."""
    shape = jnp.broadcast_shapes(*(part.shape for part in parts))
    parts = [jnp.broadcast_to(part, shape) for part in parts]
    ends = np.cumsum(_group_sizes(len(parts)))
    groups = [
        lax.concatenate(parts[end - size : end], dimension=1)
        for end, size in zip(ends, _group_sizes(len(parts)), strict=True)
    ]
    return groups[0] if len(groups) == 1 else lax.concatenate(settle(groups), dimension=1)


def _group_sizes(k: int) -> tuple[int, ...]:
    """k as a sum of nearly equal numbers, none above `FUSED_PARTS`."""
    groups = max(1, -(-k // FUSED_PARTS))
    return tuple(k * (i + 1) // groups - k * i // groups for i in range(groups))


def settle(x):
    """Compute x once: without it XLA on CPU recomputes cheap-looking sums inside every consumer."""
    return lax.optimization_barrier(x)


def tree_sum(mask: np.ndarray, x: Float[Array, "n k B"]) -> Float[Array, "m k B"]:
    """Sum rows of x over the tree: mask (constant, [m, n]) @ x."""
    if mask.shape[1] == 0 or mask.shape[0] == 0:
        return jnp.zeros((mask.shape[0], *x.shape[1:]), x.dtype)
    if x.shape[-1] == 1 and mask.size <= WRITTEN_OUT_SIZE:
        return settle(_written_out(mask.astype(x.dtype)[..., None, None], x))
    flat = x.reshape(x.shape[0], -1)
    total = jnp.dot(mask.astype(x.dtype), flat, precision=lax.Precision.HIGHEST)
    return settle(total.reshape(mask.shape[0], *x.shape[1:]))


@jax.custom_jvp
@traced_once
def _written_out(mask: Float[Array, "m n 1 1"], x: Float[Array, "n k 1"]) -> Float[Array, "m k 1"]:
    """mask @ x as one kernel, for one robot; its derivative as a sum over an axis, which
    transposes into one kernel, too. A call of a matrix product costs as much as ten of them."""
    return sum((mask[:, row] * x[row] for row in range(1, x.shape[0])), start=mask[:, 0] * x[0])


@_written_out.defjvp
@traced_once
def _written_out_jvp(primals, tangents):
    (mask, x), (_, dx) = primals, tangents
    return _written_out(mask, x), settle(jnp.sum(mask * dx[None], axis=1))


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
