"""Steps a second of every system, forward and with the gradient, taken in turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import product
from typing import Any

from benchmarks.case import Job
from benchmarks.client import Client, WorkerError, interleaved
from benchmarks.options import Options, tell

ROBOTS = ("double_pendulum", "walker", "quadruped", "humanoid")
WITH_PEERS = ("walker", "quadruped")
"""Peers run these, unbatched: their gradients take a minute each to compile."""
BATCHES = ((1,), (32,), (256, 1024))
"""Those of a group, which are compared, take turns."""
JOBS = ("forward", "gradient")
Place = tuple[str, int]
"""A robot and a batch size."""


def measure(options: Options, save: Callable[[dict], None]) -> None:
    """Every robot at every batch size; `save` is called after each group with all that is known."""
    found: dict[str, Any] = {"robots": {}, "versions": {}}
    for robot in options.wanted(ROBOTS):
        found["robots"][robot] = {}
        for batches in BATCHES[: 1 if options.quick else None]:
            with_peers = options.peers if robot in WITH_PEERS and batches == (1,) else ()
            places = [(robot, batch) for batch in batches]
            rows = in_turn(options, places, with_peers, found["versions"])
            found["robots"][robot] |= {str(batch): rows[robot, batch] for batch in batches}
            save(found)


def in_turn(
    options: Options, places: list[Place], peers: tuple[str, ...], versions: dict[str, Any]
) -> dict[Place, dict[str, dict]]:
    """Forward and gradient of every system, of all robots and batch sizes in the same rounds:
    seconds a call, steps/s, compilation."""
    rows: dict[Place, dict[str, dict]] = {place: {} for place in places}
    turns = {}
    with ExitStack() as stack:
        for system in ("mujoco", "robodiff", *peers):
            for place, label, turn, facts in _prepared(options, stack, system, places):
                rows[place][label] = facts
                if turn:
                    turns[place, label] = turn
                    versions.update(turn[0].ask("versions"))
        tell(f"timing {len(turns)} programs: {', '.join(f'{r}, batch {b}' for r, b in places)}")
        for (place, label), times in interleaved(turns, options.repeats, options.least).items():
            steps = place[1] * rows[place][label]["steps"]
            rates = {f"steps_per_{key}_second": steps / times[key] for key in times if
                     key != "rounds"}  # fmt: skip
            rows[place][label] |= {"seconds": times, **rates}
    return rows


def _prepared(
    options: Options, stack: ExitStack, system: str, places: list[Place]
) -> Iterator[tuple[Place, str, tuple[Client, str] | None, dict]]:
    """Each job of a system: where, its label, what to time (None if it cannot), and facts."""
    try:
        client = stack.enter_context(Client(system, [options.core]))
    except WorkerError as error:
        yield places[-1], f"{system} gradient", None, {"why": str(error)}
        return
    for (robot, batch), what in product(places, JOBS[: 1 if system == "mujoco" else None]):
        steps = 20 if options.quick else 500 if batch == 1 else 100
        place, label, key = (robot, batch), f"{system} {what}", f"{what} {robot} {batch}"
        tell(f"{robot}, batch {batch}: {label}")
        try:
            facts = client.prepare(key, options.case(robot)[1], Job(what, batch, steps))
            yield place, label, (client, key), facts | {"steps": steps}
        except WorkerError as error:
            yield place, label, None, {"why": str(error)}
