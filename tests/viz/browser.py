"""Chromium without a network, for tests of the page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 240_000
"""Longest wait for a page [ms]: 3-D without a graphics card is slow on a busy machine."""
ARGUMENTS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
SOFTWARE_GL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
NO_GL = ["--disable-gpu", "--disable-3d-apis"]


@contextmanager
def chromium() -> Iterator[Callable[..., Any]]:
    """Starts browsers; skips the test, saying what to install, where there is none."""
    api = pytest.importorskip(
        "playwright.sync_api",
        reason="THE REPORT PAGE IS NOT TESTED: pip install playwright (no browser download needed)",
    )
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("THE REPORT PAGE IS NOT TESTED: apt-get install chromium, or set CHROMIUM")
    with api.sync_playwright() as engine:
        browsers = []

        def launch(webgl: bool = True) -> Any:
            arguments = ARGUMENTS + (SOFTWARE_GL if webgl else NO_GL)
            browsers.append(engine.chromium.launch(executable_path=path, args=arguments))
            return browsers[-1]

        yield launch
        for browser in browsers:
            browser.close()


@contextmanager
def opened(browser: Any, path: Path, **options: Any) -> Iterator[Any]:
    """The page at `path`, loaded from disk with the network off; fails on any complaint of it."""
    context = browser.new_context(**{"offline": True, **options})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type != "info" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: complaints.append(r.url) if r.url != path.as_uri() else None)
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=PATIENCE)
    yield page
    context.close()
    assert complaints == [], complaints


@contextmanager
def visited(browser: Any, url: str, **options: Any) -> Iterator[Any]:
    """A page that robodiff serves; fails on any complaint of it and any request elsewhere."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type != "info" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(url) else complaints.append(r.url))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.goto(url)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=PATIENCE)
    yield page
    context.close()
    assert complaints == [], complaints
