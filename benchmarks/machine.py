"""On what the figures were taken."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.robots import ROOT


def machine() -> dict:
    """Processor, Python, the code's commit, the date, and how busy the machine is."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "commit": _commit(),
        "date": time.strftime("%Y-%m-%d"),
        "load": load(),
    }


def load() -> float:
    """Processes that want to run, averaged over a minute; -1 where it is not told."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else -1.0


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or sys.platform


def _commit() -> str:
    """The code's commit, with a + where the package differs from it."""
    changed = _git("status", "--porcelain", "robodiff")
    return _git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def _git(*arguments: str) -> str:
    result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return result.stdout.strip()
