"""Products of many small matrices, one a row: [n, p q, *B] times [n, q r, *B], all row-major.

`rotation.py` has the same of what lies in components already.

A primitive of their own, like `products.py`: linear in either, so that derivatives of every order
are such products, too. Each is one kernel, where the same products of components are one for every
8 components and one to put these together (measured in docs/performance.md). What comes out is
settled (`layout.py`).
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float

from robodiff.physics.layout import components, settle, stack
from robodiff.physics.products import with_batch_last


def compose(R: Float[Array, "n 9 *B"], Q: Float[Array, "n 9 *B"]) -> Float[Array, "n 9 *B"]:
    """R Q of each row."""
    return _multiply(R, Q, (3, 3, 3))


def rotate(R: Float[Array, "n 9 *B"], v: Float[Array, "n 3 *B"]) -> Float[Array, "n 3 *B"]:
    """R v of each row."""
    return _multiply(R, v, (3, 3, 1))


def cross_matrix(a: Float[Array, "n 3 *B"]) -> Float[Array, "n 9 *B"]:
    """[a] of each row: [a] v = a x v."""
    x, y, z = components(a)
    zero = jnp.zeros_like(x)
    return stack([zero, -z, y, z, zero, -x, -y, x, zero])


def _multiply(A: Array, B: Array, shape: tuple[int, int, int]) -> Array:
    number = jnp.result_type(A, B)
    n, *batch = jnp.broadcast_shapes(A.shape[:1] + A.shape[2:], B.shape[:1] + B.shape[2:])
    A, B = (jnp.broadcast_to(each, (n, each.shape[1], *batch)).astype(number) for each in (A, B))
    return matrices_p.bind(A, B, shape=shape, turned=(False, False))


matrices_p = Primitive("robodiff_matrices")
"""A B of shapes p x q and q x r, where either is transposed if `turned`."""


def _written_out(
    A: Array, B: Array, shape: tuple[int, int, int], turned: tuple[bool, bool]
) -> Array:
    p, q, r = shape
    A = A.reshape(A.shape[0], *((q, p) if turned[0] else (p, q)), *A.shape[2:])
    B = B.reshape(B.shape[0], *((r, q) if turned[1] else (q, r)), *B.shape[2:])
    terms = (
        (A[:, k] if turned[0] else A[:, :, k])[:, :, None]
        * (B[:, :, k] if turned[1] else B[:, k])[:, None]
        for k in range(q)
    )
    total = reduce(add, terms)
    return settle(total.reshape(total.shape[0], p * r, *total.shape[3:]))


@matrices_p.def_abstract_eval
def _shape(A: Any, B: Any, shape: tuple[int, int, int], turned: Any) -> Any:
    return A.update(shape=(A.shape[0], shape[0] * shape[2], *A.shape[2:]))


def _pull_first(C: Array, _: Any, B: Array, shape: tuple[int, int, int], turned: Any) -> Array:
    """A' = C B^T, or B C^T."""
    p, q, r = shape
    if turned[0]:
        return matrices_p.bind(B, C, shape=(q, r, p), turned=(turned[1], True))
    return matrices_p.bind(C, B, shape=(p, r, q), turned=(False, not turned[1]))


def _pull_second(C: Array, A: Array, _: Any, shape: tuple[int, int, int], turned: Any) -> Array:
    """B' = A^T C, or C^T A."""
    p, q, r = shape
    if turned[1]:
        return matrices_p.bind(C, A, shape=(r, p, q), turned=(True, turned[0]))
    return matrices_p.bind(A, C, shape=(q, p, r), turned=(not turned[0], False))


def _batched(arguments: Any, axes: Any, **parameters: Any) -> tuple[Array, int]:
    result = matrices_p.bind(*with_batch_last(arguments, axes), **parameters)
    return result, result.ndim - 1


matrices_p.def_impl(jax.jit(matrices_p.bind, static_argnames=("shape", "turned")))
ad.defbilinear(matrices_p, _pull_first, _pull_second)
batching.primitive_batchers[matrices_p] = _batched
mlir.register_lowering(matrices_p, mlir.lower_fun(_written_out, multiple_results=False))
