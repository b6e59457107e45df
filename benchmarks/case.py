"""One robot with starts and commands as plain data, the same for every system.

Imports nothing of robodiff: the peers read cases in environments of their own.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

SPREAD_Q, SPREAD_V = 0.02, 0.1
"""Of the starts of a batch around the robot's own [m, rad], [m/s, rad/s]."""


@dataclass(frozen=True)
class Servo:
    """One position servo, for systems that have none of their own."""

    joint: str
    kp: float
    kd: float


@dataclass(frozen=True)
class Case:
    """A robot as every system may read it."""

    name: str
    yaml: str
    """Text of the robot file."""
    mjcf: str
    urdf: str
    dt: float
    """[s]"""
    q: list[float]
    """The robot file's start, [nq]."""
    v: list[float]
    """[nv]"""
    movable: list[int]
    """Entries of q that may be spread: all but quaternions."""
    joints: list[str]
    """Name of the URDF joint of each entry of v; none for a floating base."""
    command: list[float]
    """Held all the time: the servos' targets at the start, [nu]."""
    servos: list[Servo]
    """One a command."""

    def starts(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        """q [batch, nq] and v [batch, nv] in float32, always the same for one batch size."""
        random = np.random.default_rng(0)
        q = np.tile(np.asarray(self.q, np.float32), (batch, 1))
        v = np.tile(np.asarray(self.v, np.float32), (batch, 1))
        spread = random.standard_normal((batch, len(self.movable)))
        q[:, self.movable] += (SPREAD_Q * spread).astype(np.float32)
        v += (SPREAD_V * random.standard_normal(v.shape)).astype(np.float32)
        return q, v

    def commands(self, batch: int, steps: int) -> np.ndarray:
        """[steps, batch, nu] in float32."""
        return np.tile(np.asarray(self.command, np.float32), (steps, batch, 1))

    def write(self, path: Path) -> Path:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)))
        return path

    @classmethod
    def read(cls, path: str | Path) -> Case:
        """From JSON."""
        data = json.loads(Path(path).read_text())
        data["servos"] = [Servo(**servo) for servo in data["servos"]]
        return cls(**data)


@dataclass(frozen=True)
class Job:
    """What a system shall compute with a case."""

    what: str
    """`forward`; `gradient`, of a loss by everything; or `parameters`, by `count` numbers."""
    batch: int
    steps: int
    count: int = 0
    """Of parameters; each sets an equal share of all commands."""

    def shares(self, nu: int) -> np.ndarray:
        """Which parameter sets each command, [steps, nu]."""
        entries = self.steps * nu
        return (np.arange(entries) * self.count // entries).reshape(self.steps, nu)
