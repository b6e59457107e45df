"""`robodiff import`: an MJCF or URDF file as a robot file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from robodiff.cli.console import emit, messages, note, results
from robodiff.cli.options import Json, Quiet
from robodiff.errors import InputError, Problem
from robodiff.robot.packaged import locate

if TYPE_CHECKING:
    from robodiff.robot.foreign.scene import Finding


def import_robot(
    file: Annotated[Path, typer.Argument(help="MJCF (.xml) or URDF file.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Robot file to write.", show_default=False),
    ] = None,
    base: Annotated[
        Literal["fixed", "floating"], typer.Option(help="Of a URDF: how its root stands.")
    ] = "fixed",
    actuate: Annotated[
        Literal["file", "all"], typer.Option(help="all: a motor at every joint without one.")
    ] = "file",
    package: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            help="Where a URDF's package://NAME/ files lie; may be given several times.",
            show_default=False,
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="A,B|all",
            help="Links or shapes that need not touch each other; may be given several times.",
            show_default=False,
        ),
    ] = None,
    ignore: Annotated[
        bool, typer.Option("--ignore", help="Leave out what robodiff cannot say.")
    ] = False,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write an MJCF or URDF FILE as a robot file, with suggested design parameters.

    What robodiff cannot say is listed with its line and refused (exit 2), or left out with
    --ignore.
    """
    from robodiff.robot.foreign.convert import convert
    from robodiff.robot.load import parse_robot

    file, packages = locate(file), _packages(package or [])
    converted = convert(
        file, base=base, actuate=actuate, ignore=True, packages=packages, exclude=exclude or []
    )
    kept = ignore or not converted.refused
    path = (output or _own_name(file)) if kept else None
    if path is not None:
        parse_robot(converted.text, f"{file} (as a robot file)")
        _write(path, converted.text)
    _tell(converted.findings, path, json_output)
    if path is None:
        raise typer.Exit(InputError.exit_code)


def _packages(words: list[str]) -> dict[str, Path]:
    """Folders by package; raises `InputError` for what is not NAME=FOLDER."""
    found = {}
    for word in words:
        name, equals, folder = word.partition("=")
        if not (name and equals and folder):
            raise InputError(Problem(f"--package {word}: expected NAME=FOLDER"))
        if not Path(folder).is_dir():
            raise InputError(Problem("no such folder", folder))
        found[name] = Path(folder)
    return found


def _own_name(file: Path) -> Path:
    """The file's name with `.yaml`, here; never over something that is there."""
    path = Path(f"{file.stem}.yaml")
    if path.exists():
        raise InputError(Problem("is there already", str(path), suggestion="name another: -o FILE"))
    return path


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(Problem(f"cannot write: {error.strerror}", str(path))) from None


def _tell(findings: list[Finding], path: Path | None, json_output: bool) -> None:
    keys = ("element", "file", "line", "effect", "refused")
    records = [{key: getattr(finding, key) for key in keys} for finding in findings]
    unsupported = [record for record in records if record.pop("refused")]
    if json_output:
        notes = [record for record in records if record not in unsupported]
        emit({"ok": path is not None, "output": path, "unsupported": unsupported, "notes": notes})
    for finding in findings:
        head = "[red]left out:[/red]" if finding.refused else "[yellow]otherwise:[/yellow]"
        place = f"{finding.file}:{finding.line}: " if finding.line else ""
        messages().print(f"{head} {place}{escape(finding.element)}: {escape(finding.effect)}")
    if path is None:
        messages().print("nothing written; --ignore goes on without what is left out")
    else:
        note(f"wrote {path}")
        if not json_output:
            results().print(str(path), soft_wrap=True)
