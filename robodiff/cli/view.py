"""`robodiff view`: a robot alone as a page whose sliders move and reshape it."""

from __future__ import annotations

import re
import signal
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from robodiff.cli.console import emit, note, print_problems
from robodiff.cli.options import Json, Overrides, Quiet
from robodiff.errors import InputError, Problem

if TYPE_CHECKING:
    from robodiff.viz.view.content import Subject

POLL = 0.25
"""Seconds between looks at the files."""


def view(
    file: Annotated[Path, typer.Argument(help="Robot file, experiment file or run folder.")],
    overrides: Overrides = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Page to write.", show_default=False)
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Serve it here, and load it again on every save.")
    ] = False,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the robot of FILE in 3-D: sliders for its joints and parameters, mass and inertia.

    Writes one page that needs no network and no other file. With --watch it follows the file
    while you write it, and shows its mistakes in the page.
    """
    if watch and output is not None:
        suggestion = "leave out one of them"
        raise InputError(Problem("--watch writes no file, -o names one", suggestion=suggestion))
    if watch:
        _watch(file, overrides or [], open_page, json_output)
    else:
        _write(file, overrides or [], output, open_page, json_output)


def _write(
    file: Path, overrides: list[str], output: Path | None, open_page: bool, json_output: bool
) -> None:
    from robodiff.cli.subject import load_subject
    from robodiff.io.files import write_text
    from robodiff.viz.report.page import render
    from robodiff.viz.view.content import view_content

    subject = load_subject(file, overrides)
    path = output or _own_place(file, subject)
    text = render(view_content(subject, str(file)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    except OSError as error:
        raise InputError(Problem(f"cannot write: {error.strerror}", str(path))) from None
    note(f"wrote {escape(str(path))}")
    if open_page:
        webbrowser.open(path.resolve().as_uri())
    if json_output:
        emit({"page": path, "bytes": path.stat().st_size})


def _own_place(file: Path, subject: Subject) -> Path:
    """In the run, or where `simulate` would write."""
    if file.is_dir():
        return file / "view.html"
    return Path("runs") / re.sub(r"[^\w.-]+", "_", subject.name).lstrip(".") / "view.html"


def _watch(file: Path, overrides: list[str], open_page: bool, json_output: bool) -> None:
    """Serve the page until Ctrl-C, and read the files again when they change."""
    from robodiff.cli.subject import watched_files
    from robodiff.viz.serve import PageServer

    if not file.exists():
        raise InputError(Problem("no such file", str(file)))
    with PageServer() as server, _told_by_ctrl_c() as told:
        good, seen = None, None
        while not told:
            marks = [_mark(path) for path in watched_files(file)]
            if marks != seen:
                good = _publish(server, file, overrides, good)
                if seen is None:
                    _announce(server.url, open_page, json_output)
                seen = marks
            time.sleep(POLL)
        note("stopped")


@contextmanager
def _told_by_ctrl_c() -> Iterator[list[int]]:
    """A list that Ctrl-C fills, where an exception could be lost in some library's callback; the
    second one interrupts as ever."""
    told: list[int] = []

    def tell(number: int, frame: object) -> None:
        told.append(number)
        signal.signal(number, before)

    before = signal.signal(signal.SIGINT, tell)
    try:
        yield told
    finally:
        signal.signal(signal.SIGINT, before)


def _publish(server, file: Path, overrides: list[str], good: Subject | None) -> Subject | None:
    """Show the files as they are, or their mistakes with the last good robot; returns that."""
    from robodiff.cli.subject import load_subject
    from robodiff.viz.view.content import view_content

    problems = []
    try:
        good = load_subject(file, overrides)
    except InputError as error:
        problems = error.problems
    server.publish(view_content(good, str(file), problems))
    print_problems(problems)
    if not problems and good:
        note(f"{time.strftime('%H:%M:%S')} {escape(good.name)}: shown")
    return good


def _announce(url: str, open_page: bool, json_output: bool) -> None:
    note(f"[bold]{url}[/bold] follows the file; Ctrl-C ends it")
    if json_output:
        emit({"url": url})
    if open_page:
        webbrowser.open(url)


def _mark(path: Path) -> tuple[int, int] | None:
    """What changes when a file is saved; None while it is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
