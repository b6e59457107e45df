"""Other ways to search, on the same problem and with the same budget, for comparison.

Budgets count simulations. One simulation of a gradient method also brings a gradient and costs
several plain ones in time, so compare `Trial.seconds` too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from robodiff.optimization.co_optimize import co_optimize
from robodiff.optimization.gradient_free import gradient_free
from robodiff.optimization.iteration import Iteration
from robodiff.optimization.objective import Problem
from robodiff.optimization.parameters import Parameters, as_batch, member, to_parameters
from robodiff.optimization.schema import BATCH


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
    return _trial(problem, method, settings.seed, co_optimize(problem, settings), budget)


def _trial(
    problem: Problem, method: str, seed: int, updates: Iterable[Iteration], budget: int
) -> Trial:
    """What a search finds until the budget is spent."""
    history, seconds, last = [], 0.0, None
    for last in updates:
        history.append((last.simulations, last.best_loss))
        seconds += last.seconds
        if last.simulations >= budget:
            break
    assert last is not None
    best = as_batch(last.search.best)
    parameters = member(to_parameters(problem.design, best), 0)
    return Trial(
        method=method,
        seed=seed,
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
    return _search(problem, "cma", budget, seed)


def random_search(problem: Problem, budget: int, seed: int = 0) -> Trial:
    """Independent draws around the start."""
    return _search(problem, "random", budget, seed)


def _search(problem: Problem, method: str, budget: int, seed: int) -> Trial:
    """A search without gradients, until the budget is spent."""
    changes = {"method": method, "seed": seed, "starts": BATCH, "stages": ()}
    changes["iterations"] = -(-budget // BATCH)
    settings = problem.optimizer.model_copy(update=changes)
    return _trial(problem, method, seed, gradient_free(problem, settings), budget)


METHODS: dict[str, Callable[[Problem, int, int], Trial]] = {
    "gradient": gradient_descent,
    "control-only": control_only,
    "cma": cma_es,
    "random": random_search,
}
"""Every method by name: (problem, budget, seed) -> `Trial`."""
