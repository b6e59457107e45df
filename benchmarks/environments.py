"""One virtual environment for each peer, made when it is first needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    # MuJoCo 4.0.0 has a faulty solver.
    "mjx": ["mujoco-mjx", "mujoco>=3.6,!=4.0.0"],
    "brax": ["brax", "mujoco>=3.6,!=4.0.0"],
    "jaxsim": ["jaxsim"],
}


def folder() -> Path:
    """Where environments and compiled programs are kept; `ROBODIFF_BENCHMARKS` sets another."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("ROBODIFF_BENCHMARKS") or default / "robodiff-benchmarks")


def python_of(system: str) -> str:
    """The interpreter of a system; makes its environment. Raises OSError where it cannot be."""
    name = system.partition(":")[0]
    if name not in PACKAGES:
        return sys.executable
    place = folder() / name
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = place / "installed"
    if not done.exists():
        print(f"installing {name}", file=sys.stderr, flush=True)
        _run([sys.executable, "-m", "venv", str(place)])
        _run([str(python), "-m", "pip", "install", "-q", *PACKAGES[name]])
        done.touch()
    return str(python)


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["failed"]
        raise OSError(lines[-1])
