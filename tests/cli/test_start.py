"""What needs no physics does not load it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import robodiff as package
from tests.cli.conftest import EXPERIMENT, ROBOT

PROBE = """
import sys
from robodiff.cli.main import main
try:
    main()
finally:
    assert "jax" not in sys.modules, "jax was imported"
"""


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["optimize", "--help"],
        ["new", "arm"],
        ["check", "robot.yaml"],
        ["check", "--quick", "experiment.yaml"],
        ["check", "broken.yaml"],
        ["check", "--schema", "experiment"],
    ],
    ids=" ".join,
)
def test_jax_is_not_imported(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "robot.yaml").write_text(ROBOT)
    (tmp_path / "experiment.yaml").write_text(EXPERIMENT)
    (tmp_path / "broken.yaml").write_text(EXPERIMENT + "optimiser: 3\n")
    command = [sys.executable, "-c", PROBE, *words]
    root = Path(package.__file__).parents[1]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert "jax was imported" not in done.stderr
    assert done.returncode == (2 if "broken.yaml" in words else 0), done.stderr


def test_xla_is_silent_before_anything_imports_it(
    robodiff: Callable, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    assert robodiff("check", files / "robot.yaml").exit_code == 0
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"


def test_new_writes_files_that_pass_the_check(
    robodiff: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert robodiff("new", "reacher").exit_code == 0
    assert robodiff("check", "reacher/robot.yaml").exit_code == 0
    result = robodiff("check", "reacher/experiment.yaml")
    assert result.exit_code == 0, result.stderr


def test_new_never_overwrites(robodiff: Callable, tmp_path: Path) -> None:
    (tmp_path / "robot.yaml").write_text("mine")
    result = robodiff("new", "reacher", "--out", tmp_path)
    assert result.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["robot.yaml"]
    assert (tmp_path / "robot.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["../up", "two words", "-x", ""])
def test_new_wants_a_plain_name(robodiff: Callable, name: str) -> None:
    assert robodiff("new", "--", name).exit_code == 2


def test_no_arguments_shows_help(robodiff: Callable) -> None:
    assert "optimize" in robodiff().output
    assert robodiff("optimise").exit_code == 2
