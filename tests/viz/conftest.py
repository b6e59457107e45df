"""One browser for each file of page tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.viz.browser import chromium


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Any]]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Any]) -> Any:
    return launch()
