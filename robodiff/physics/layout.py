"""The array layout of the physics core, in one place.

Every quantity is an array [n, k, *B]: n rows (links, velocity coordinates, contact points), k
components (3 for a vector, 6 for a spatial vector, 9 for a rotation), and then the batch: one axis
of B independent robots, or no axis at all for a single one. A scalar per row is [n, *B], and so is
each component of a quantity. The batch is the LAST axis, so that the inner loop of each kernel runs
over contiguous memory, and a sum over the tree is one product with a constant 0/1 matrix
(`sums.py`). `docs/performance.md` has the measurements behind this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from robodiff.physics.alone import compiled_alone

Components = Sequence[Array]
"""The k components of a quantity, each [n, *B]."""


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


def components(x: Float[Array, "n k *B"]) -> list[Array]:
    """Unpack once and share: `unstack` transposes into one `stack`, slices into chains of pads."""
    sizes = [len(group) for group in _groups(range(x.shape[1]))]
    return [part for group in _cut(x, sizes, 1) for part in lax.unstack(group, axis=1)]


def stack(parts: Components) -> Float[Array, "n k *B"]:
    """Pack components into one array; the inverse of `components`."""
    shape = jnp.broadcast_shapes(*(part.shape for part in parts))
    parts = [jnp.broadcast_to(part, shape) for part in parts]
    groups = [jnp.stack(group, axis=1) for group in _groups(parts)]
    return groups[0] if len(groups) == 1 else lax.concatenate(settle(groups), 1)


def divide(x: Array, sizes: Sequence[int], axis: int) -> list[Array]:
    """The parts of x that lie one after another, in groups as `concatenate` writes them."""
    grouped = _groups(sizes)
    pairs = zip(_cut(x, [sum(group) for group in grouped], axis), grouped, strict=True)
    return [part for group, sizes in pairs for part in lax.split(group, sizes, axis)]


def _cut(x: Array, sizes: Sequence[int], axis: int) -> Sequence[Array]:
    """x in few parts, each computed once."""
    groups = lax.split(settle(x), sizes, axis)
    return [settle_back(group) for group in groups] if len(groups) > 1 else groups


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


@jax.custom_jvp
def settle_back(x: Array) -> Array:
    """x, and on the way back what stands there for it is computed once."""
    return x


@settle_back.defjvp
def _settle_back_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return primals[0], settle(tangents[0])


def rows(x: Float[Array, "n *B"]) -> Float[Array, "n 1 *B"]:
    """A scalar per row as a one-component quantity, to multiply others by."""
    return x[:, None]


def aligned(constant: np.ndarray, like: Array) -> Any:
    """A constant of the leading axes, with an axis of length 1 for each further one of `like`; if
    it is a number, of the type of `like`."""
    if constant.dtype.kind == "f":
        constant = constant.astype(like.dtype)
    return constant.reshape(*constant.shape, *(1,) * (like.ndim - constant.ndim))


def takes_arrays(function: Callable) -> Callable:
    """The function, compiled once for each robot and shape, for numbers that lie in lists or numpy
    arrays, too."""
    compiled = compiled_alone(function)

    @wraps(function)
    def converted(*arguments):
        is_list = lambda part: isinstance(part, list)  # noqa: E731
        return compiled(*jax.tree.map(jnp.asarray, arguments, is_leaf=is_list))

    return converted


def add_batch(tree):
    """A single robot's arrays as a batch of one."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf)[..., None], tree)


def drop_batch(tree):
    """A batch of one as a single robot's arrays."""
    return jax.tree.map(lambda leaf: leaf[..., 0], tree)
