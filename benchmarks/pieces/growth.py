"""Cost of a step and of compilation against the number of bodies: chains of hinges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.options import Options
from benchmarks.pieces.speed import in_turn
from benchmarks.robots import CHAINS

BATCHES = (1, 64)


def measure(options: Options, save: Callable[[dict], None]) -> None:
    """Every chain, alone and in a batch."""
    found: dict[str, Any] = {"robots": {}, "versions": {}}
    chains = tuple(f"chain_{hinges}" for hinges in CHAINS)
    robots = options.wanted(chains)[: 2 if options.quick else None]
    for batch in BATCHES[: 1 if options.quick else None]:
        rows = in_turn(options, [(robot, batch) for robot in robots], (), found["versions"])
        for robot in robots:
            found["robots"].setdefault(robot, {})[str(batch)] = rows[robot, batch]
        save(found)
