"""A compiled computation, and how its time is taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

MEMORY = {"resident_mib": "VmRSS", "resident_peak_mib": "VmHWM"}
"""Facts of a process, and what Linux calls them: its memory now, and the most so far."""


@dataclass(frozen=True)
class Program:
    """What a system made of a job."""

    run: Callable[[], Any]
    """Computes once, waits, and returns arrays."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Seconds to compile, memory, notes."""


def timed(run: Callable[[], Any], least: float) -> dict[str, float]:
    """Wall and CPU seconds of one call, over calls that take at least `least` CPU seconds."""
    calls, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.process_time() - cpu < least or not calls:
        run()
        calls += 1
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall / calls, "cpu": cpu / calls, "calls": calls}


def finite(arrays: Any) -> bool:
    """Whether all numbers of a list of arrays are."""
    return all(bool(np.isfinite(np.asarray(array)).all()) for array in arrays)


def resident() -> dict[str, float]:
    """Memory of this process, now and at most so far [MiB]; 0 where it is not told."""
    path = Path("/proc/self/status")
    lines = path.read_text().splitlines() if path.exists() else []
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith(" kB")}
    return {fact: kib.get(name, 0) / 1024 for fact, name in MEMORY.items()}
