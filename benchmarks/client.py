"""Workers as seen by the suite: start, ask, end; and rounds that take every system in turn."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.case import Job
from benchmarks.environments import folder, python_of
from benchmarks.robots import ROOT


class WorkerError(Exception):
    """A system cannot do what it was asked; the text says why."""


class Client:
    """A worker process of one system, on the cores that are named."""

    def __init__(self, system: str, cores: Iterable[int], cache: Path | str | None = "shared"):
        """`cache` holds compiled programs: a folder, `shared` for the usual one, or None."""
        environment = dict(os.environ, PYTHONPATH=str(ROOT), TF_CPP_MIN_LOG_LEVEL="3")
        environment.pop("JAX_COMPILATION_CACHE_DIR", None)
        environment["ROBODIFF_COMPILE_CACHE"] = "off"
        if cache:
            place = folder() / "programs" / system.partition(":")[0] if cache == "shared" else cache
            Path(place).mkdir(parents=True, exist_ok=True)
            environment["JAX_COMPILATION_CACHE_DIR"] = str(place)
            environment["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.3"
        try:
            python = python_of(system)
        except OSError as error:
            raise WorkerError(f"cannot be installed: {error}") from None
        self._log = open(os.devnull if "-v" not in sys.argv else "/dev/stderr", "w")  # noqa: SIM115
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", system, ",".join(map(str, cores))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
            env=environment,
            cwd=ROOT,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """One request, one answer; raises WorkerError with the reason where there is none."""
        try:
            self._requests.write(json.dumps({"do": do, **request}) + "\n")
            line = self._answers.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise WorkerError(f"its process ended (exit code {self._process.wait()})")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def prepare(self, key: str, case: Path, job: Job) -> dict[str, Any]:
        """Compile a job and run it once."""
        return self.ask("prepare", key=key, case=str(case), job=asdict(job))

    def close(self) -> None:
        """End the process."""
        self._requests.close()
        self._process.wait()
        self._answers.close()
        self._log.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


Label = TypeVar("Label", bound=Hashable)


def interleaved(
    turns: Mapping[Label, tuple[Client, str]], repeats: int, least: float
) -> dict[Label, dict[str, float]]:
    """Seconds of one call by label: medians of rounds, in each of which every program has a turn.

    Args: turns, a client and the key of its program by label; least, CPU seconds of one turn.
    """
    found: dict[Label, list[dict]] = {label: [] for label in turns}
    for _ in range(repeats):
        for label, (client, key) in turns.items():
            found[label].append(client.ask("time", key=key, least=least))
    return {label: summary(rounds) for label, rounds in found.items()}


def summary(rounds: list[dict[str, float]]) -> dict[str, float]:
    """Medians of wall and CPU seconds, and the least CPU seconds."""
    return {
        "wall": statistics.median(one["wall"] for one in rounds),
        "cpu": statistics.median(one["cpu"] for one in rounds),
        "cpu_least": min(one["cpu"] for one in rounds),
        "rounds": len(rounds),
    }
