"""`report.html` of a run folder."""

from __future__ import annotations

from pathlib import Path

from robodiff.io.files import write_text
from robodiff.viz.report.content import report_content
from robodiff.viz.report.page import render

NAME = "report.html"


def write_report(folder: str | Path) -> Path:
    """Write `report.html` into a finished run folder; returns its path.

    Raises `InputError` when the folder holds no finished run.
    """
    path = Path(folder)
    return write_text(path / NAME, render(report_content(path)))
