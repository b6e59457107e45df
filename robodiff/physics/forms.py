"""Bilinear forms of components: cross products, inertias times motions, and the like.

A formula that is linear in either of two quantities, as a primitive of its own. Its derivatives of
every order are forms, too, with the same terms in another order, so that JAX traces one equation
where the formula has dozens (measured in docs/performance.md). XLA sees the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array

from robodiff.physics.layout import Components
from robodiff.physics.products import with_batch_last

Formula = Callable[[Sequence[Any], Sequence[Any]], Sequence[Any]]
"""From the components of a and b to those of c, with coefficients 1, 0 and -1."""


class Form(NamedTuple):
    """c_k = sum of s a_i b_j."""

    sizes: tuple[int, ...]
    """Components of a, b and c."""
    terms: tuple[tuple[int, int, int, int], ...]
    """(i, j, k, s), where s is 1 or -1."""


def bilinear(a: int, b: int, formula: Formula) -> Callable[[Components, Components], list[Array]]:
    """The formula, of a and b components, as a primitive."""
    table = np.array([[formula(list(x), list(y)) for y in np.eye(b)] for x in np.eye(a)])
    terms = ((i, j, k, int(table[i, j, k])) for i, j, k in np.argwhere(table).tolist())
    form = Form(table.shape, tuple(terms))
    assert {s for *_, s in form.terms} <= {1, -1}

    def of_components(x: Components, y: Components) -> list[Array]:
        both = [*x, *y]
        number = jnp.result_type(*both)
        return form_p.bind(
            *(part.astype(number) for part in jnp.broadcast_arrays(*both)), form=form
        )

    return of_components


form_p = Primitive("robodiff_form")
form_p.multiple_results = True


@cache
def _turned(form: Form, *order: int) -> Form:
    """The form from two of the quantities a, b and c, told by their places, to the third."""
    terms = ((*(term[place] for place in order), term[3]) for term in form.terms)
    return Form(tuple(form.sizes[place] for place in order), tuple(sorted(terms)))


def _written_out(*components: Array, form: Form) -> list[Array]:
    a, b = components[: form.sizes[0]], components[form.sizes[0] :]
    sums: list[Any] = [None] * form.sizes[2]
    for i, j, k, s in sorted(form.terms, key=lambda term: -term[3]):
        part = a[i] * b[j]
        if sums[k] is None:
            sums[k] = part if s > 0 else -part
        else:
            sums[k] = sums[k] + part if s > 0 else sums[k] - part
    return [jnp.zeros_like(a[0]) if total is None else total for total in sums]


@form_p.def_abstract_eval
def _shapes(*components: Any, form: Form) -> list[Any]:
    return [components[0]] * form.sizes[2]


def _push(at: Any, along: Any, form: Form) -> tuple[list[Array], list[Any]]:
    """a b' + a' b, of which either may be none."""
    split, value = form.sizes[0], form_p.bind(*at, form=form)
    tangents: list[Any] = []
    for part in (slice(split), slice(split, None)):
        if any(not isinstance(each, ad.Zero) for each in along[part]):
            mixed = list(at)
            mixed[part] = map(ad.instantiate_zeros, along[part])
            tangents.append(form_p.bind(*mixed, form=form))
    if not tangents:
        return value, [ad.Zero.from_primal_value(each) for each in value]
    return value, [ad.add_jaxvals(*pair) if len(pair) > 1 else pair[0] for pair in zip(*tangents)]  # noqa: B905


def _pull(cotangents: Any, *components: Any, form: Form) -> list[Array | None]:
    split = form.sizes[0]
    c = [ad.instantiate_zeros(each) for each in cotangents]
    if ad.is_undefined_primal(components[0]):
        turned = form_p.bind(*c, *components[split:], form=_turned(form, 2, 1, 0))
        return [*turned, *[None] * (len(components) - split)]
    turned = form_p.bind(*c, *components[:split], form=_turned(form, 2, 0, 1))
    return [*[None] * split, *turned]


def _batched(arguments: Any, axes: Any, form: Form) -> tuple[list[Array], list[int]]:
    results = form_p.bind(*with_batch_last(arguments, axes), form=form)
    return results, [each.ndim - 1 for each in results]


form_p.def_impl(jax.jit(form_p.bind, static_argnames="form"))
ad.primitive_jvps[form_p] = _push
ad.primitive_transposes[form_p] = _pull
batching.primitive_batchers[form_p] = _batched
mlir.register_lowering(form_p, mlir.lower_fun(_written_out, multiple_results=True))
