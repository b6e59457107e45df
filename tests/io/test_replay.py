"""C MuJoCo and robodiff agree about a swinging arm, a falling box and what they weigh on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from robodiff.cli.main import app
from robodiff.experiment.load import load_experiment
from robodiff.io.mujoco_replay import replay
from robodiff.io.replay_report import parting_time, replay_report
from tests.cli.conftest import EXPERIMENT, ROBOT

CLOSED = EXPERIMENT.replace(
    "controller: {type: spline, knots: 3}",
    "controller: {type: feedback, features: [q.arm, v.arm], "
    "gains: {arm: {q.arm: -1.0, v.arm: -0.2}}}",
)
BOX = """\
name: box
links:
  box:
    joint: {type: free}
    shapes: [{box: {size: [0.4, 0.3, 0.2]}, mass: 2}]
start: {box.z: 0.15}
"""
FALL = """\
name: fall
robot: robot.yaml
simulation: {dt: 0.004}
task: {duration: 0.8, metrics: {height: {}, impact: {}, slip: {}}}
"""


def done(folder: Path, robot: str, experiment: str, **options):
    (folder / "robot.yaml").write_text(robot)
    (folder / "experiment.yaml").write_text(experiment)
    loaded = load_experiment(folder / "experiment.yaml")
    return replay(loaded, loaded.outcome(loaded.parameters), **options)


@pytest.mark.parametrize("experiment", [EXPERIMENT, CLOSED], ids=["open loop", "closed loop"])
def test_a_swinging_arm_is_the_same_in_both(tmp_path, experiment):
    robot = ROBOT + "start: {arm: 0.5}\n"
    report = replay_report(done(tmp_path, robot, experiment.replace("dt: 0.02", "dt: 0.002")))
    assert report["engine"] == "mujoco"
    assert report["metrics"]["final_pose"]["fine_gap"] < 0.02
    assert report["parted"]["1 cm"]["fine"] is None
    assert report["diverged"] == {"robodiff": 0, "engine": 0, "fine": 0}


def test_a_box_comes_to_rest_at_the_same_height_with_its_weight_on_the_ground(tmp_path):
    both = done(tmp_path, BOX, FALL)
    heights = [run.com[-1, 2, 0] for run in both.runs]
    np.testing.assert_allclose(heights, 0.1, atol=2e-3)
    for run in both.runs:
        weight = run.trajectory.contact_force[-1].sum(axis=0)[2, 0]
        assert weight == pytest.approx(2 * 9.81, rel=1e-2)
    assert parting_time(both.robodiff, both.engine, 0.01) is None


def test_several_starts_differ_and_are_the_same_in_both(tmp_path):
    both = done(tmp_path, ROBOT, EXPERIMENT, starts=3)
    first = [np.asarray(run.trajectory.q[0]) for run in both.runs]
    assert len(np.unique(first[0])) == 3
    np.testing.assert_array_equal(first[0], first[1])
    assert replay_report(both)["starts"] == 3


def test_the_command_writes_its_report_and_fails_beyond_the_gap(tmp_path):
    (tmp_path / "robot.yaml").write_text(ROBOT + "start: {arm: 0.5}\n")
    (tmp_path / "experiment.yaml").write_text(EXPERIMENT)
    words = ["replay", tmp_path / "experiment.yaml", "--out", tmp_path / "out", "--json"]
    environment = {"ROBODIFF_COMPILE_CACHE": "off"}
    words = [str(word) for word in words]
    result = CliRunner().invoke(app, [*words, "--max-gap", "1e-12"], env=environment)
    assert result.exit_code == 4, result.output
    report = json.loads(result.stdout)
    assert set(report["metrics"]["torque"]) >= {"robodiff", "engine", "gap"}
    assert (tmp_path / "out" / "plots" / "replay.png").stat().st_size > 5000
    assert json.loads((tmp_path / "out" / "replay.json").read_text())["max_gap"] > 0
