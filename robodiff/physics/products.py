"""Products of a matrix and a vector, laid out as [n, m, *B] and [m, *B].

A primitive of their own, linear in either, so that the same products serve derivatives of every
order, and the sum of each is written where the layout is known: XLA on CPU sums a batch over any
axis but the last entry by entry once that axis is longer than some 20 (measured in
docs/performance.md).
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float

from robodiff.physics.layout import WRITTEN_OUT, settle

PARTS_OF_SUM = 8
"""Parts of a sum that must round little."""

LONGEST_SUM = 16
"""Terms of a sum that are written out, at most; beyond it a loop keeps compile time flat."""

TERMS = 8
"""Terms that such a loop adds at once, at most."""


def product(H: Float[Array, "n m *B"], x: Float[Array, "m *B"]) -> Float[Array, "n *B"]:
    """H x, of numbers of the type that both promote to."""
    number = jnp.result_type(H, x)
    return settle(product_p.bind(H.astype(number), x.astype(number), turned=False))


def product_in_parts(
    H: Float[Array, "n m *B"], x: Float[Array, "m *B"], plus: Float[Array, "n *B"]
) -> Float[Array, "n *B"]:
    """H x + plus, summed in parts, and what each addition of these rounds away added in the end:
    rounding grows with the length of a sum."""
    ends = [x.shape[0] * part // PARTS_OF_SUM for part in range(PARTS_OF_SUM + 1)]
    parts = [product(H[:, i:j], x[i:j]) for i, j in pairwise(ends) if i < j]
    total, lost = plus, jnp.zeros_like(plus)
    for part in parts:
        # Knuth's two-sum: total + part = sum + rounded, exactly
        added = settle(total + part)
        taken = settle(added - total)
        lost = lost + ((total - settle(added - taken)) + (part - taken))
        total = added
    return settle(total + lost)


product_p = Primitive("robodiff_product")
"""H x, or H' x if `turned`."""


def _product(H: Array, x: Array, turned: bool) -> Array:
    if WRITTEN_OUT and 0 < x.shape[0] <= LONGEST_SUM and not turned:
        return _written_out(H, x, axis=1)
    return jnp.sum(H * x[:, None], axis=0) if turned else jnp.sum(H * x[None], axis=1)


def _product_on_cpu(H: Array, x: Array, turned: bool) -> Array:
    if x.ndim > 1 and x.shape[0] > LONGEST_SUM:
        return _in_blocks(H, x, axis=0 if turned else 1)
    return _product(H, x, turned)


def _written_out(H: Array, x: Array, axis: int) -> Array:
    pairs = zip(lax.unstack(H, axis=axis), lax.unstack(x, axis=0), strict=True)
    return reduce(add, (line * entry for line, entry in pairs))


def _in_blocks(H: Array, x: Array, axis: int) -> Array:
    """The same for long sums: a loop over blocks of equal length, after what is left over."""
    blocks = -(-x.shape[0] // TERMS)
    length, left = divmod(x.shape[0], blocks)

    def block(first: Any, length: int) -> Array:
        cut = lax.dynamic_slice_in_dim
        return _written_out(cut(H, first, length, axis), cut(x, first, length, 0), axis)

    start = block(0, left) if left else jnp.zeros_like(H, shape=(H.shape[1 - axis], *x.shape[1:]))
    return lax.fori_loop(
        0, blocks, lambda k, total: settle(total + block(left + k * length, length)), start
    )


@product_p.def_abstract_eval
def _shape(H: Any, x: Any, turned: bool) -> Any:
    return H.update(shape=(H.shape[1 if turned else 0], *x.shape[1:]))


def _pull_matrix(y: Array, _: Any, x: Array, turned: bool) -> Array:
    return x[:, None] * y[None] if turned else y[:, None] * x[None]


def _pull_vector(y: Array, H: Array, _: Any, turned: bool) -> Array:
    return product_p.bind(H, y, turned=not turned)


def with_batch_last(arguments: Any, axes: Any) -> list[Array]:
    """Arguments of which one axis, or none, is a batch: all with it as one more axis, the last."""
    pairs = list(zip(arguments, axes, strict=True))
    (size,) = {part.shape[axis] for part, axis in pairs if axis is not None}
    return [
        jnp.broadcast_to(part[..., None], (*part.shape, size))
        if axis is None
        else jnp.moveaxis(part, axis, -1)
        for part, axis in pairs
    ]


def _batched(arguments: Any, axes: Any, turned: bool) -> tuple[Array, int]:
    result = product_p.bind(*with_batch_last(arguments, axes), turned=turned)
    return result, result.ndim - 1


product_p.def_impl(jax.jit(product_p.bind, static_argnames="turned"))
ad.defbilinear(product_p, _pull_matrix, _pull_vector)
batching.primitive_batchers[product_p] = _batched
mlir.register_lowering(product_p, mlir.lower_fun(_product, multiple_results=False))
mlir.register_lowering(
    product_p, mlir.lower_fun(_product_on_cpu, multiple_results=False), platform="cpu"
)
