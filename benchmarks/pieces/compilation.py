"""Seconds to trace and compile the gradient in a fresh process, cold and warm, on two cores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.bars import seconds_of
from benchmarks.case import Job
from benchmarks.client import Client
from benchmarks.options import Options, tell
from benchmarks.pieces.speed import ROBOTS

JOB = Job("gradient", 1, 100)
KINDS = ("cold", "warm")
ROUNDS = 3
EXPERIMENTS = ("walker", "quadruped")


def measure(options: Options, save: Callable[[dict], None]) -> None:
    """Every robot at batch 1. Robots take turns, `ROUNDS` times, each time with a cache of its own
    that is empty; `warm` is a second process with the cache of the first. Medians by wall time."""
    names = options.wanted(ROBOTS)[: 1 if options.quick else None]
    shipped = options.wanted(EXPERIMENTS)[: 0 if options.quick else None]
    robots, experiments = {name: [] for name in names}, {name: [] for name in shipped}
    versions = _versions(options)
    for turn in range(1 if options.quick else ROUNDS):
        for name, rounds in robots.items():
            rounds.append(_gradient(options, name, turn))
        for name, rounds in experiments.items():
            rounds.append(_first_gradient(options, name, turn))
        save(
            {
                "robots": {name: _medians(rounds) for name, rounds in robots.items()},
                "experiments": {name: _medians(rounds) for name, rounds in experiments.items()},
                "versions": versions,
            }
        )


def _gradient(options: Options, robot: str, turn: int) -> dict[str, Any]:
    """The gradient of a robot, cold and warm."""
    rows = {}
    for kind in KINDS:
        tell(f"{robot}: compiling the gradient, {kind}")
        with Client("robodiff", options.cores, _cache(options, robot, turn)) as client:
            rows[kind] = client.prepare("gradient", options.case(robot)[1], JOB)
    return rows


def _first_gradient(options: Options, robot: str, turn: int) -> dict[str, Any]:
    """What precedes the first gradient of a shipped experiment, cold and warm."""
    rows = {}
    for kind in KINDS:
        tell(f"{robot}: first gradient of its experiment, {kind}")
        place = _cache(options, f"experiment-{robot}", turn)
        with Client("experiment", options.cores, place) as client:
            rows[kind] = client.prepare("first", options.case(robot)[1], Job("gradient", 1, 0))
    return rows


def _cache(options: Options, name: str, turn: int) -> Path:
    return options.scratch / f"cache-{name}-{turn}"


def _medians(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each kind the round whose wall time is in the middle (of two the longer)."""
    middle = len(rounds) // 2
    return {kind: sorted((each[kind] for each in rounds), key=_wall)[middle] for kind in KINDS}


def _wall(facts: dict[str, Any]) -> float:
    return facts["ready"]["wall"] if "ready" in facts else seconds_of(facts, "wall")


def _versions(options: Options) -> Any:
    with Client("robodiff", options.cores) as client:
        return client.ask("versions")
