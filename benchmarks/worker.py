"""A process that holds one system: `python -m benchmarks.worker SYSTEM[:VARIANT] CORES`.

Reads one JSON request a line from standard input and answers each with one JSON line.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from benchmarks.case import Case, Job
from benchmarks.program import Program, timed

MODULES = {
    "robodiff": "robodiff_core",
    "experiment": "robodiff_experiment",
    "mujoco": "c_mujoco",
    "mjx": "mjx_peer",
    "brax": "brax_peer",
    "jaxsim": "jaxsim_peer",
}


class Worker:
    """Answers requests."""

    def __init__(self, system: str):
        name, _, variant = system.partition(":")
        self._module = importlib.import_module(f"benchmarks.systems.{MODULES[name]}")
        self._variant = (variant,) if variant else ()
        self._programs: dict[str, Program] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request; errors are answers, too."""
        handlers: dict[str, Callable[..., dict]] = {
            "prepare": self._prepare,
            "time": self._time,
            "versions": self._versions,
        }
        try:
            return handlers[request.pop("do")](**request)
        except Exception as error:  # whatever a peer may raise
            traceback.print_exc()
            text = str(error).strip().splitlines()
            return {"error": f"{type(error).__name__}: {text[0] if text else ''}"}

    def _prepare(self, key: str, case: str, job: dict) -> dict:
        program = self._module.prepare(Case.read(case), Job(**job), *self._variant)
        self._programs[key] = program
        return program.facts

    def _time(self, key: str, least: float) -> dict:
        return timed(self._programs[key].run, least)

    def _versions(self) -> dict:
        return {name: version(name) for name in self._module.VERSIONS}


def version(package: str) -> str:
    """Of an installed package, or of a module on the path."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return importlib.import_module(package).__version__


def main() -> None:
    """Serve until the input ends."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    cores = {int(core) for core in sys.argv[2].split(",")}
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    # Libraries print to standard output: they get standard error instead.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        answers.write(json.dumps(worker.answer(json.loads(line))) + "\n")


if __name__ == "__main__":
    main()
