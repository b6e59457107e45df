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
    formula: Formula | None = None
    """What says in which order they are added, which is what they round to; None for any."""


def bilinear(a: int, b: int, formula: Formula) -> Callable[[Components, Components], list[Array]]:
    """The formula, of a and b components, as a primitive."""
    table = np.array([[formula(list(x), list(y)) for y in np.eye(b)] for x in np.eye(a)])
    terms = ((i, j, k, int(table[i, j, k])) for i, j, k in np.argwhere(table).tolist())
    form = Form(table.shape, tuple(terms), formula)
    assert np.isin(table, (-1.0, 0.0, 1.0)).all()

    def of_components(x: Components, y: Components) -> list[Array]:
        both = [*x, *y]
        number = jnp.result_type(*both)
        both = [part.astype(number) for part in jnp.broadcast_arrays(*both)]
        return form_p.bind(*both, form=form)

    return of_components


form_p = Primitive("robodiff_form")
form_p.multiple_results = True


@cache
def _turned(form: Form, a: int, b: int, c: int) -> Form:
    """The form from two of the quantities, told by their places in (a, b, c), to the third."""
    terms = sorted((term[a], term[b], term[c], term[3]) for term in form.terms)
    return Form((form.sizes[a], form.sizes[b], form.sizes[c]), tuple(terms))


def _written_out(*components: Array, form: Form) -> list[Array]:
    a, b = components[: form.sizes[0]], components[form.sizes[0] :]
    terms = [[term for term in form.terms if term[2] == k] for k in range(form.sizes[2])]
    sums = form.formula(a, b) if form.formula else [_sum(a, b, each) for each in terms]
    return [x if each else jnp.zeros_like(a[0]) for x, each in zip(sums, terms, strict=True)]


def _sum(a: Components, b: Components, terms: list[tuple[int, int, int, int]]) -> Any:
    """Of s a_i b_j, those that are added first."""
    total = None
    for i, j, _, s in sorted(terms, key=lambda term: -term[3]):
        part = a[i] * b[j]
        if total is None:
            total = part if s > 0 else -part
        else:
            total = total + part if s > 0 else total - part
    return total


@form_p.def_abstract_eval
def _shapes(*components: Any, form: Form) -> list[Any]:
    return [components[0]] * form.sizes[2]


def _push(at: Any, along: Any, form: Form) -> tuple[list[Array], list[Any]]:
    """a' b + a b', without those that are zero."""
    split, value = form.sizes[0], form_p.bind(*at, form=form)
    tangents: list[Any] = []
    for part in (slice(split), slice(split, None)):
        if any(not isinstance(each, ad.Zero) for each in along[part]):
            mixed = list(at)
            mixed[part] = map(ad.instantiate_zeros, along[part])
            tangents.append(form_p.bind(*mixed, form=form))
    return value, tangents[0] if len(tangents) == 1 else list(map(ad.add_jaxvals, *tangents))


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
