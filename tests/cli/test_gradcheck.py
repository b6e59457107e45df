"""`robodiff gradcheck`, and the short certificate that `robodiff optimize` begins with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from robodiff.cli.certificate_tables import remarks, verdict
from robodiff.cli.main import app
from robodiff.optimization.certificate import certify as module
from robodiff.optimization.certificate.result import Certificate, Entry
from robodiff.viz.certificate_plot import plot_certificate
from robodiff.viz.style import save
from tests.cli.conftest import EXPERIMENT, ROBOT

ENTRY = Entry("ok", "design", 1.0, 1.0, 1.0, 1e-9, 1.1, 1e-9, 1e-5, 0.8)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict, str]:
    """Output folder, JSON object and messages of `robodiff gradcheck --json`."""
    folder = tmp_path_factory.mktemp("check")
    (folder / "robot.yaml").write_text(ROBOT)
    (folder / "experiment.yaml").write_text(EXPERIMENT)
    out = folder / "out"
    words = ["gradcheck", folder / "experiment.yaml", "--out", out, "--json", "--start", 1]
    environment = {"ROBODIFF_COMPILE_CACHE": "off"}
    result = CliRunner().invoke(app, [str(word) for word in words], env=environment)
    assert result.exit_code == 0, result.output
    return out, json.loads(result.stdout), result.stderr


def test_json_has_the_fixed_keys(checked: tuple) -> None:
    _, content, told = checked
    assert content["worst_relative_error"] < 1e-6
    assert set(content["parameters"]) == {"length", *(f"knots[arm, {i}]" for i in range(3))}
    for entry in content["parameters"].values():
        assert entry["label"] == "ok"
        assert entry["reverse"] == pytest.approx(entry["difference"], rel=1e-5)
        assert entry["reverse"] == pytest.approx(entry["forward"], rel=1e-9)
        assert entry["half_step"] == pytest.approx(entry["forward"], rel=0.3)
    assert content["half_step"]["cosine"] > 0.9
    assert "compiling forward mode" in told


def test_the_certificate_and_its_figure_are_written(checked: tuple) -> None:
    out, content, _ = checked
    assert json.loads((out / "certificate.json").read_text())["loss"] == content["loss"]
    assert (out / "certificate.png").stat().st_size > 10_000


BAD = """\
  slack: {value: 0.0, min: 0.0, max: 1.0}
  tilt: {value: 0.0, min: -1.0, max: 1.0}
  grip: {value: 0.8, min: 0.1, max: 1.0}
"""
HAND = """\
  hand:
    parent: arm
    position: [0, 0, -length]
    shapes:
      - sphere: {radius: 0.05 + 0.01 * sqrt(slack)}
        density: 1000
      - sphere: {radius: 0.05 + 0.02 * abs(tilt)}
        density: 1000
        friction: 0.5 * grip
"""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """An experiment whose robot has a root at 0, a kink and an expression that moves nothing."""
    robot = ROBOT.replace("links:\n", BAD + "links:\n").replace("actuators:", HAND + "actuators:")
    free = "{length: free, slack: free, tilt: free, grip: free}"
    (tmp_path / "robot.yaml").write_text(robot)
    text = EXPERIMENT.replace("{length: free}", free)
    (tmp_path / "experiment.yaml").write_text(text)
    return tmp_path / "experiment.yaml"


def gradcheck(robodiff: Callable, path: Path, *words: object) -> tuple[dict, str, int]:
    """Entries, messages and exit code of a real certificate."""
    out = path.parent / "out"
    result = robodiff("gradcheck", path, "--out", out, "--quick", "--json", *words)
    return json.loads(result.stdout)["parameters"], result.stderr, result.exit_code


@pytest.mark.slow
def test_a_kink_is_wrong_and_a_dead_expression_zero(robodiff: Callable, bad: Path) -> None:
    entries, told, code = gradcheck(robodiff, bad, "--start", 1, "parameters.slack.value=0.5")
    assert code == 4
    assert "1 gradient is wrong or not finite: tilt" in told
    tilt, grip = entries["tilt"], entries["grip"]
    assert tilt["label"] == "wrong"
    assert "the loss has a kink here" in tilt["note"]
    assert grip["label"] == "zero"
    assert "dead: used by links.hand.shapes[1].friction (line 22)" in grip["note"]
    assert entries["slack"]["label"] == entries["length"]["label"] == "ok"
    assert len(entries["length"]["slopes"]) == 4


@pytest.mark.slow
def test_a_root_at_zero_names_step_term_and_expression(robodiff: Callable, bad: Path) -> None:
    entries, told, code = gradcheck(robodiff, bad)
    assert code == 4
    assert "not finite: slack, " in told
    note = entries["slack"]["note"]
    assert "not finite from step 0 on; term final_pose, torque" in note
    assert "used by links.hand.shapes[0].sphere.radius (line 18)" in note
    assert "spread from slack; reverse mode is finite" in entries["length"]["note"]


def certificate(**changes: Entry) -> Certificate:
    entries = {"length": ENTRY, **changes}
    rows = [{"fraction": 1.0, "steps": 10.0, "loss": 1.0, "design": 1.0, "control": 0.0}]
    return Certificate("swing", 1.0, entries, rows, None, (), {"compile": 1.0, "total": 2.0})


@pytest.mark.parametrize("label", ["wrong", "non-finite"])
def test_it_exits_with_4_when_a_gradient_cannot_be_trusted(
    robodiff: Callable, files: Path, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    bad = certificate(radius=replace(ENTRY, label=label, note="differ"))
    monkeypatch.setattr(module, "certify", lambda *args, **options: bad)
    result = robodiff("gradcheck", files / "experiment.yaml", "--out", files / "out")
    assert result.exit_code == 4
    assert "radius" in result.stderr
    assert "differ" in result.stdout


def test_labels_that_are_not_failures_are_told(tmp_path: Path) -> None:
    nan = float("nan")
    many = certificate(
        a=replace(ENTRY, label="zero", reverse=0.0, note="dead"),
        b=replace(ENTRY, label="chaotic"),
        c=replace(ENTRY, label="non-finite", reverse=nan, relative_error=nan),
    )
    zero, *advice = remarks(many)
    assert zero == "[yellow]zero[/yellow] a: dead"
    assert ["non-finite" in advice[0], "chaotic" in advice[1]] == [True, True]
    assert "1 ok, 1 zero, 1 chaotic, 1 non-finite" in list(verdict(many))[-1]
    assert save(plot_certificate(many), tmp_path / "c.png").stat().st_size > 10_000


def test_a_robot_has_no_gradient(robodiff: Callable, files: Path) -> None:
    result = robodiff("gradcheck", files / "robot.yaml")
    assert result.exit_code == 2
    assert "experiment" in result.stderr
