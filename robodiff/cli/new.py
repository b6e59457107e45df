"""`robodiff new`: a small commented experiment and robot to start from."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from robodiff.cli.console import emit, note
from robodiff.cli.options import Json, Quiet
from robodiff.errors import InputError, Problem


def new(
    name: Annotated[str, typer.Argument(help="Name of the experiment, and of its folder.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder; NAME when not given.")
    ] = None,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a commented starter experiment and its robot into a new folder NAME."""
    _check_name(name)
    folder = out or Path(name)
    files = {folder / "experiment.yaml": "experiment.yaml", folder / "robot.yaml": "robot.yaml"}
    _refuse_to_overwrite(files)
    folder.mkdir(parents=True, exist_ok=True)
    for path, template in files.items():
        path.write_text(starter_text(template, name), encoding="utf-8")
    if json_output:
        emit({"files": list(files)})
        return
    for path in files:
        note(f"wrote {path}")
    note(f"\nnext:  [bold]robodiff optimize {folder / 'experiment.yaml'}[/bold]")


def starter_text(template: str, name: str) -> str:
    """One of the two starter files, for an experiment called `name`."""
    folder = resources.files("robodiff.cli") / "starter"
    return (folder / template).read_text(encoding="utf-8").replace("NAME", name)


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z][\w-]*", name):
        suggestion = "use letters, digits, _ and -, a letter first"
        raise InputError(Problem(f"{name!r} is no name for an experiment", suggestion=suggestion))


def _refuse_to_overwrite(files: dict[Path, str]) -> None:
    taken = [path for path in files if path.exists()]
    if taken:
        suggestion = "choose another name or --out"
        raise InputError([Problem("already exists", str(p), suggestion=suggestion) for p in taken])
