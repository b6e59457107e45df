"""The page of several runs in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robodiff.viz.comparison.page import write_comparison
from robodiff.viz.comparison.runs import read_runs
from tests.viz.browser import opened
from tests.viz.runs import finished_run

pytestmark = pytest.mark.slow
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two robots that are the same and a third with other links; a folder's name has HTML in it."""
    root = tmp_path_factory.mktemp("page")
    first = finished_run(root, iterations=6, steps=50)
    second = Path(shutil.copytree(first, root / MARKUP))
    third = Path(shutil.copytree(first, root / "long"))
    moved = dict(np.load(third / "trajectory_after.npz"))
    moved["link_position"] = moved["link_position"] + [0.0, 0.0, 1.0]
    np.savez(third / "trajectory_after.npz", **moved)
    text = (third / "robot.yaml").read_text().replace("  leg:", "  limb:")
    (third / "robot.yaml").write_text(
        text.replace("name: hip,", "name: joint,").replace("hip:", "joint:")
    )
    return [first, second, third]


@pytest.fixture(scope="module")
def path(folders: list[Path]) -> Path:
    return write_comparison(read_runs(folders), folders[0].parent / "page.html")


@pytest.fixture
def page(browser: Any, path: Path) -> Iterator[Any]:
    with opened(browser, path) as found:
        yield found


def height(page: Any, side: int) -> float:
    return page.evaluate(f"(robodiff.setTime(0.1), robodiff.poses({side}))")[0]["position"][2]


@pytest.mark.parametrize("webgl", [True, False])
def test_any_two_runs_are_shown_at_one_time(
    launch: Callable[..., Any], path: Path, folders: list[Path], webgl: bool
) -> None:
    wanted = [np.load(f / "trajectory_after.npz")["link_position"][25, 0, 2] for f in folders]
    with opened(launch(webgl), path) as page:
        assert page.evaluate("robodiff.renderer") == ("webgl" if webgl else "canvas")
        for left, right in ((0, 1), (2, 1), (1, 2), (0, 0)):
            page.select_option("#run-0", str(left))
            page.select_option("#run-1", str(right))
            assert page.evaluate("robodiff.state().shown") == [left, right]
            assert height(page, 0) == pytest.approx(wanted[left], abs=1e-5)
            assert height(page, 1) == pytest.approx(wanted[right], abs=1e-5)
        page.select_option("#run-1", "2")
        assert [pose["name"] for pose in page.evaluate("robodiff.poses(1)")] == ["body", "limb"]


def test_the_time_stays_when_another_run_is_chosen(page: Any) -> None:
    page.locator("#time").fill("0.15")
    page.select_option("#run-1", "2")
    assert page.evaluate("robodiff.state().time") == pytest.approx(0.15)


def test_two_runs_lie_over_each_other_whichever_are_chosen(page: Any) -> None:
    page.keyboard.press("o")
    page.select_option("#run-0", "2")
    page.evaluate("robodiff.setTime(0.1)")
    assert [page.evaluate(f"robodiff.placed({side}).scene") for side in (0, 1)] == [1, 1]
    assert page.evaluate("robodiff.placed(0).opacity") < 0.5
    chosen = [page.locator(f"#run-{k} option:checked").inner_text() for k in (0, 1)]
    assert page.locator(".caption b").all_inner_texts() == chosen


def test_curves_are_drawn_only_for_the_same_joints(page: Any) -> None:
    assert page.locator("#motion .curve").count() > 0
    page.select_option("#run-1", "2")
    assert page.locator("#motion .curve").count() == 0
    assert "different joints" in page.locator("#motion").inner_text()


def test_every_run_has_its_row_and_its_line(page: Any) -> None:
    assert page.locator(".costs tbody tr").count() == 3
    assert page.locator("#optimization .curve").count() == 4
    assert page.locator("#optimization .curve").first.locator("path").count() == 3


def test_html_in_folder_names_is_only_text(page: Any) -> None:
    assert page.locator("img").count() == 0
    assert MARKUP in page.locator(".costs").inner_text()
    assert MARKUP in page.locator("#run-0").inner_text()


def test_a_phone_shows_all_without_scrolling_sideways(browser: Any, path: Path) -> None:
    with opened(browser, path, viewport={"width": 360, "height": 740}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 360
