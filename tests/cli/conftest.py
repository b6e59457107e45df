"""A tiny experiment, and the command line run in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from robodiff.cli.main import app

Run = Callable[..., object]

ROBOT = """\
name: swing
parameters:
  length: {value: 0.5, min: 0.2, max: 1.0, unit: m}
links:
  arm:
    joint: {type: hinge, axis: [0, 1, 0]}
    shapes:
      - capsule: {from: [0, 0, 0], to: [0, 0, -length], radius: 0.02}
        density: 1000
        collide: false
actuators:
  arm: {type: motor, torque_limit: 5}
ground: false
"""

EXPERIMENT = """\
name: swing
robot: robot.yaml
parameters: {length: free}
simulation: {dt: 0.02}
controller: {type: spline, knots: 3}
task:
  duration: 0.2
  metrics:
    final_pose: {weight: 1, pose: {arm: 0.3}}
    torque: {weight: 0.1}
optimizer: {iterations: 2, starts: 2}
"""


@pytest.fixture(autouse=True)
def _no_compile_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROBODIFF_COMPILE_CACHE", "off")


@pytest.fixture
def robodiff() -> Callable:
    """Run a command line: `robodiff("check", path)` has `.exit_code`, `.stdout` and `.stderr`."""
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with `robot.yaml` and `experiment.yaml`."""
    (tmp_path / "robot.yaml").write_text(ROBOT)
    (tmp_path / "experiment.yaml").write_text(EXPERIMENT)
    return tmp_path
