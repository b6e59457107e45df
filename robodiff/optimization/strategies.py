"""Where searches without gradients look next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from robodiff.optimization.schema import BATCH
from robodiff.optimization.space import Space


class Strategy(Protocol):
    """Where to look next."""

    def ask(self) -> np.ndarray:
        """Points to try, [BATCH, n]."""
        ...

    def tell(self, points: np.ndarray, losses: np.ndarray) -> None:
        """What was found there, inf for what is not finite."""
        ...


class Evolution:
    """Covariance matrix adaptation (pycma); above 200 numbers only a diagonal one is adapted."""

    def __init__(self, space: Space, seed: int):
        import cma  # it loads matplotlib and scipy.stats: two seconds that other searches spare

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
