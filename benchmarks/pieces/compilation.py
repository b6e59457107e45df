"""Seconds to trace and compile the gradient in a fresh process, cold and warm, on two cores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.case import Job
from benchmarks.client import Client
from benchmarks.options import Options, tell
from benchmarks.pieces.speed import ROBOTS

STEPS = 100
EXPERIMENTS = ("walker", "quadruped")


def measure(options: Options, save: Callable[[dict], None]) -> None:
    """Every robot at batch 1; `warm` is a second process with the cache of the first."""
    found: dict[str, Any] = {"robots": {}, "experiments": {}}
    for robot in options.wanted(ROBOTS)[: 1 if options.quick else None]:
        path, rows = options.case(robot)[1], {}
        for kind in ("cold", "warm"):
            tell(f"{robot}: compiling the gradient, {kind}")
            with Client("robodiff", options.cores, options.scratch / f"cache-{robot}") as client:
                rows[kind] = client.prepare("gradient", path, Job("gradient", 1, STEPS))
                found["versions"] = client.ask("versions")
        found["robots"][robot] = rows
        save(found)
    for robot in options.wanted(EXPERIMENTS)[: 0 if options.quick else None]:
        found["experiments"][robot] = _first_gradients(options, robot)
        save(found)


def _first_gradients(options: Options, robot: str) -> dict[str, Any]:
    """What precedes the first gradient of a shipped experiment, in a first and a second process."""
    rows = {}
    for kind in ("cold", "warm"):
        tell(f"{robot}: first gradient of its experiment, {kind}")
        place = options.scratch / f"cache-experiment-{robot}"
        with Client("experiment", options.cores, place) as client:
            rows[kind] = client.prepare("first", options.case(robot)[1], Job("gradient", 1, 0))
    return rows
