"""Moves of a batch of starts, member by member: normalisation and Adam."""

from __future__ import annotations

from typing import Any, cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float

from robodiff.optimization.parameters import Variables

ADAM = optax.scale_by_adam()


def add(variables: Variables, change: Variables, design: Any, control: Any) -> Variables:
    """Variables plus a change that is scaled apart for the design and the control."""
    moved = jax.tree.map(lambda x, d: x + control * d, variables.control, change.control)
    return Variables(variables.design + design * change.design, moved)


def norm(tree: Any, like: Float[Array, " starts"]) -> Float[Array, " starts"]:
    """Euclidean norm of each member over all leaves; 0 for no leaves."""
    total = jnp.zeros_like(like)
    for leaf in jax.tree.leaves(tree):
        total = total + jnp.sum(leaf**2, axis=tuple(range(leaf.ndim - 1)))
    return jnp.sqrt(total)


def normalise(gradient: Variables, design_norm: Any, control_norm: Any) -> Variables:
    """Each member's gradient with its design and its control part scaled to norm one."""
    tiny = jnp.finfo(gradient.design.dtype).tiny
    control = jax.tree.map(lambda leaf: leaf / (control_norm + tiny), gradient.control)
    return Variables(gradient.design / (design_norm + tiny), control)


def adam_step(
    variables: Variables, adam: Any, gradient: Variables, finite: Bool[Array, " starts"], pace: Any
) -> tuple[Variables, Any]:
    """One step of Adam; a member whose gradient is not finite keeps its place and its moments."""
    usable = where(finite, gradient, jax.tree.map(jnp.zeros_like, gradient))
    change, stepped = ADAM.update(cast(Any, usable), adam)
    moved = add(variables, cast(Variables, change), -pace.design, -pace.control)
    return where(finite, moved, variables), where(finite, stepped, adam)


def where(mask: Bool[Array, " starts"], chosen: Any, other: Any) -> Any:
    """Member by member one tree or the other; numbers shared by all members are the chosen's."""
    return jax.tree.map(lambda a, b: jnp.where(mask, a, b) if a.ndim else a, chosen, other)
