"""A full gradient of a 500-step rollout against one-sided differences in C MuJoCo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.case import Job
from benchmarks.client import Client, interleaved
from benchmarks.options import Options, tell

STEPS, COUNTS, BATCH = 500, (10, 100, 1000), 256
WITH_BATCH = 100
"""Parameters of the gradient that is also computed for a batch."""


def measure(options: Options, save: Callable[[dict], None]) -> None:
    """The walker: parameters are commands, each held for an equal share of the rollout.

    robodiff's gradient is by every number of the model, too.
    """
    path, steps = options.case("walker")[1], 20 if options.quick else STEPS
    found: dict[str, Any] = {"robot": "walker", "steps": steps, "batch": BATCH, "counts": {}}
    with Client("mujoco", [options.core]) as mujoco, Client("robodiff", [options.core]) as ours:
        found["versions"] = mujoco.ask("versions") | ours.ask("versions")
        for count in COUNTS[: 1 if options.quick else None]:
            turns = {"mujoco": (mujoco, str(count)), "robodiff": (ours, str(count))}
            for system, (client, key) in turns.items():
                tell(f"gradient by {count} parameters: {system}")
                client.prepare(key, path, Job("parameters", 1, steps, count))
            if count == WITH_BATCH:
                tell(f"gradient by {count} parameters: robodiff, batch {BATCH}")
                ours.prepare("batch", path, Job("parameters", BATCH, steps, count))
                turns["robodiff batch"] = (ours, "batch")
            found["counts"][str(count)] = interleaved(turns, options.repeats, options.least)
            save(found)
