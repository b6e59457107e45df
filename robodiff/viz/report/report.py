"""`report.html` of a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from robodiff.io.files import write_text
from robodiff.viz.report.content import report_content
from robodiff.viz.report.page import render

NAME = "report.html"


def write_report(folder: str | Path) -> Path:
    """Write `report.html` into a finished run folder; returns its path.

    Raises `InputError` when the folder holds no finished run.
    """
    return write_content(folder, report_content(Path(folder)))


def write_content(folder: str | Path, content: dict[str, Any]) -> Path:
    """Write `report.html` with content that is gathered already."""
    return write_text(Path(folder) / NAME, render(content))
