"""What is free in a search without gradients, as one vector of numbers without bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from robodiff.optimization.objective import Problem
from robodiff.optimization.parameters import Variables, to_variables
from robodiff.optimization.schema import OptimizerSpec

DESIGN_SPREAD = 0.5
"""Initial standard deviation of the unconstrained design."""


@dataclass(frozen=True)
class Space:
    """What is free, as one vector of n numbers without bounds."""

    center: np.ndarray
    """[n]: the start."""
    spread: np.ndarray
    """[n]: initial standard deviations."""
    point: Callable[[Variables], np.ndarray]
    """The vector [n] of a place."""
    variables: Callable[[Any], Variables]
    """The way back from a vector."""


def make_space(problem: Problem, settings: OptimizerSpec) -> Space:
    """Design and control, or what of the two is not frozen."""
    start = to_variables(problem.design, problem.initial_control(None))
    noise = settings.noise.control or 0.1
    spread = Variables(
        jnp.full_like(start.design, DESIGN_SPREAD),
        jax.tree.map(lambda leaf: jnp.full_like(leaf, noise), start.control),
    )
    free: Callable[[Variables], Any] = {
        "nothing": lambda variables: variables,
        "design": lambda variables: variables.control,
        "control": lambda variables: variables.design,
    }[settings.freeze]
    whole: Callable[[Any], Variables] = {
        "nothing": lambda part: part,
        "design": lambda part: Variables(start.design, part),
        "control": lambda part: Variables(part, start.control),
    }[settings.freeze]
    unravel = ravel_pytree(free(start))[1]

    def vector(variables: Variables) -> np.ndarray:
        return np.asarray(ravel_pytree(free(variables))[0])

    return Space(vector(start), vector(spread), vector, lambda point: whole(unravel(point)))
