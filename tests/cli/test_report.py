"""`robodiff report`."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.viz.runs import finished_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_run(tmp_path_factory.mktemp("report"), iterations=3, steps=20)


def test_the_page_is_written_into_the_run(robodiff: Callable, run: Path) -> None:
    result = robodiff("report", run, "--json")
    assert result.exit_code == 0, result.output
    path = run / "report.html"
    assert json.loads(result.stdout) == {"report": str(path), "bytes": path.stat().st_size}


def test_open_shows_it(robodiff: Callable, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", shown.append)
    assert robodiff("report", run, "--open").exit_code == 0
    assert shown == [(run / "report.html").as_uri()]


def test_other_folders_are_refused(robodiff: Callable, tmp_path: Path) -> None:
    result = robodiff("report", tmp_path)
    assert result.exit_code == 2
    assert "is not a run folder" in result.stderr


def test_a_run_that_has_not_ended_is_refused(robodiff: Callable, run: Path, tmp_path: Path) -> None:
    for name in ("experiment.yaml", "robot.yaml"):
        (tmp_path / name).write_bytes((run / name).read_bytes())
    result = robodiff("report", tmp_path)
    assert result.exit_code == 2
    assert "--resume" in result.stderr
