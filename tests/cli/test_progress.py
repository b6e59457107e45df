"""Without a terminal, too, whoever waits long is told for what."""

from __future__ import annotations

import time

import pytest

from robodiff.cli import progress
from robodiff.cli.console import Settings
from robodiff.cli.progress import OptimizationDisplay, waiting


def wait(seconds: float) -> None:
    with waiting("drawing plots"):
        time.sleep(seconds)


def test_what_takes_long_is_told_once(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait(0.0)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "LONG", 0.01)
    wait(0.5)
    assert capsys.readouterr().err == "drawing plots ...\n"


def test_quiet_is_quiet(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LONG", 0.01)
    monkeypatch.setattr(Settings, "quiet", True)
    wait(0.1)
    with OptimizationDisplay(1) as display:
        display.note("compiling: 4 starts")
    assert capsys.readouterr().err == ""


def test_a_compilation_is_told_when_it_begins(capsys: pytest.CaptureFixture) -> None:
    with OptimizationDisplay(1) as display:
        display.note("compiling: 4 starts")
    assert "compiling: 4 starts" in capsys.readouterr().err
