"""What a user waits for at the command line."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.options import Options, tell
from benchmarks.robots import ROOT

ROBODIFF = [sys.executable, "-m", "robodiff"]
STARTS = {
    "import robodiff": [sys.executable, "-c", "import robodiff"],
    "robodiff --help": [*ROBODIFF, "--help"],
}
SHORT = "task.duration=0.1", "optimizer.starts=2", "optimizer.iterations=2"


def measure(options: Options, save: Callable[[dict], None]) -> None:
    """Start-up, and `robodiff optimize configs/walker.yaml` with an empty and a filled cache."""
    found: dict[str, Any] = {"starts": {}, "optimize": {}}
    for name, command in STARTS.items():
        rounds = [_run(command) for _ in range(options.repeats + 1)][1:]
        found["starts"][name] = {
            key: median(one[key] for one in rounds) for key in ("wall", "cpu")
        } | {"least_wall": min(one["wall"] for one in rounds)}
        save(found)
    name = "cartpole" if options.quick else "walker"
    found["experiment"] = name
    for kind in ("cold", "warm"):
        tell(f"robodiff optimize configs/{name}.yaml, {kind}")
        found["optimize"][kind] = optimize(options, name, kind)
        save(found)


def optimize(options: Options, name: str, kind: str) -> dict[str, float]:
    """Seconds until the run folder tells of the first and of the last iteration, and to the end."""
    out = options.scratch / f"run-{kind}"
    command = [*ROBODIFF, "optimize", f"configs/{name}.yaml", "--out", str(out), "--json"]
    if options.quick:
        command += SHORT
    history = out / "metrics.jsonl"
    environment = {"ROBODIFF_COMPILE_CACHE": str(options.scratch / "command-cache")}
    return _run(command, environment, history)


def _run(
    command: list[str], environment: dict[str, str] | None = None, history: Path | None = None
) -> dict[str, float]:
    """Wall and CPU seconds of a command, and when lines were added to a file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | (environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    found: dict[str, float] = {}
    seen = 0
    while history is not None and process.poll() is None:
        lines = history.read_bytes().count(b"\n") if history.exists() else 0
        if lines > seen:
            now = time.perf_counter() - began
            seen, found = lines, {"first": found.get("first", now), "last": now, "lines": lines}
        time.sleep(0.05)
    if process.wait():
        raise RuntimeError(f"{' '.join(command[1:])} ended with exit code {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found | {"wall": time.perf_counter() - began, "cpu": cpu}
