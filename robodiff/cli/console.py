"""What the commands share: where text goes, how errors end, and which exit code they give."""

from __future__ import annotations

import functools
import json
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from robodiff.errors import InputError, Problem, RobodiffError, RobodiffWarning

INTERRUPTED = 130
FILE_WIDTH = 120
"""Columns of tables in files and pipes."""


class Settings:
    """Choices made before the command's name, and by the running command itself."""

    traceback = False
    """Whether an unexpected error shows its traceback at once."""
    quiet = False
    """Whether only results and errors are printed."""
    json = False
    """Whether stdout carries one JSON object."""


def messages() -> Console:
    """Progress, notes and errors: always stderr."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def results() -> Console:
    """Tables for people: stdout, or stderr while stdout carries JSON."""
    screen = Console(stderr=Settings.json, highlight=False)
    if not screen.is_terminal and "COLUMNS" not in os.environ:
        screen.width = FILE_WIDTH
    return screen


def note(text: str) -> None:
    """A line of progress, unless `--quiet`."""
    if not Settings.quiet:
        messages().print(text)


def emit(result: dict[str, Any]) -> None:
    """Print the one JSON object of `--json`; NaN and infinities become null."""
    sys.stdout.write(json.dumps(_plain(result), indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


def problem_record(problem: Problem) -> dict[str, Any]:
    """A problem as `--json` shows it."""
    keys = ("file", "line", "column", "key", "message", "suggestion")
    return {key: getattr(problem, key) for key in keys}


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Run a command so that every error ends in a clear message and the right exit code."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        Settings.json = bool(options.get("json_output"))
        Settings.quiet = bool(options.get("quiet"))
        warnings.showwarning = _show_warning
        try:
            command(*args, **options)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except RobodiffError as error:
            raise typer.Exit(_report_deliberate(error)) from None
        except KeyboardInterrupt:
            messages().print("[yellow]interrupted[/yellow]")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            raise typer.Exit(_report_bug(error)) from None

    return run


def _show_warning(message: Any, category: type, *place: Any) -> None:
    """A warning of robodiff's as a note; those of libraries mean nothing to a user."""
    if issubclass(category, RobodiffWarning):
        note(f"[yellow]note:[/yellow] {escape(str(message))}")


def _report_deliberate(error: RobodiffError) -> int:
    problems = error.problems if isinstance(error, InputError) else [Problem(str(error))]
    if Settings.json:
        emit({"ok": False, "errors": [problem_record(problem) for problem in problems]})
    print_problems(problems)
    return error.exit_code


def print_problems(problems: list[Problem]) -> None:
    """Every problem with its place, and what to do about it."""
    screen = messages()
    for problem in problems:
        place = f"{problem.file}:{problem.line}:{problem.column}" if problem.line else problem.file
        head = ": ".join(escape(part) for part in (place, problem.key) if part)
        screen.print(f"[red]error:[/red] {head + ': ' if head else ''}{escape(problem.message)}")
        if problem.suggestion:
            screen.print(f"       [cyan]{escape(problem.suggestion)}[/cyan]")


def _report_bug(error: Exception) -> int:
    trace = "".join(traceback.format_exception(error))
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    screen = messages()
    screen.print(f"[red]unexpected error:[/red] {escape(what)}")
    if Settings.json:
        emit({"ok": False, "errors": [problem_record(Problem(what))]})
    if Settings.traceback:
        screen.print(escape(trace))
    else:
        with tempfile.NamedTemporaryFile(
            "w", prefix="robodiff-", suffix=".traceback.txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(trace)
        screen.print(f"This is a bug in robodiff. The traceback is in {escape(file.name)}")
        screen.print("(or run again as [bold]robodiff --traceback ...[/bold] to see it here).")
    return 1


def _plain(value: Any) -> Any:
    """The value with what JSON cannot say replaced."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
