"""A row of the truth table: what is tested, how, and the figures measured against their bars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Figure:
    """One measured number."""

    name: str
    """What it is."""
    value: float
    """Measured."""
    bar: float | None
    """To reach: the value may not be larger (None: told, not judged)."""
    unit: str = ""
    """Unit; empty for a ratio."""
    holds: float | None = None
    """Where the bar is not reached: the value that tests hold instead."""
    why: str = ""
    """Where the bar is not reached: the reason."""
    at_least: bool = False
    """The value may not be smaller instead."""

    @property
    def reached(self) -> bool:
        """Whether the bar itself is reached."""
        return self.bar is None or self.within(self.bar)

    def within(self, bound: float) -> bool:
        """False for NaN."""
        return self.value >= bound if self.at_least else self.value <= bound


@dataclass(frozen=True)
class Row:
    """One test of the table."""

    test: str
    """What is tested."""
    how: str
    """How it runs."""
    measure: Callable[[bool], list[Figure]]
    """`measure(full)`: the figures; `full` is the whole test, else a part that is fast."""
    trusted: str = ""
    """Published figure of trusted systems."""
    slow: bool = False
    """Only runs when slow tests do."""
    longer: bool = False
    """Runs with the others in part, and in full when slow tests do."""


def cases(rows: tuple[Row, ...]) -> list:
    """Rows for `pytest.mark.parametrize`: among the slow tests those that are slow or longer."""
    quick = [pytest.param(row, False, id=row.test) for row in rows if not row.slow]
    full = [row for row in rows if row.slow or row.longer]
    marks = (pytest.mark.slow, pytest.mark.shipped)
    return quick + [pytest.param(row, True, id=f"{row.test}, full", marks=marks) for row in full]


def check(row: Row, full: bool) -> None:
    """Every figure reaches its bar, or holds where that is not reached yet."""
    for figure in row.measure(full):
        bound = figure.bar if figure.holds is None else figure.holds
        assert bound is None or figure.within(bound), figure
