"""One tiny optimization from end to end, and what can be done with its folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from robodiff.cli.main import app
from robodiff.robot.load import load_robot
from robodiff.viz.serve import PageServer
from tests.cli.conftest import EXPERIMENT, ROBOT

SHOWN: list[dict] = []
"""What the live page showed."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict, str]:
    """Run folder, the JSON object and the messages of `robodiff optimize --json`."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "robot.yaml").write_text(ROBOT)
    (folder / "experiment.yaml").write_text(EXPERIMENT)
    out = folder / "out"
    words = ["optimize", folder / "experiment.yaml", "--out", out, "--seed", 3, "--live", "--json"]
    environment = {"ROBODIFF_COMPILE_CACHE": "off"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            PageServer, "publish", lambda self, content, last=False: SHOWN.append(content)
        )
        result = CliRunner().invoke(app, [str(word) for word in words], env=environment)
    assert result.exit_code == 0, result.output
    return out, json.loads(result.stdout), result.stderr


def test_json_has_the_fixed_keys(run: tuple) -> None:
    out, content, _ = run
    assert content["run"] == str(out)
    assert content["loss"]["after"] < content["loss"]["before"]
    assert set(content["metrics"]) == {"final_pose", "torque"}
    assert set(content["design"]["length"]) >= {"before", "after", "min", "max", "unit"}
    assert set(content["seconds"]) >= {"compile", "run", "total"}
    assert content["iterations"] == 2


def test_progress_goes_to_stderr(run: tuple) -> None:
    _, _, told = run
    assert "compiled in" in told
    assert "|gradient|" in told
    assert "robodiff simulate" in told


def test_the_live_page_has_the_robot_then_the_growing_report_then_the_last(run: tuple) -> None:
    _, _, told = run
    assert "live: http://127.0.0.1:" in told
    assert "no report" not in told
    kinds = [(content.get("kind"), "progress" in content) for content in SHOWN]
    assert (kinds[0], kinds[-1]) == (("robot", False), (None, False))
    assert set(kinds[1:-1]) == {(None, True)}


def test_plots_and_animation_are_drawn(run: tuple) -> None:
    out, _, _ = run
    for name in ("loss", "design", "joints", "stroboscope"):
        assert (out / "plots" / f"{name}.png").stat().st_size > 5000
    assert (out / "animation.gif").stat().st_size > 1000
    assert (out / "report.html").stat().st_size > 500_000


def test_a_folder_with_a_run_is_not_overwritten(robodiff: Callable, run: tuple) -> None:
    out, _, _ = run
    result = robodiff("optimize", out.parent / "experiment.yaml", "--out", out)
    assert result.exit_code == 2
    assert "--resume" in result.stderr


def test_a_finished_run_can_be_simulated(robodiff: Callable, run: tuple, tmp_path: Path) -> None:
    out, content, _ = run
    result = robodiff("simulate", out, "--out", tmp_path, "--no-plots", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["loss"] == pytest.approx(content["loss"]["after"], rel=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["trajectory.npz"]


def test_both_robots_of_a_run_are_exported(robodiff: Callable, run: tuple, tmp_path: Path) -> None:
    out, content, _ = run
    design = content["design"]["length"]
    for name, options in (("before", ["--before"]), ("after", [])):
        mjcf, yaml = tmp_path / f"{name}.xml", tmp_path / f"{name}.yaml"
        result = robodiff("export", out, "--mjcf", mjcf, "--yaml", yaml, *options)
        assert result.exit_code == 0, result.output
        assert "<mujoco" in mjcf.read_text()
        value = load_robot(yaml).parameters["length"].value
        assert value == pytest.approx(design[name], rel=1e-6)


def test_resume_takes_no_other_settings(robodiff: Callable, run: tuple, tmp_path: Path) -> None:
    out, _, _ = run
    assert robodiff("optimize", "--resume", out, "--seed", "1").exit_code == 2
    assert robodiff("optimize", "--resume", tmp_path).exit_code == 2
    assert robodiff("optimize").exit_code == 2


def test_a_robot_cannot_be_optimized_alone(robodiff: Callable, run: tuple) -> None:
    out, _, _ = run
    result = robodiff("optimize", out.parent / "robot.yaml")
    assert result.exit_code == 2
    assert "robodiff new" in result.stderr


def test_ctrl_c_saves_and_says_how_to_resume(
    robodiff: Callable, run: tuple, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from robodiff.cli.progress import OptimizationDisplay

    def interrupt(display: OptimizationDisplay, iteration: object) -> None:
        raise KeyboardInterrupt

    source, out = run[0].parent / "experiment.yaml", tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(OptimizationDisplay, "update", interrupt)
        result = robodiff("optimize", source, "--out", out, "--no-plots")
    assert result.exit_code == 130
    assert f"--resume {out}" in result.stderr.replace("\n", " ")
    resumed = robodiff("optimize", "--resume", out, "--no-plots", "--json")
    assert resumed.exit_code == 0, resumed.output
    assert json.loads(resumed.stdout)["iterations"] == 2
    assert f"the result is in {out}" in resumed.stderr
    assert "report.html" not in resumed.stderr


def test_a_bug_exits_1_and_keeps_its_traceback(
    robodiff: Callable, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*words: object) -> None:
        raise RuntimeError("lost a screw")

    monkeypatch.setattr("robodiff.cli.check.find_problems", broken)
    result = robodiff("check", files / "robot.yaml")
    assert result.exit_code == 1
    assert "lost a screw" in result.stderr
    assert "Traceback" not in result.stderr
    stored = [word for word in result.stderr.split() if word.endswith(".traceback.txt")]
    assert "lost a screw" in Path(stored[0]).read_text()
    Path(stored[0]).unlink()
    assert "Traceback" in robodiff("--traceback", "check", files / "robot.yaml").stderr
