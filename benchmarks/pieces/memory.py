"""Memory of the walker's gradient against horizon and batch: by XLA's plan, and of the process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.case import Job
from benchmarks.client import Client
from benchmarks.options import Options, tell

SIZES = (
    (100, 1),
    (400, 1),
    (1600, 1),
    (6400, 1),
    (10_000, 1),
    (100, 32),
    (100, 256),
    (100, 1024),
    (1000, 1024),
)
"""Horizon and batch."""


def measure(options: Options, save: Callable[[dict], None]) -> None:
    """A process for each size, so that one leaves nothing to the next."""
    robot = "double_pendulum" if options.quick else "walker"
    path = options.case(robot)[1]
    found: dict[str, Any] = {"robot": robot, "sizes": []}
    for steps, batch in SIZES[: 2 if options.quick else None]:
        tell(f"memory: horizon {steps}, batch {batch}")
        with Client("robodiff", options.cores) as client:
            facts = client.prepare("gradient", path, Job("gradient", batch, steps))
            found["versions"] = client.ask("versions")
        found["sizes"].append({"steps": steps, "batch": batch, **facts})
        save(found)
