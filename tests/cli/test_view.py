"""`robodiff view`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.viz.runs import finished_run


def data_of(page: str) -> dict:
    """What a page shows."""
    found = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_a_robot_becomes_a_page(robodiff: Callable, files: Path) -> None:
    result = robodiff("view", files / "robot.yaml", "-o", files / "out" / "a.html", "--json")
    assert result.exit_code == 0, result.output
    path = files / "out" / "a.html"
    assert json.loads(result.stdout) == {"page": str(path), "bytes": path.stat().st_size}
    data = data_of(path.read_text())
    assert (data["name"], data["free"], data["presets"]) == (
        "swing", ["length"], [{"label": "file", "values": {}}]
    )  # fmt: skip


def test_overrides_reach_the_page(robodiff: Callable, files: Path) -> None:
    page = files / "a.html"
    robodiff("view", files / "robot.yaml", "parameters.length.value=0.7", "-o", page)
    assert data_of(page.read_text())["recipe"]["parameters"][0]["formula"] == 0.7


def test_an_experiment_shows_its_robot_and_its_bounds(robodiff: Callable, files: Path) -> None:
    page = files / "a.html"
    text = (files / "experiment.yaml").read_text()
    changed = text.replace("{length: free}", "{length: {value: 0.4, max: 0.6}}")
    (files / "experiment.yaml").write_text(changed)
    assert robodiff("view", files / "experiment.yaml", "-o", page).exit_code == 0
    data = data_of(page.read_text())
    assert data["bounds"] == {"length": [0.2, 0.6]}
    assert data["presets"] == [{"label": "start", "values": {"length": 0.4}}]


def test_a_run_offers_its_designs(robodiff: Callable, tmp_path: Path, monkeypatch) -> None:
    run = finished_run(tmp_path, iterations=3, steps=20)
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", shown.append)
    assert robodiff("view", run, "--open").exit_code == 0
    assert shown == [(run / "view.html").as_uri()]
    data = data_of((run / "view.html").read_text())
    assert data["presets"] == [
        {"label": "before", "values": {"length": 0.5}},
        {"label": "after", "values": {"length": pytest.approx(0.8)}},
    ]
    (run / "result.json").unlink()
    robodiff("view", run)
    data = data_of((run / "view.html").read_text())
    assert [preset["label"] for preset in data["presets"]] == ["before", "so far"]


def test_the_page_lies_where_simulate_writes(robodiff: Callable, files: Path, monkeypatch) -> None:
    monkeypatch.chdir(files)
    text = (files / "robot.yaml").read_text().replace("name: swing", "name: ../a b")
    (files / "robot.yaml").write_text(text)
    assert robodiff("view", "robot.yaml").exit_code == 0
    assert (files / "runs" / "_a_b" / "view.html").exists()


def test_mistakes_end_with_2_and_write_nothing(robodiff: Callable, files: Path) -> None:
    (files / "robot.yaml").write_text("name: a\nlinks: {b: {colour: red}}\n")
    result = robodiff("view", files / "robot.yaml", "-o", files / "a.html")
    assert result.exit_code == 2
    assert "robot.yaml:2:" in result.stderr
    assert not (files / "a.html").exists()
    assert robodiff("view", files / "none.yaml", "--watch").exit_code == 2
    assert robodiff("view", files / "robot.yaml", "--watch", "-o", files / "b").exit_code == 2


class Watching:
    """`robodiff view --watch` in a process of its own."""

    def __init__(self, file: Path):
        command = [
            sys.executable,
            "-m",
            "robodiff.cli.main",
            "view",
            str(file),
            "--watch",
            "--json",
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert self.process.stdout
        lines = [self.process.stdout.readline() for _ in range(3)]
        self.url = json.loads("".join(lines))["url"]

    def data(self) -> dict:
        with urllib.request.urlopen(self.url, timeout=5) as answer:
            return data_of(answer.read().decode())

    def wait_for(self, wanted: Callable[[dict], bool]) -> dict:
        for _ in range(100):
            if wanted(data := self.data()):
                return data
            time.sleep(0.1)
        raise AssertionError("the page never changed so")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=10)


def test_watching_follows_saves_mistakes_and_ctrl_c(files: Path) -> None:
    robot = files / "robot.yaml"
    good = robot.read_text()
    watching = Watching(robot)
    try:
        first = watching.data()
        assert (first["name"], first["problems"], first["live"]["version"]) == ("swing", [], 1)
        robot.write_text(good.replace("radius: 0.02", "radius: nine"))
        bad = watching.wait_for(lambda data: data["problems"])
        assert (bad["problems"][0]["line"], bad["name"]) == (8, "swing")
        assert bad["recipe"]["shapes"][0]["size"][0] == 0.02
        robot.write_text(good.replace("radius: 0.02", "radius: 0.03"))
        again = watching.wait_for(lambda data: not data["problems"])
        assert again["recipe"]["shapes"][0]["size"][0] == 0.03
    finally:
        code = watching.stop()
    assert code == 0
