"""Several runs beside each other: data, labels, figure."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from robodiff.errors import InputError
from robodiff.viz.comparison.figure import plot_comparison
from robodiff.viz.comparison.page import comparison_content, write_comparison
from robodiff.viz.comparison.runs import ComparedRun, methods, read_runs
from robodiff.viz.report.pack import unpack
from tests.viz.runs import finished_run


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same run three times: as it was, with another seed, and by another method."""
    root = tmp_path_factory.mktemp("comparison")
    first = finished_run(root, iterations=6, steps=50)
    for name, setting in (("other", {"seed": 7}), ("evolved", {"method": "cma"})):
        shutil.copytree(first, root / name)
        content = yaml.safe_load((first / "experiment.yaml").read_text())
        content["optimizer"].update(setting)
        (root / name / "experiment.yaml").write_text(yaml.safe_dump(content))
    return [first, root / "other", root / "evolved"]


@pytest.fixture(scope="module")
def runs(folders: list[Path]) -> list[ComparedRun]:
    return read_runs(folders)


def test_labels_say_what_differs(runs: list[ComparedRun], folders: list[Path]) -> None:
    assert [run.label for run in runs] == ["gradient, seed 0", "gradient, seed 7", "cma, seed 0"]
    twins = read_runs([folders[0], folders[0]])
    assert len({run.label for run in twins}) == 2


def test_methods_gather_their_seeds(runs: list[ComparedRun]) -> None:
    table = methods(runs)
    assert table["gradient"]["seed"] == [0, 7]
    assert table["gradient"]["loss"] == pytest.approx([0.2, 0.2])
    assert list(table) == ["gradient", "cma"]


def test_the_page_has_the_motion_and_the_loss_of_each_run(runs: list[ComparedRun]) -> None:
    content = comparison_content(runs[:2])
    assert [run["label"] for run in content["runs"]] == [run.label for run in runs[:2]]
    stored = np.load(runs[1].path / "trajectory_after.npz")
    shown = content["runs"][1]["motion"]
    rows = np.searchsorted(stored["time"], unpack(shown["time"]) - 1e-6)
    np.testing.assert_allclose(
        unpack(shown["link_position"]), stored["link_position"][rows], atol=1e-6
    )
    seconds = unpack(content["runs"][0]["history"]["seconds"])
    np.testing.assert_allclose(seconds, 0.01 * np.arange(1, 7), rtol=1e-5)


@pytest.mark.slow
def test_many_long_runs_stay_small(tmp_path: Path) -> None:
    folder = finished_run(tmp_path, iterations=4, steps=15_000)
    path = write_comparison(read_runs([folder] * 6), tmp_path / "page.html")
    assert path.stat().st_size < 3_000_000


def test_the_figure_has_every_run_against_every_cost(runs: list[ComparedRun]) -> None:
    figure = plot_comparison(runs)
    assert [len(axes.lines) for axes in figure.axes] == [3, 3, 3, 3]
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert labels[0] == "iteration"
    assert "[s]" in labels[2]


def test_a_run_that_has_not_ended_is_refused(folders: list[Path], tmp_path: Path) -> None:
    shutil.copytree(folders[0], tmp_path / "run")
    (tmp_path / "run" / "result.json").unlink()
    with pytest.raises(InputError, match="has not ended"):
        read_runs([folders[0], tmp_path / "run"])
