"""Seconds to trace and compile the gradient in a fresh process, cold and warm, on two cores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.case import Job
from benchmarks.client import Client
from benchmarks.options import Options, tell
from benchmarks.pieces.speed import ROBOTS

STEPS = 100


def measure(options: Options, save: Callable[[dict], None]) -> None:
    """Every robot at batch 1; `warm` is a second process with the cache of the first."""
    found: dict[str, Any] = {"robots": {}}
    for robot in options.wanted(ROBOTS)[: 1 if options.quick else None]:
        path, rows = options.case(robot)[1], {}
        for kind in ("cold", "warm"):
            tell(f"{robot}: compiling the gradient, {kind}")
            with Client("robodiff", options.cores, options.scratch / f"cache-{robot}") as client:
                rows[kind] = client.prepare("gradient", path, Job("gradient", 1, STEPS))
                found["versions"] = client.ask("versions")
        found["robots"][robot] = rows
        save(found)
