"""What is optimized, in physical units (`Parameters`) and without bounds (`Variables`)."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from robodiff.robot.design import Design


class Parameters(eqx.Module):
    """A robot and its controller in physical units; a batch has one more axis at the end."""

    design: dict[str, Float[Array, ""]]
    """Value of each free parameter of the robot, in its own unit."""
    control: PyTree[Float[Array, "..."]]
    """The controller's parameters."""


class Variables(eqx.Module):
    """The same without bounds, where the optimizer moves; a batch has one more axis at the end."""

    design: Float[Array, " n"]
    """Unconstrained design."""
    control: PyTree[Float[Array, "..."]]
    """The controller's parameters, which have no bounds."""


def to_parameters(design: Design, variables: Variables) -> Parameters:
    """Physical values of a batch of variables; `design` gives names and bounds."""
    return Parameters(design.from_unconstrained(variables.design).values, variables.control)


def to_variables(design: Design, control: PyTree) -> Variables:
    """The variables of one design and one controller (no batch axis)."""
    return Variables(jnp.asarray(design.to_unconstrained()), jax.tree.map(jnp.asarray, control))


def member(tree: Any, index: int) -> Any:
    """One member of a batch, without the batch axis."""
    return jax.tree.map(lambda leaf: leaf[..., index], tree)


def as_batch(tree: Any) -> Any:
    """A batch of one."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf)[..., None], tree)
