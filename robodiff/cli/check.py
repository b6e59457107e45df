"""`robodiff check`: validate a robot or experiment file without simulating."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from robodiff.cli.console import emit, note, print_problems, problem_record, results
from robodiff.cli.options import Json, Overrides, Quiet
from robodiff.errors import InputError, Problem


def check(
    file: Annotated[
        Path | None, typer.Argument(help="Robot or experiment file.", show_default=False)
    ] = None,
    overrides: Overrides = None,
    schema: Annotated[
        Literal["robot", "experiment"] | None,
        typer.Option(help="Print the JSON schema of a kind of file, for editors."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Only what can be told without loading jax.")
    ] = False,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Validate a robot or experiment FILE without simulating; lists every mistake at once."""
    if schema is not None:
        results().print_json(json.dumps(_schema(schema)), indent=2)
        return
    if file is None:
        raise InputError(Problem("name a file to check", suggestion="robodiff check FILE"))
    problems = find_problems(file, overrides or [], quick)
    if json_output:
        emit({"ok": not problems, "errors": [problem_record(problem) for problem in problems]})
    print_problems(problems)
    if problems:
        raise typer.Exit(InputError.exit_code)
    if not json_output:
        note(f"[green]ok[/green] {file}")


def find_problems(file: Path, overrides: list[str], quick: bool = False) -> list[Problem]:
    """Every mistake of a robot or experiment file; empty when there is none."""
    from robodiff.cli.files import read_file

    try:
        source, kind = read_file(file, overrides)
        if kind == "robot":
            from robodiff.robot.load import robot_from_source

            robot_from_source(source)
        else:
            _check_experiment(file, overrides, quick)
    except InputError as error:
        return error.problems
    return []


def _check_experiment(file: Path, overrides: list[str], quick: bool) -> None:
    """The files alone first, which is quick; then what needs the whole robot, and jax."""
    from robodiff.experiment.load import load_experiment, read_experiment

    read_experiment(file, overrides)
    if quick:
        return
    from robodiff.cli.environment import prepare_jax

    prepare_jax()
    load_experiment(file, overrides)


def _schema(kind: str) -> dict:
    if kind == "robot":
        from robodiff.robot.schema import robot_json_schema

        return robot_json_schema()
    from robodiff.experiment.schema import experiment_json_schema

    return experiment_json_schema()
