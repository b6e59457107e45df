"""How much is measured."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.case import Case
from benchmarks.robots import case

PEERS = ("mjx", "brax:generalized", "brax:spring", "brax:positional", "jaxsim")

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
"""Those that this process may use."""


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    quick: bool = False
    """Few repeats, small batches, short horizons."""
    peers: tuple[str, ...] = PEERS
    """Systems beside robodiff and C MuJoCo."""
    robots: tuple[str, ...] = ()
    """These alone; all by default."""
    core: int = CORES[0]
    """On which run times are taken."""
    scratch: Path = field(default_factory=lambda: Path(mkdtemp(prefix="robodiff-benchmarks-")))
    """For cases and throw-away caches."""

    @property
    def repeats(self) -> int:
        return 2 if self.quick else 5

    @property
    def least(self) -> float:
        """CPU seconds of one turn."""
        return 0.05 if self.quick else 0.3

    @property
    def cores(self) -> list[int]:
        """Two cores, for compilation."""
        place = CORES.index(self.core)
        return [self.core, CORES[(place + 1) % len(CORES)]]

    def wanted(self, robots: tuple[str, ...]) -> list[str]:
        """Those of `robots` that are asked for."""
        return [robot for robot in robots if not self.robots or robot in self.robots]

    def case(self, robot: str) -> tuple[Case, Path]:
        """A robot's case, and the file that holds it."""
        found = case(robot)
        return found, found.write(self.scratch / f"{robot}.json")


def tell(text: str) -> None:
    """Progress, to standard error."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
