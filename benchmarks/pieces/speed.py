"""Steps a second of every system, forward and with the gradient, taken in turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.case import Job
from benchmarks.client import Client, WorkerError, interleaved
from benchmarks.options import Options, tell

ROBOTS = ("double_pendulum", "walker", "quadruped", "humanoid")
WITH_PEERS = ("walker", "quadruped")
"""Peers run these, unbatched: their gradients take a minute each to compile."""
BATCHES = (1, 32, 256, 1024)
JOBS = ("forward", "gradient")


def measure(options: Options, save: Callable[[dict], None]) -> None:
    """Every robot at every batch size; `save` is called after each with all that is known."""
    found: dict[str, Any] = {"robots": {}, "versions": {}}
    for robot in options.wanted(ROBOTS):
        found["robots"][robot] = {}
        for batch in BATCHES[: 1 if options.quick else None]:
            with_peers = options.peers if robot in WITH_PEERS and batch == 1 else ()
            rows = at_batch(options, robot, batch, with_peers, found["versions"])
            found["robots"][robot][str(batch)] = rows
            save(found)


def at_batch(
    options: Options, robot: str, batch: int, peers: tuple[str, ...], versions: dict[str, Any]
) -> dict[str, dict]:
    """Forward and gradient of every system on one robot: seconds a call, steps/s, compilation."""
    steps = 20 if options.quick else 500 if batch == 1 else 100
    path, rows, turns = options.case(robot)[1], {}, {}
    with ExitStack() as stack:
        for system in ("mujoco", "robodiff", *peers):
            for label, turn, facts in _prepared(options, stack, system, path, batch, steps):
                rows[label] = facts
                if turn:
                    turns[label] = turn
                    versions.update(turn[0].ask("versions"))
        tell(f"{robot}, batch {batch}: timing {len(turns)} programs")
        for label, times in interleaved(turns, options.repeats, options.least).items():
            rates = {f"steps_per_{key}_second": batch * steps / times[key] for key in times if
                     key != "rounds"}  # fmt: skip
            rows[label] |= {"seconds": times, **rates, "steps": steps}
    return rows


def _prepared(
    options: Options, stack: ExitStack, system: str, path: Path, batch: int, steps: int
) -> Iterator[tuple[str, tuple[Client, str] | None, dict]]:
    """Each job of a system: its label, what to time (None if it cannot), and facts."""
    try:
        client = stack.enter_context(Client(system, [options.core]))
    except WorkerError as error:
        yield f"{system} gradient", None, {"why": str(error)}
        return
    for what in JOBS[: 1 if system == "mujoco" else None]:
        tell(f"{path.stem}, batch {batch}: {system} {what}")
        try:
            facts = client.prepare(what, path, Job(what, batch, steps))
            yield f"{system} {what}", (client, what), facts
        except WorkerError as error:
            yield f"{system} {what}", None, {"why": str(error)}
