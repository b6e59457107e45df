"""`robodiff plot`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.viz.runs import finished_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_run(tmp_path_factory.mktemp("plot"), iterations=3, steps=20)


def test_the_files_are_named_by_figure_and_width(robodiff: Callable, run: Path) -> None:
    result = robodiff(
        "plot", run, "--format", "svg", "--width", "column", "--only", "loss,torques", "--json"
    )
    assert result.exit_code == 0, result.output
    names = {Path(name).name for name in json.loads(result.stdout)["files"]}
    assert names == {"loss_column.svg", "torques_column.svg"}
    assert {path.name for path in (run / "figures").iterdir()} == names


@pytest.mark.parametrize("wrong", [["--format", "gif"], ["--width", "huge"], ["--only", "x"]])
def test_what_is_unknown_is_refused(robodiff: Callable, run: Path, wrong: list[str]) -> None:
    result = robodiff("plot", run, *wrong)
    assert result.exit_code == 2
    assert "valid: " in result.stderr


def test_other_folders_are_refused(robodiff: Callable, tmp_path: Path) -> None:
    assert robodiff("plot", tmp_path).exit_code == 2
