"""`robodiff report`: a run as one page."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from robodiff.cli.console import emit, note
from robodiff.cli.options import Json, Quiet


def report(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    open_page: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write RUN/report.html: the robot before and after in 3-D, plots and numbers, in one file.

    The page needs no network and no other file.
    """
    from robodiff.cli.environment import prepare_jax
    from robodiff.cli.files import require_run_folder
    from robodiff.cli.progress import waiting

    require_run_folder(run)
    prepare_jax()
    from robodiff.viz.report.report import write_report

    with waiting("writing the report"):
        path = write_report(run)
    note(f"wrote {path}")
    if open_page:
        webbrowser.open(path.resolve().as_uri())
    if json_output:
        emit({"report": path, "bytes": path.stat().st_size})
