"""A population of starts and one update of it, in which no start ever spoils another."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree, UInt

from robodiff.optimization.moves import ADAM, adam_step, norm, normalise, perturb, spread, where
from robodiff.optimization.objective import Evaluation, Problem, Window, value_and_gradient
from robodiff.optimization.parameters import Variables, to_variables
from robodiff.optimization.schema import Noise, OptimizerSpec

STRIKES = 3
"""Updates in a row without a finite gradient after which a start is begun anew."""


class Pace(eqx.Module):
    """Numbers that may change from update to update without a new compilation."""

    design: Float[Array, ""] | float
    """Learning rate of the design; 0 when frozen."""
    control: Float[Array, ""] | float
    """Learning rate of the control; 0 when frozen."""
    design_noise: Float[Array, ""] | float
    """Spread of the design around the best start when a start is begun anew."""
    control_noise: Float[Array, ""] | float
    """Spread of the control around the best start when a start is begun anew."""


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
    key: UInt[Array, "2"]
    """Random state."""


class Report(eqx.Module):
    """What one update saw, before it moved."""

    evaluation: Evaluation
    """Losses, terms and metrics."""
    values: dict[str, Float[Array, " starts"]]
    """Free parameters of the robot in their own units."""
    design_norm: Float[Array, " starts"]
    """Norm of the raw gradient with respect to the unconstrained design."""
    control_norm: Float[Array, " starts"]
    """Norm of the raw gradient with respect to the control."""
    finite: Bool[Array, " starts"]
    """Whether loss and gradient were finite."""
    restarted: Bool[Array, " starts"]
    """Whether a start was begun anew near the best one."""


def begin(problem: Problem, settings: OptimizerSpec) -> Population:
    """The first population: start 0 as the file says, the others with seeded noise."""
    key, noise = jax.random.PRNGKey(settings.seed), allowed_noise(settings)
    nominal = to_variables(problem.design, problem.initial_control(None))
    nominal = jax.tree.map(lambda leaf: jnp.repeat(leaf[..., None], settings.starts, -1), nominal)
    varied = nominal
    if settings.freeze != "control":
        keys = jax.random.split(jax.random.fold_in(key, 1), settings.starts)
        control = jax.vmap(problem.initial_control, out_axes=-1)(keys)
        varied = Variables(nominal.design, control)
    varied = perturb(varied, jax.random.fold_in(key, 2), noise.design, noise.control)
    return enter(where(jnp.arange(settings.starts) > 0, varied, nominal), key)


def enter(variables: Variables, key: Any) -> Population:
    """A population at these places with nothing behind it."""
    starts = variables.design.shape[-1]
    return Population(
        variables=variables,
        adam=ADAM.init(variables),  # pyright: ignore[reportArgumentType]
        incumbents=variables,
        incumbent_loss=jnp.full(starts, jnp.inf, variables.design.dtype),
        strikes=jnp.zeros(starts, jnp.int32),
        key=key,
    )


def succeed(population: Population, starts: int) -> Population:
    """The population of the next stage: the best starts of this one, each at its best place."""
    order = np.argsort(population.incumbent_loss, kind="stable")[:starts]
    chosen = jax.tree.map(lambda leaf: np.asarray(leaf)[..., order], population.incumbents)
    return enter(chosen, population.key)


def allowed_noise(settings: OptimizerSpec) -> Noise:
    """The spread of the starts; none for what is frozen."""
    return Noise(
        design=settings.noise.design * (settings.freeze != "design"),
        control=settings.noise.control * (settings.freeze != "control"),
    )


def advance(
    problem: Problem, population: Population, window: Window, pace: Pace
) -> tuple[Population, Report]:
    """Evaluate every start, remember the best places, move, and begin lost starts anew."""
    key, noise_key = jax.random.split(population.key)
    evaluation, gradient, values = value_and_gradient(problem, population.variables, window)
    design_norm, control_norm = norm(gradient.design), norm(gradient.control)
    finite = jnp.isfinite(evaluation.loss + design_norm + control_norm) & ~evaluation.diverged

    better = finite & (evaluation.loss < population.incumbent_loss)
    incumbents = where(better, population.variables, population.incumbents)
    incumbent_loss = where(better, evaluation.loss, population.incumbent_loss)

    if problem.optimizer.normalise_gradient:
        gradient = normalise(gradient, design_norm, control_norm)
    variables, adam = adam_step(population.variables, population.adam, gradient, finite, pace)

    strikes = jnp.where(finite, 0, population.strikes + 1)
    restarted = (strikes >= STRIKES) & jnp.any(jnp.isfinite(incumbent_loss))
    best = spread(incumbents, jnp.argmin(incumbent_loss))
    fresh = perturb(best, noise_key, pace.design_noise, pace.control_noise)
    keep = ~restarted  # where() takes shared numbers, such as Adam's count, from its first tree
    after = Population(
        variables=where(keep, variables, fresh),
        adam=where(keep, adam, jax.tree.map(jnp.zeros_like, adam)),
        incumbents=incumbents,
        incumbent_loss=incumbent_loss,
        strikes=strikes * keep,
        key=key,
    )
    norms = (jnp.broadcast_to(n, finite.shape) for n in (design_norm, control_norm))
    return after, Report(evaluation, values, *norms, finite, restarted)
