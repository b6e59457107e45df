"""`robodiff compare`: several runs beside each other."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from robodiff.cli.console import emit, note, results
from robodiff.cli.options import Json, Quiet
from robodiff.errors import InputError, Problem

if TYPE_CHECKING:
    from robodiff.viz.comparison.runs import ComparedRun


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Run folders, two or more.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Page to write; a figure goes beside it."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare RUNS: a table, a figure of their losses, and one page with any two side by side.

    Writes comparison.html, .png and .json to the first run, whose report then names the others too.
    Methods to compare with: optimizer.method=cma or random, optimizer.freeze=design.
    """
    from robodiff.cli.environment import prepare_jax
    from robodiff.cli.progress import waiting

    runs = _only_runs(runs)
    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise InputError(Problem("the page's name must end in .html", str(out)))
    prepare_jax()
    from robodiff.viz.comparison.runs import read_runs

    with waiting("reading the runs"):
        compared = read_runs(runs)
    content = _content(compared)
    page = out or runs[0] / "comparison.html"
    with waiting("writing the page"):
        files = _write(compared, content, page, runs[0])
    if json_output:
        emit({**content, "files": files})
    else:
        _tell(content)
    for path in files:
        note(f"wrote {path}")
    if open_page:
        webbrowser.open(page.resolve().as_uri())


def _only_runs(paths: list[Path]) -> list[Path]:
    """The run folders among `paths`, each once.

    runs/NAME/* holds the last run twice, for `latest` is a link to it, and may hold what other
    commands wrote. Raises `InputError` where fewer than two are left, or a path is not there.
    """
    from robodiff.cli.files import is_run_folder, require_run_folder

    once = list({path.resolve(): path for path in reversed(paths)}.values())[::-1]
    runs = [path for path in once if is_run_folder(path)]
    others = [path for path in once if path not in runs]
    for path in others:
        if not (runs and path.exists()):
            require_run_folder(path)
    if len(runs) < 2:
        suggestion = "name two or more, such as one with and one without optimizer.freeze=design"
        raise InputError(Problem("is the only run to compare", str(runs[0]), suggestion=suggestion))
    if others:
        note(f"left out, for they are no runs: {', '.join(map(str, others))}")
    return runs


def _content(compared: list[ComparedRun]) -> dict[str, Any]:
    """What `--json` prints and `comparison.json` holds."""
    from robodiff.viz.comparison.runs import methods

    keys = ("loss", "metrics", "design", "simulations", "iterations", "seconds")
    rows = [
        {
            "label": run.label,
            "run": str(run.path),
            "experiment": run.experiment.name,
            "method": run.method,
            "seed": run.seed,
            **{key: run.result[key] for key in keys},
        }
        for run in compared
    ]
    return {"methods": methods(compared), "runs": rows}


def _write(
    compared: list[ComparedRun], content: dict[str, Any], page: Path, first: Path
) -> list[Path]:
    from robodiff.io.files import write_json
    from robodiff.viz.comparison.figure import plot_comparison
    from robodiff.viz.comparison.page import write_comparison
    from robodiff.viz.paper.sheet import save_figure

    files = [write_comparison(compared, page)]
    files += save_figure(plot_comparison(compared), page.with_suffix(""), ("png",))
    return [*files, write_json(first / "comparison.json", content)]


def _tell(content: dict[str, Any]) -> None:
    from robodiff.cli.tables import comparison_tables

    screen = results()
    for table in comparison_tables(content["runs"]):
        screen.print(table)
        screen.print()
