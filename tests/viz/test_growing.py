"""The report of a run that goes on."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from robodiff.experiment.experiment import Experiment
from robodiff.experiment.load import load_experiment
from robodiff.io.results import RunFolder
from robodiff.viz.report import geometry, growing
from robodiff.viz.report.content import report_content
from robodiff.viz.report.growing import GrowingReport
from robodiff.viz.report.pack import unpack
from tests.viz import runs
from tests.viz.runs import finished_run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run in its fifth update; simulations are made by hand."""
    folder = RunFolder(finished_run(tmp_path, iterations=5, steps=20))
    for name in ("result.json", "trajectory_before.npz", "trajectory_after.npz"):
        folder.file(name).unlink()
    made = lambda self, parameters: runs._outcome(self, 0.5, 20)  # noqa: E731
    monkeypatch.setattr(Experiment, "outcome", made)
    return folder


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the time that reports see [s]."""
    now = [0.0]
    monkeypatch.setattr(growing.time, "perf_counter", lambda: now[0])

    def at(seconds: float) -> None:
        now[0] = seconds

    return at


def test_pages_come_at_intervals_and_tell_how_far_the_run_is(folder: RunFolder, clock: Callable):
    shown: list[dict[str, Any]] = []
    report = GrowingReport(load_experiment(folder.file("experiment.yaml")), folder, every=20.0)
    quick = GrowingReport(report._experiment, folder, shown.append, every=2.0, write=False)
    last = folder.read_history()[-1]
    page = folder.file("report.html")
    assert not report.update(last)
    assert not page.exists()
    assert quick.update(last)  # who looks at it gets one at once
    clock(1.9)
    assert not quick.update(last)
    clock(20.5)
    assert report.update(last)
    assert quick.update(last)
    assert len(shown) == 2
    text = page.read_text()
    assert re.search(r'"progress":\{"iteration":5,"total":60\}', text)
    assert shown[0]["progress"] == {"iteration": 5, "total": 60}
    assert len(unpack(shown[0]["history"]["loss"])) == 5
    assert len(shown[0]["motions"]) == 2


def test_dear_pages_come_more_seldom(folder: RunFolder, clock: Callable, monkeypatch):
    experiment = load_experiment(folder.file("experiment.yaml"))
    report = GrowingReport(experiment, folder, lambda content: None, 1.0, share=0.1, write=False)
    now = [0.0]

    def content(self: GrowingReport, iteration: Any) -> dict:
        now[0] += 0.5  # what a page costs
        clock(now[0])
        return {}

    monkeypatch.setattr(GrowingReport, "_content", content)
    line = folder.read_history()[-1]

    def next_after() -> float:
        begun = now[0]
        while not report.update(line):
            now[0] += 0.25
            clock(now[0])
        return now[0] - begun

    next_after()  # the first compiles, and is not counted
    assert next_after() < 2.5
    assert next_after() == pytest.approx(5.5, abs=0.3)


def test_reports_of_a_growing_run_share_one_program(folder: RunFolder):
    experiment = load_experiment(folder.file("experiment.yaml"))
    for count in (2, 9, geometry.BATCH):
        lengths = [0.3 + 0.01 * i for i in range(count)]
        batch, poses = geometry.build_designs(experiment, [{"length": x} for x in lengths])
        assert batch.shapes.size[1, 1] == pytest.approx([x / 2 for x in lengths])
        assert poses.position[0, 2] == pytest.approx([x + 0.03 for x in lengths])
    assert list(experiment.compiled) == [("designs", geometry.BATCH)]


def test_a_finished_run_has_no_progress(tmp_path: Path):
    assert "progress" not in report_content(finished_run(tmp_path, iterations=3, steps=20))
