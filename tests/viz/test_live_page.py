"""Pages that are served, in a real browser: they follow, and stay where the reader was."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from robodiff.errors import InputError
from robodiff.robot.load import parse_robot
from robodiff.viz.report.content import report_content
from robodiff.viz.serve import PageServer
from robodiff.viz.view.content import Subject, free_of_file, view_content
from tests.viz.browser import visited
from tests.viz.runs import MARKUP, ROBOT, finished_run

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as found:
        yield found


def content(text: str, kept: str = ROBOT) -> dict[str, Any]:
    """What `robodiff view --watch` shows of a file's text."""
    problems = []
    try:
        robot = parse_robot(text, "robot.yaml")
    except InputError as error:
        robot, problems = parse_robot(kept), error.problems
    return view_content(Subject(robot.name, robot, free_of_file(robot)), "robot.yaml", problems)


def wait(page: Any, condition: str) -> None:
    """Wait until a condition holds in the page, which may load itself again meanwhile."""
    for _ in range(200):
        try:
            if page.evaluate(f"Boolean(window.robodiff && ({condition}))"):
                return
        except Exception as gone:  # playwright may not be there when this file is read
            if "navigation" not in str(gone) and "context" not in str(gone):
                raise
        time.sleep(0.1)
    raise AssertionError(f"never: {condition}")


def test_a_save_reshapes_a_mistake_is_told_and_mending_recovers(browser: Any, server: PageServer):
    server.publish(content(ROBOT))
    with visited(browser, server.url) as page:
        page.locator("[data-joint=hip]").fill("40")
        page.locator("[data-switch=names]").click()

        bad = ROBOT.replace("density: 600", "dens: 600")
        server.publish(content(bad))
        page.wait_for_selector(".problems")
        line = 1 + bad.splitlines().index("materials: {wood: {dens: 600}}")
        assert f"robot.yaml:{line}:" in page.locator(".problems .place").first.inner_text()
        assert "density" in page.locator(".problems").inner_text()
        assert len(page.evaluate("robodiff.geometry()")) == 2

        server.publish(content(ROBOT.replace("radius: 0.03", "radius: 0.05")))
        wait(page, "robodiff.geometry()[1].size[0] > 0.04 && !document.querySelector('.problems')")
        assert page.evaluate("robodiff.state().moved.hip") == pytest.approx(0.698, abs=1e-3)
        assert page.evaluate("robodiff.state().switches.names")


def test_sliders_stay_but_for_values_that_the_file_changed(browser: Any, server: PageServer):
    text = ROBOT.replace("parameters:\n", "parameters:\n  width: {value: 0.2, min: 0.1, max: 1}\n")
    server.publish(content(text))
    with visited(browser, server.url) as page:
        page.locator("[data-parameter=length]").fill("0.9")
        page.locator("[data-parameter=width]").fill("0.6")
        server.publish(content(text.replace("value: 0.5", "value: 0.4")))
        wait(page, "robodiff.state().values.length === 0.4")
        assert page.evaluate("robodiff.state().values.width") == 0.6


def test_mistakes_from_the_start_have_a_page_too(browser: Any, server: PageServer):
    problem = InputError(f"a mistake {MARKUP}").problems
    server.publish(view_content(None, MARKUP, problem))
    with visited(browser, server.url) as page:
        assert MARKUP in page.locator(".problems").inner_text()
        assert page.locator("img").count() == 0
        server.publish(content(ROBOT))
        wait(page, "robodiff.geometry().length === 2")


def test_the_page_says_when_robodiff_has_stopped(browser: Any):
    with PageServer() as server:
        server.publish(content(ROBOT))
        context = browser.new_context()
        page = context.new_page()
        page.goto(server.url)
        page.wait_for_selector("html[data-ready]", state="attached")
        assert not page.locator(".stopped").is_visible()
    page.wait_for_selector(".stopped", state="visible", timeout=10_000)
    context.close()


def test_a_growing_report_stays_at_the_readers_time(
    browser: Any, server: PageServer, tmp_path: Path
):
    report = report_content(finished_run(tmp_path, iterations=6, steps=60))
    server.publish({**content(ROBOT), "status": "Compiling the gradient"})
    with visited(browser, server.url) as page:
        assert "Compiling" in page.locator("#head").inner_text()
        server.publish({**report, "progress": {"iteration": 6, "total": 60}})
        wait(page, "robodiff.iterations === 6")
        assert "So far, in 6 of 60 iterations" in page.locator(".summary").inner_text()
        page.evaluate("robodiff.setTime(0.1)")
        page.locator("[data-switch=trace]").click()
        server.publish(report, last=True)
        wait(page, "!document.querySelector('.summary').innerText.includes('So far')")
        wait(page, "robodiff.state().time === 0.1")
        assert page.evaluate("robodiff.state().switches.trace")
