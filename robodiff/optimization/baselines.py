"""Other ways to search, on the same problem and with the same budget, for comparison.

Budgets count simulations. One simulation of a gradient method also brings a gradient and costs
several plain ones in time, so compare `Trial.seconds` too.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import cma
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from robodiff.optimization.co_optimize import co_optimize
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.parameters import (
    Parameters,
    Variables,
    as_batch,
    member,
    to_parameters,
    to_variables,
)

DESIGN_SPREAD = 0.5
"""Initial standard deviation of the unconstrained design in gradient-free methods."""
BATCH = 16
"""Simulations side by side in gradient-free methods."""


@dataclass(frozen=True)
class Trial:
    """One method, one seed, one budget."""

    method: str
    """Name of the method."""
    seed: int
    """Seed of its random numbers."""
    loss: float
    """Best loss found."""
    parameters: Parameters
    """Where it was found, in physical units."""
    simulations: int
    """Simulations done."""
    seconds: float
    """Wall time, compile excluded [s]."""
    history: tuple[tuple[int, float], ...]
    """Simulations done and best loss by then, after each batch."""


def gradient_descent(problem: Problem, budget: int, seed: int = 0) -> Trial:
    """Design and control together by `co_optimize`, as the problem's own settings say."""
    return _descend(problem, "gradient", budget, {"seed": seed})


def control_only(problem: Problem, budget: int, seed: int = 0) -> Trial:
    """The same with the design frozen: the best controller for the robot as it is."""
    return _descend(problem, "control-only", budget, {"seed": seed, "freeze": "design"})


def _descend(problem: Problem, method: str, budget: int, changes: dict[str, Any]) -> Trial:
    """`co_optimize` with changed settings, until the budget is spent."""
    settings = problem.optimizer.model_copy(update=changes)
    history, seconds, last = [], 0.0, None
    for last in co_optimize(problem, settings):
        history.append((last.simulations, last.best_loss))
        seconds += last.seconds
        if last.simulations >= budget:
            break
    assert last is not None
    best = as_batch(last.search.best)
    parameters = member(to_parameters(problem.design, best), 0)
    return Trial(
        method=method,
        seed=settings.seed,
        loss=last.best_loss,
        parameters=parameters,
        simulations=last.simulations,
        seconds=seconds,
        history=tuple(history),
    )


def cma_es(problem: Problem, budget: int, seed: int = 0) -> Trial:
    """Covariance matrix adaptation (pycma) on design and control together.

    Above 200 parameters only a diagonal covariance is adapted.
    """
    center, spread, _ = _space(problem)
    options = {
        "seed": seed + 1,  # 0 would mean the clock
        "popsize": BATCH,
        "CMA_stds": spread,
        "CMA_diagonal": center.size > 200,
        "verbose": -9,
    }
    strategy = cma.CMAEvolutionStrategy(center, 1.0, options)

    def answer(points: np.ndarray, losses: np.ndarray) -> None:
        # Ranks are all that counts to it: what is not finite is simply the worst.
        strategy.tell(list(points), list(np.where(np.isfinite(losses), losses, 1e30)))

    return _search(problem, "cma", budget, seed, lambda: np.array(strategy.ask()), answer)


def random_search(problem: Problem, budget: int, seed: int = 0) -> Trial:
    """Independent draws around the start."""
    center, spread, _ = _space(problem)
    generator = np.random.default_rng(seed)

    def ask() -> np.ndarray:
        return center + spread * generator.standard_normal((BATCH, center.size))

    return _search(problem, "random", budget, seed, ask, lambda points, losses: None)


def _search(
    problem: Problem,
    method: str,
    budget: int,
    seed: int,
    ask: Callable[[], np.ndarray],
    tell: Callable[[np.ndarray, np.ndarray], None],
) -> Trial:
    """Ask, simulate, tell, until the budget is spent; remember the best."""
    center, _, unravel = _space(problem)
    score = _score(problem, unravel, center)
    best, best_loss, history = center, math.inf, []
    began = time.perf_counter()
    for batch in itertools.count(1):
        points = ask()
        losses = np.asarray(score(points.T.astype(center.dtype)))
        losses = np.where(np.isfinite(losses), losses, np.inf)
        tell(points, losses)
        if losses.min() < best_loss:
            best, best_loss = points[losses.argmin()], float(losses.min())
        history.append((batch * BATCH, best_loss))
        if batch * BATCH >= budget:
            break
    seconds = time.perf_counter() - began
    variables = as_batch(unravel(best.astype(center.dtype)))
    parameters = member(to_parameters(problem.design, variables), 0)
    return Trial(method, seed, best_loss, parameters, batch * BATCH, seconds, tuple(history))


def _space(problem: Problem) -> tuple[np.ndarray, np.ndarray, Callable[[Any], Variables]]:
    """Start and initial spread as flat vectors, and the way back to variables."""
    start = to_variables(problem.design, problem.initial_control(None))
    noise = problem.optimizer.noise.control or 0.1
    spread = Variables(
        jnp.full_like(start.design, DESIGN_SPREAD),
        jax.tree.map(lambda leaf: jnp.full_like(leaf, noise), start.control),
    )
    flat, unravel = ravel_pytree(start)
    return np.asarray(flat), np.asarray(ravel_pytree(spread)[0]), cast(Any, unravel)


def _score(
    problem: Problem, unravel: Callable[[Any], Variables], like: np.ndarray
) -> Callable[[np.ndarray], Any]:
    """Losses of a batch of points [n, BATCH], compiled once for each problem."""

    def score(points: Any) -> Any:
        variables = jax.vmap(unravel, in_axes=-1, out_axes=-1)(points)
        evaluation = problem.evaluate(to_parameters(problem.design, variables), Window())
        return evaluation.loss

    key = ("score", like.dtype)
    if key not in problem.compiled:
        points = jax.ShapeDtypeStruct((like.size, BATCH), like.dtype)
        problem.compiled[key] = jax.jit(score).lower(points).compile()
    return problem.compiled[key]


METHODS: dict[str, Callable[[Problem, int, int], Trial]] = {
    "gradient": gradient_descent,
    "control-only": control_only,
    "cma": cma_es,
    "random": random_search,
}
"""Every method by name: (problem, budget, seed) -> `Trial`."""
