"""A population of starts and one update of it, in which no start ever spoils another."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PyTree

from robodiff.optimization.moves import adam_step, norm, normalise, where
from robodiff.optimization.objective import Evaluation, Problem, Window, value_and_gradient
from robodiff.optimization.parameters import Variables


class Pace(eqx.Module):
    """Learning rates of one update; 0 for what is frozen."""

    design: Float[Array, ""] | float
    """Of the design, in unconstrained space."""
    control: Float[Array, ""] | float
    """Of the control."""


class Population(eqx.Module):
    """The starts of one stage; the batch axis is the last."""

    variables: Variables
    """Where each start is."""
    adam: PyTree[Array]
    """Moments of each start's gradient."""
    incumbents: Variables
    """Best place of each start in this stage."""
    incumbent_loss: Float[Array, " starts"]
    """Loss there; inf before the first finite one."""
    strikes: Int[Array, " starts"]
    """Updates in a row that were not finite."""
    stale: Int[Array, " starts"]
    """Updates since a start's last improvement."""
    rate: Float[Array, " starts"]
    """Factor of each start's learning rates."""


class Report(eqx.Module):
    """What one update saw, before it moved."""

    evaluation: Evaluation
    """Losses, terms and metrics."""
    values: dict[str, Float[Array, " starts"]]
    """Free parameters of the robot in their own units."""
    gradient: Variables
    """The raw gradient, in unconstrained space."""
    design_norm: Float[Array, " starts"]
    """Norm of the raw gradient with respect to the unconstrained design."""
    control_norm: Float[Array, " starts"]
    """Norm of the raw gradient with respect to the control."""
    finite: Bool[Array, " starts"]
    """Whether loss and gradient were finite."""


def advance(
    problem: Problem, normalised: bool, population: Population, window: Window, pace: Pace
) -> tuple[Population, Report]:
    """Evaluate every start, remember the best places, and move."""
    before = population.variables
    evaluation, gradient, values = value_and_gradient(problem, before, window)
    loss, design_norm = evaluation.loss, norm(gradient.design, evaluation.loss)
    control_norm = norm(gradient.control, evaluation.loss)
    finite = jnp.isfinite(loss + design_norm + control_norm) & ~evaluation.diverged
    better = finite & (loss < population.incumbent_loss)
    direction = normalise(gradient, design_norm, control_norm) if normalised else gradient
    own = Pace(pace.design * population.rate, pace.control * population.rate)
    variables, adam = adam_step(before, population.adam, direction, finite, own)
    after = Population(
        variables=variables,
        adam=adam,
        incumbents=where(better, before, population.incumbents),
        incumbent_loss=where(better, loss, population.incumbent_loss),
        strikes=jnp.where(finite, 0, population.strikes + 1),
        stale=jnp.where(better, 0, population.stale + 1),
        rate=jnp.where(better, jnp.minimum(1.25 * population.rate, 1.0), population.rate),
    )
    return after, Report(evaluation, values, gradient, design_norm, control_norm, finite)
