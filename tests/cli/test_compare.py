"""`robodiff compare`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.viz.runs import finished_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("compare")
    first = finished_run(root, iterations=3, steps=20)
    return [first, Path(shutil.copytree(first, root / "[bold]again"))]


def test_json_has_methods_and_runs(robodiff: Callable, runs: list[Path]) -> None:
    result = robodiff("compare", *runs, "--json")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert content["methods"]["gradient"]["loss"] == pytest.approx([0.2, 0.2])
    assert set(content["methods"]["gradient"]) == {"loss", "seed", "simulations", "seconds"}
    assert [row["run"] for row in content["runs"]] == [str(run) for run in runs]
    names = sorted(Path(name).name for name in content["files"])
    assert names == ["comparison.html", "comparison.json", "comparison.png"]


def test_the_table_has_losses_metrics_and_design(
    robodiff: Callable, runs: list[Path], tmp_path: Path
) -> None:
    result = robodiff("compare", *runs, "-o", tmp_path / "both.html")
    assert result.exit_code == 0, result.output
    for word in ("loss before", "simulations", "velocity", "length", "[bold]again"):
        assert word in result.stdout.replace("\n", " ")
    assert (tmp_path / "both.html").exists()
    assert (tmp_path / "both.png").exists()


def test_a_link_to_a_run_is_the_same_run(robodiff: Callable, runs: list[Path]) -> None:
    link = runs[0].parent / "latest"
    link.symlink_to(runs[0], target_is_directory=True)
    assert robodiff("compare", runs[0], link).exit_code == 2


def test_what_else_lies_beside_runs_is_left_out(
    robodiff: Callable, runs: list[Path], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    (tmp_path / "view.html").write_text("")
    result = robodiff("compare", *runs, tmp_path / "view.html", tmp_path, "-o", page)
    assert result.exit_code == 0, result.output
    assert "view.html" in result.output.replace("\n", "")
    assert page.exists()
    assert robodiff("compare", *runs, tmp_path / "typo").exit_code == 2


def test_one_run_or_another_ending_is_refused(
    robodiff: Callable, runs: list[Path], tmp_path: Path
) -> None:
    assert robodiff("compare", runs[0]).exit_code == 2
    assert robodiff("compare", *runs, "-o", "page.pdf").exit_code == 2
    assert robodiff("compare", runs[0], runs[0].parent).exit_code == 2
    alone = robodiff("compare", runs[0], tmp_path)
    assert alone.exit_code == 2
    assert "is the only run to compare" in " ".join(alone.output.split())
