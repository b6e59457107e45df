"""Searches that never ask for a gradient, one `Iteration` a batch, like `co_optimize`."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import cma
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from robodiff.optimization.iteration import Iteration
from robodiff.optimization.objective import Evaluation, Problem, Window
from robodiff.optimization.parameters import Variables, member, to_parameters, to_variables
from robodiff.optimization.progress import begin_search
from robodiff.optimization.schema import BATCH, OptimizerSpec

DESIGN_SPREAD = 0.5
"""Initial standard deviation of the unconstrained design."""


class Strategy(Protocol):
    """Where to look next."""

    def ask(self) -> np.ndarray:
        """Points to try, [BATCH, n]."""
        ...

    def tell(self, points: np.ndarray, losses: np.ndarray) -> None:
        """What was found there, inf for what is not finite."""
        ...


def gradient_free(
    problem: Problem,
    settings: OptimizerSpec | None = None,
    *,
    notify: Callable[[str], None] = lambda note: None,
) -> Generator[Iteration, None, None]:
    """Improve an experiment by `settings.method`, over the whole task from the first batch on.

    The budget is that of the gradient method in simulations (`settings.simulations`), or
    `time_limit`. The generator may be left at any time.
    """
    settings = settings or problem.optimizer
    space = make_space(problem, settings)
    strategy: Strategy = STRATEGIES[settings.method](space, settings.seed)
    notify(f"compiling: {BATCH} simulations side by side")
    began = time.perf_counter()
    score = _score(problem, space)
    waited = time.perf_counter() - began
    search = begin_search(problem, settings)
    for index in range(settings.updates):
        began = time.perf_counter()
        points = strategy.ask()
        evaluation, values = jax.device_get(score(points.T.astype(space.center.dtype)))
        losses = np.where(np.isfinite(evaluation.loss), evaluation.loss, np.inf)
        strategy.tell(points, losses)
        first = int(np.argmin(losses))
        if losses[first] < search.best_loss:
            best = space.variables(points[first].astype(space.center.dtype))
            search = replace(search, best=jax.device_get(best), best_loss=float(losses[first]))
        seconds = time.perf_counter() - began
        search = replace(
            search,
            iteration=index + 1,
            simulations=search.simulations + BATCH,
            seconds=search.seconds + seconds + waited,
        )
        told = member(evaluation, first)
        yield Iteration(
            index=index,
            stage=0,
            loss=float(told.loss),
            losses=np.asarray(evaluation.loss),
            best_loss=search.best_loss,
            terms={name: float(value) for name, value in told.terms.items()},
            metrics={name: float(value) for name, value in told.metrics.items()},
            design={name: float(value[first]) for name, value in values.items()},
            gradient_norm={},
            finite_starts=int(np.sum(np.isfinite(losses))),
            seconds=seconds,
            compile_seconds=waited,
            simulations=search.simulations,
            search=search,
        )
        waited = 0.0
        if settings.time_limit is not None and search.seconds >= settings.time_limit:
            notify(f"time limit of {settings.time_limit:g} s reached")
            return


@dataclass(frozen=True)
class Space:
    """What is free, as one vector of n numbers without bounds."""

    center: np.ndarray
    """[n]: the start."""
    spread: np.ndarray
    """[n]: initial standard deviations."""
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
    center, unravel = ravel_pytree(free(start))
    deviations = np.asarray(ravel_pytree(free(spread))[0])
    return Space(np.asarray(center), deviations, lambda point: whole(unravel(point)))


class Evolution:
    """Covariance matrix adaptation (pycma); above 200 numbers only a diagonal one is adapted."""

    def __init__(self, space: Space, seed: int):
        options = {
            "seed": seed + 1,  # 0 would mean the clock
            "popsize": BATCH,
            "CMA_stds": space.spread,
            "CMA_diagonal": space.center.size > 200,
            "verbose": -9,
        }
        self._strategy = cma.CMAEvolutionStrategy(space.center, 1.0, options)

    def ask(self) -> np.ndarray:
        """A generation."""
        return np.array(self._strategy.ask())

    def tell(self, points: np.ndarray, losses: np.ndarray) -> None:
        """Its losses. Ranks are all that counts: what is not finite is simply the worst."""
        self._strategy.tell(list(points), list(np.where(np.isfinite(losses), losses, 1e30)))


class Random:
    """Independent normal draws around the start."""

    def __init__(self, space: Space, seed: int):
        self._space = space
        self._generator = np.random.default_rng(seed)

    def ask(self) -> np.ndarray:
        """Some more draws."""
        noise = self._generator.standard_normal((BATCH, self._space.center.size))
        return self._space.center + self._space.spread * noise

    def tell(self, points: np.ndarray, losses: np.ndarray) -> None:
        """Nothing is learnt."""


STRATEGIES: dict[str, Callable[[Space, int], Strategy]] = {"cma": Evolution, "random": Random}
"""(what is free, seed) -> strategy, by the name that `optimizer.method` gives."""


def _score(
    problem: Problem, space: Space
) -> Callable[[np.ndarray], tuple[Evaluation, dict[str, Any]]]:
    """Evaluation and design of a batch of points [n, BATCH], compiled once for each problem."""

    def score(points: Any) -> Any:
        variables = jax.vmap(space.variables, in_axes=-1, out_axes=-1)(points)
        parameters = to_parameters(problem.design, variables)
        return problem.evaluate(parameters, Window()), parameters.design

    like = space.center
    key = ("score", like.size, like.dtype)
    if key not in problem.compiled:
        points = jax.ShapeDtypeStruct((like.size, BATCH), like.dtype)
        problem.compiled[key] = jax.jit(score).lower(points).compile()
    return problem.compiled[key]
