"""Where starts come from: the file, seeded noise, the stage before, and the best of the others.

Random numbers are numpy's, drawn from the seed and the number of the update, so that nothing needs
to be remembered between updates and no random generator is compiled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool

from robodiff.optimization.moves import ADAM
from robodiff.optimization.objective import Problem
from robodiff.optimization.parameters import Variables, to_variables
from robodiff.optimization.schema import OptimizerSpec
from robodiff.optimization.search import Population

STRIKES = 3
"""Updates in a row without a finite gradient after which a start is begun anew."""


def begin(problem: Problem, settings: OptimizerSpec) -> Population:
    """The first population: start 0 as the file says, the others with seeded noise."""
    nominal = to_variables(problem.design, problem.initial_control(None))
    starts = repeat(nominal, settings.starts)
    varied = starts
    if settings.freeze != "control":
        keys = jax.random.split(jax.random.PRNGKey(settings.seed), settings.starts)
        control = jax.jit(jax.vmap(problem.initial_control, out_axes=-1))(keys)
        varied = Variables(starts.design, jax.device_get(control))
    varied = perturb(varied, settings, update=0)
    return enter(choose(np.arange(settings.starts) > 0, varied, starts))


def shapes(problem: Problem, starts: int) -> Population:
    """The shapes of a population, without its numbers."""

    def population() -> Population:
        nominal = to_variables(problem.design, problem.initial_control(None))
        return _enter(jax.tree.map(lambda leaf: jnp.repeat(leaf[..., None], starts, -1), nominal))

    abstract = jax.eval_shape(population)
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), abstract)


def succeed(population: Population, starts: int) -> Population:
    """The population of the next stage: the best starts of this one, each at its best place."""
    order = np.argsort(population.incumbent_loss, kind="stable")[:starts]
    return enter(jax.tree.map(lambda leaf: leaf[..., order], population.incumbents))


def revive(
    population: Population, settings: OptimizerSpec, update: int
) -> tuple[Population, Bool[np.ndarray, " starts"]]:
    """The population with lost starts begun anew near the best one, and which these are."""
    lost = np.asarray(population.strikes) >= STRIKES
    if not lost.any() or not np.isfinite(population.incumbent_loss).any():
        return population, np.zeros_like(lost)
    best = int(np.argmin(population.incumbent_loss))
    source = jax.tree.map(lambda leaf: leaf[..., best], population.incumbents)
    fresh = perturb(repeat(source, lost.size), settings, update)
    return replace(
        population,
        variables=choose(lost, fresh, population.variables),
        adam=_forgotten(population.adam, lost),
        strikes=np.where(lost, 0, population.strikes).astype(population.strikes.dtype),
    ), lost


def retreat(population: Population, patience: int | None) -> Population:
    """The population with stale starts back at their best places, at half the rate."""
    back = np.isfinite(population.incumbent_loss)
    back &= np.asarray(population.stale) >= (patience or np.inf)
    if not back.any():
        return population
    return replace(
        population,
        variables=choose(back, population.incumbents, population.variables),
        adam=_forgotten(population.adam, back),
        stale=np.where(back, 0, population.stale).astype(population.stale.dtype),
        rate=np.where(back, population.rate / 2, population.rate).astype(population.rate.dtype),
    )


def _forgotten(adam: Any, which: np.ndarray) -> Any:
    """Adam's moments with those of some starts forgotten; its count is shared by all."""
    return jax.tree.map(lambda m: np.where(which, 0, m).astype(m.dtype) if np.ndim(m) else m, adam)


def enter(variables: Variables) -> Population:
    """A population at these places with nothing behind it."""
    return jax.device_get(_enter(variables))


def _enter(variables: Variables) -> Population:
    starts = variables.design.shape[-1]
    return Population(
        variables=variables,
        adam=ADAM.init(variables),  # pyright: ignore[reportArgumentType]
        incumbents=variables,
        incumbent_loss=jnp.full(starts, jnp.inf, variables.design.dtype),
        strikes=jnp.zeros(starts, jnp.int32),
        stale=jnp.zeros(starts, jnp.int32),
        rate=jnp.ones(starts, variables.design.dtype),
    )


def perturb(variables: Variables, settings: OptimizerSpec, update: int) -> Variables:
    """Variables with the settings' noise added; nothing is added to what is frozen."""
    generator = np.random.default_rng([settings.seed, update])

    def noisy(leaf: Any, spread: float) -> Any:
        noise = generator.standard_normal(leaf.shape)  # drawn always, so that seeds stay aligned
        return leaf + (spread * noise).astype(leaf.dtype)

    noise, freeze = settings.noise, settings.freeze
    design = noisy(variables.design, noise.design * (freeze != "design"))
    spread = noise.control * (freeze != "control")
    return Variables(design, jax.tree.map(lambda leaf: noisy(leaf, spread), variables.control))


def repeat(variables: Variables, starts: int) -> Variables:
    """One place as a batch of equal starts, as numpy arrays."""
    return jax.tree.map(
        lambda leaf: np.repeat(np.asarray(leaf)[..., None], starts, axis=-1), variables
    )


def choose(mask: Bool[np.ndarray, " starts"], chosen: Any, other: Any) -> Any:
    """Start by start one tree or the other."""
    return jax.tree.map(lambda a, b: np.where(mask, a, b), chosen, other)
