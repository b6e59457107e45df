"""`robodiff check` names every mistake with its place, and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_good_files_are_ok(robodiff: Callable, files: Path) -> None:
    for name in ("robot.yaml", "experiment.yaml"):
        result = robodiff("check", files / name, "--json")
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout) == {"ok": True, "errors": []}


@pytest.mark.parametrize(
    ("name", "old", "new", "key", "said"),
    [
        ("robot.yaml", "density", "densty", "links.arm.shapes[0].densty", "density"),
        ("robot.yaml", "value: 0.5", "value: long", "parameters.length.value", "long"),
        ("robot.yaml", "min: 0.2", "min: 2.0", "parameters.length", "max"),
        ("robot.yaml", "radius: 0.02", "radius: -0.02", "links.arm.shapes[0].capsule.radius", ""),
        ("experiment.yaml", "duration: 0.2", "duraton: 0.2", "task.duraton", "duration"),
        ("experiment.yaml", "knots: 3", "knots: many", "controller.knots", ""),
        ("experiment.yaml", "robot: robot.yaml", "robot: robbot.yaml", "robot", "robbot.yaml"),
        ("experiment.yaml", "{length: free}", "{lenght: free}", "parameters.lenght", "length"),
        ("experiment.yaml", "type: spline", "type: splin", "controller", "spline"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    robodiff: Callable, files: Path, name: str, old: str, new: str, key: str, said: str
) -> None:
    path = files / name
    path.write_text(path.read_text().replace(old, new))
    before = contents(files)
    result = robodiff("check", path, "--json")
    assert result.exit_code == 2
    errors = json.loads(result.stdout)["errors"]
    error = next(error for error in errors if error["key"].startswith(key))
    assert error["line"] > 0
    assert said in error["message"] + error["suggestion"]
    assert "Traceback" not in result.output
    assert contents(files) == before


@pytest.mark.parametrize(
    "content", ["", "{", "- 1\n- 2\n", "just text", "\x00\x01\x02", "a: &a [*a]"]
)
def test_what_is_no_robot_is_refused(robodiff: Callable, tmp_path: Path, content: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(content)
    for command in (("check",), ("simulate",), ("optimize",), ("export", "--mjcf", tmp_path / "x")):
        result = robodiff(*command, path)
        assert result.exit_code == 2, (command, result.output)
        assert "error:" in result.stderr
        assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_suggests_its_neighbour(robodiff: Callable, files: Path) -> None:
    result = robodiff("check", files / "robbot.yaml")
    assert result.exit_code == 2
    assert "robot.yaml?" in result.stderr.replace("\n", "")


def test_overrides_are_checked_like_the_file(robodiff: Callable, files: Path) -> None:
    path = files / "experiment.yaml"
    assert robodiff("check", path, "task.duration=0.4").exit_code == 0
    for override in ("task.duratoin=3", "task.duration=soon", "task.duration", "=3"):
        result = robodiff("check", path, override, "--json")
        assert result.exit_code == 2, override
        assert override.split("=")[0] in json.loads(result.stdout)["errors"][0]["file"]


def test_all_mistakes_are_told_at_once(robodiff: Callable, files: Path) -> None:
    path = files / "experiment.yaml"
    path.write_text(path.read_text().replace("knots", "knot").replace("duration", "duraton"))
    keys = {e["key"] for e in json.loads(robodiff("check", path, "--json").stdout)["errors"]}
    assert {"controller.knot", "task.duraton"} <= keys


@pytest.mark.parametrize("kind", ["robot", "experiment"])
def test_the_schema_is_json(robodiff: Callable, kind: str) -> None:
    schema = json.loads(robodiff("check", "--schema", kind).stdout)
    assert "properties" in schema
