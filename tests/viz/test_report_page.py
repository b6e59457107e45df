"""The report in a real browser: poses and geometry, not pixels."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robodiff.viz.report import motion
from robodiff.viz.report.content import report_content
from robodiff.viz.report.pack import pack
from robodiff.viz.report.page import render
from robodiff.viz.report.report import write_report
from tests.viz.browser import opened
from tests.viz.runs import MARKUP, finished_run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report."""
    return write_report(finished_run(tmp_path_factory.mktemp("report")))


@pytest.fixture
def page(browser: Any, path: Path) -> Iterator[Any]:
    with opened(browser, path) as found:
        yield found


def largest_gap(page: Any, path: Path, which: int) -> float:
    """How far the drawn links are from the poses in the run folder, at ten times."""
    stored = np.load(path.parent / f"trajectory_{('before', 'after')[which]}.npz")
    frames = page.evaluate(f"robodiff.frames({which})")
    worst = 0.0
    for time in frames[:: len(frames) // 10]:
        worst = max(worst, gap(page, stored, which, int(np.argmin(np.abs(stored["time"] - time)))))
    return worst


def gap(page: Any, stored: Any, which: int, row: int) -> float:
    """How far the drawn links are from one state of the simulation."""
    time = float(stored["time"][row])
    links = page.evaluate(f"(robodiff.setTime({time}), robodiff.poses({which}))")
    worst = 0.0
    for link, pose in enumerate(links):
        turn, wanted = np.array(pose["quaternion"]), stored["link_quaternion"][row, link]
        place = np.array(pose["position"]) - stored["link_position"][row, link]
        apart = turn * np.sign(turn @ wanted) - wanted
        worst = max(worst, np.abs(place).max(), np.abs(apart).max())
    return worst


def center_gap(page: Any, stored: Any, row: int) -> float:
    """How far the drawn centre of mass is from that of the simulation."""
    time = float(stored["time"][row])
    drawn = page.evaluate(f"(robodiff.setTime({time}), robodiff.placed(1).center)")
    return float(np.abs(np.array(drawn) - stored["com"][row]).max())


def leg(page: Any, which: int = 1) -> float:
    """Length of the leg that is drawn [m]."""
    return 2 * page.evaluate(f"robodiff.geometry({which})")[1]["size"][1]


def test_scrubbing_moves_the_links_to_the_simulated_poses(page: Any, path: Path):
    assert page.evaluate("robodiff.renderer") == "webgl"
    assert largest_gap(page, path, 0) < 1e-5
    assert largest_gap(page, path, 1) < 1e-5


def test_the_time_slider_is_the_scrubber(page: Any):
    page.locator("#time").fill("0.5")
    assert page.evaluate("robodiff.state().time") == pytest.approx(0.5)
    page.evaluate("robodiff.setTime(0.5)")
    assert page.evaluate("robodiff.poses(1)")[0]["position"][0] == pytest.approx(0.4, abs=1e-3)
    assert page.locator("#time-text").inner_text() == "0.50 s"


def test_the_iteration_slider_reshapes_the_robot(page: Any):
    assert leg(page, 0) == pytest.approx(0.5)
    assert leg(page, 1) == pytest.approx(0.8)
    lengths = []
    for iteration in (0, 15, 30, 45, 60):
        page.locator("#iteration").fill(str(iteration))
        page.evaluate(f"robodiff.setIteration({iteration})")
        lengths.append(leg(page))
    np.testing.assert_allclose(lengths, [0.5, 0.575, 0.65, 0.725, 0.8], atol=1e-5)
    assert leg(page, 0) == pytest.approx(0.5)
    page.evaluate("robodiff.setIteration(30)")
    height = page.evaluate("robodiff.poses(1)")[0]["position"][2]
    assert height == pytest.approx(0.68, abs=1e-5)


def test_time_goes_back_to_the_result(page: Any):
    page.evaluate("robodiff.setIteration(3)")
    page.evaluate("robodiff.setTime(0.2)")
    assert page.evaluate("robodiff.state().iteration") == 60
    assert leg(page) == pytest.approx(0.8)


def test_keys_play_and_step(page: Any):
    page.keyboard.press("End")
    assert page.evaluate("robodiff.state().time") == pytest.approx(1.0)
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("robodiff.state().time") == pytest.approx(1.0 - 1 / 30)
    page.keyboard.press("Home")
    assert page.evaluate("robodiff.state().time") == 0
    page.keyboard.press("Space")
    for _ in range(200):
        page.wait_for_timeout(50)
        if page.evaluate("robodiff.state().time") > 0.1:
            break
    assert page.evaluate("robodiff.state()")["playing"] == "time"
    page.keyboard.press("Space")
    assert page.evaluate("robodiff.state().playing") is None
    page.keyboard.press("[")
    assert page.evaluate("robodiff.state().iteration") == 59


def test_clicking_a_plot_moves_time_and_iteration(page: Any):
    for section, name, whole in (("motion", "time", 1.0), ("optimization", "iteration", 60)):
        field = page.locator(f"#{section} .field").first
        width = field.bounding_box()["width"]
        field.click(position={"x": 0.25 * width, "y": 20})
        assert page.evaluate(f"robodiff.state().{name}") == pytest.approx(0.25 * whole, rel=0.02)


def test_limits_sensitivities_and_other_runs_are_told(browser: Any, tmp_path: Path):
    run = finished_run(tmp_path, iterations=4, steps=20)
    result = json.loads((run / "result.json").read_text())
    result["design"]["length"].update(after=1.0, sensitivity=-1.25)
    (run / "result.json").write_text(json.dumps(result))
    row = {"label": MARKUP, "experiment": "hop", "loss": {"after": 0.5}, "simulations": 480}
    rows = [{**row, "seconds": {"total": 5.0, "compile": 4.0}}]
    (run / "comparison.json").write_text(json.dumps({"runs": rows}))
    with opened(browser, write_report(run)) as page:
        assert "length is at its upper bound" in page.locator(".binding-limits").inner_text()
        assert page.locator(".sensitivity").inner_text().split() == ["length", "−1.3", "%"]
        evidence = page.locator("#evidence").inner_text()
        assert "480" in evidence
        assert MARKUP in evidence


def test_where_the_gradient_is_chaotic_small_steps_are_told(browser: Any, tmp_path: Path):
    run = finished_run(tmp_path, iterations=4, steps=20)
    result = json.loads((run / "result.json").read_text())
    result["design"]["length"].update(sensitivity=1e9, change=[4.0, -2.0])
    (run / "result.json").write_text(json.dumps(result))
    with opened(browser, write_report(run)) as page:
        shown = page.locator(".sensitivity").inner_text().split()
        assert shown == ["length", "−2.0", "%", "(1", "%", "less:", "+4.0", "%)"]
        assert "chaotic" in page.locator("#result .group").last.inner_text()


def test_switches_work(page: Any):
    for name in ("follow", "forces", "axes", "trace", "names"):
        was = page.evaluate(f"robodiff.state().switches.{name}")
        page.locator(f"[data-switch={name}]").click()
        assert page.evaluate(f"robodiff.state().switches.{name}") is not was
    page.evaluate("robodiff.setTime(0.3)")


@pytest.mark.parametrize("webgl", [True, False])
def test_overlaid_robots_share_a_world_and_the_first_shines_through(
    launch: Callable[..., Any], path: Path, webgl: bool
):
    with opened(launch(webgl), path) as page:

        def placed(which: int) -> dict:
            return page.evaluate(f"(robodiff.setTime(0.7), robodiff.placed({which}))")

        if not page.evaluate("robodiff.state().switches.follow"):
            page.locator("[data-switch=follow]").click()
        apart = [placed(0), placed(1)]
        assert [robot["scene"] for robot in apart] == [0, 1]
        assert [robot["opacity"] for robot in apart] == [1, 1]
        assert apart[0]["anchor"] != apart[1]["anchor"]  # each camera follows its own robot
        page.locator("[data-switch=overlay]").click()
        before, after = placed(0), placed(1)
        assert before["scene"] == after["scene"] == 1
        assert before["anchor"] == after["anchor"] == pytest.approx(apart[1]["anchor"])
        assert before["opacity"] < 0.5 < after["opacity"] == 1
        assert largest_gap(page, path, 0) < 1e-5
        assert largest_gap(page, path, 1) < 1e-5
        page.evaluate("robodiff.setIteration(30)")
        assert (leg(page, 0), leg(page, 1)) == pytest.approx((0.5, 0.65), abs=1e-5)
        page.keyboard.press("o")
        assert [placed(0)["scene"], placed(0)["opacity"]] == [0, 1]


@pytest.mark.parametrize("webgl", [True, False])
def test_links_that_press_each_other_get_an_arrow_each(
    launch: Callable[..., Any], path: Path, tmp_path: Path, webgl: bool
):
    content = report_content(path.parent)
    after = content["motions"][1]
    frames = after["time"]["shape"][0]
    weight = after["weight"]
    after["pair_links"] = [[0, 1]]
    after["pair_point"] = pack(np.tile([[0.1, 0.0, 0.3]], (frames, 1, 1)))
    after["pair_force"] = pack(np.tile([[0.4 * weight, 0.0, 0.0]], (frames, 1, 1)))
    page_file = tmp_path / "pairs.html"
    page_file.write_text(render(content))
    with opened(launch(webgl), page_file) as page:
        before, found = (
            page.evaluate(f"(robodiff.setTime(0.5), robodiff.placed({i})).arrows") for i in (0, 1)
        )
        assert len(before) == len(found) - 2  # the ground's on the foot
        reach = 0.2 * page.evaluate("robodiff.size")
        ways = [arrow["way"] for arrow in found[-2:]]
        np.testing.assert_allclose(ways, [[reach, 0, 0], [-reach, 0, 0]], rtol=1e-5)
        assert all(arrow["point"] == pytest.approx([0.1, 0, 0.3]) for arrow in found[-2:])
        plots = page.locator("#motion .group", has_text="Contact between links")
        assert plots.locator("figcaption b").all_inner_texts() == ["body \u2013 leg"]
        page.locator("[data-switch=forces]").click()
        if webgl:
            assert page.evaluate("(robodiff.setTime(0.5), robodiff.placed(1)).arrows") == []


def test_html_in_names_is_only_text(page: Any):
    assert page.locator(".lead").inner_text() == MARKUP
    assert page.title() == "hop: robodiff report"
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dark_and_light_follow_the_system_and_the_button(browser: Any, path: Path, scheme: str):
    look = "getComputedStyle(document.documentElement).backgroundColor"
    with opened(browser, path, color_scheme=scheme) as page:
        first = page.evaluate(look)
        page.locator("#theme").click()
        second = page.evaluate(look)
    dark, light = "rgb(20, 23, 26)", "rgb(251, 250, 247)"
    assert (first, second) == ((light, dark) if scheme == "light" else (dark, light))


def test_a_phone_shows_all_without_scrolling_sideways(browser: Any, path: Path):
    with opened(browser, path, viewport={"width": 360, "height": 740}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_webgl_the_view_is_flat(launch: Callable[..., Any], path: Path):
    with opened(launch(webgl=False), path) as page:
        assert page.evaluate("robodiff.renderer") == "canvas"
        assert largest_gap(page, path, 1) < 1e-5
        page.evaluate("robodiff.setIteration(30)")
        assert leg(page) == pytest.approx(0.65, abs=1e-5)


def test_thirty_thousand_steps_stay_small_and_smooth(browser: Any, tmp_path: Path):
    path = write_report(finished_run(tmp_path, iterations=4, steps=30_000))
    stored = np.load(path.parent / "trajectory_after.npz")
    assert path.stat().st_size < 3_000_000
    with opened(browser, path) as page:
        frames = np.array(page.evaluate("robodiff.frames(1)"))
        assert frames[-1] == pytest.approx(120.0)
        assert np.max(np.diff(frames)) < 1 / 20
        turns = [
            page.evaluate(f"(robodiff.setTime({time}), robodiff.poses(1))")[1]["position"][0]
            for time in np.linspace(10.0, 10.2, 21)
        ]
        assert np.ptp(np.diff(turns)) < 1e-4
        worst = max(gap(page, stored, 1, row) for row in range(17, 30_000, 997))
        assert worst < 1e-4  # between the frames that are kept


def test_between_few_frames_motion_is_smooth(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # 60 s of a robot so large that only every 80 ms is kept.
    monkeypatch.setattr(motion, "FLOATS", 27_000)
    path = write_report(finished_run(tmp_path, iterations=4, steps=15_000))
    stored = np.load(path.parent / "trajectory_after.npz")
    with opened(browser, path) as page:
        frames = np.array(page.evaluate("robodiff.frames(1)"))
        assert np.max(np.diff(frames)) > 0.07
        rows = range(100, 14_900, 487)
        worst = max(gap(page, stored, 1, row) for row in rows)
        center = max(center_gap(page, stored, row) for row in rows)
    assert worst < 5e-4  # a straight line would miss by 2e-3
    assert center < 2e-4  # and here by 5e-4
