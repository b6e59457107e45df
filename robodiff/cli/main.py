"""The `robodiff` command. Commands import what they need when they run, so `--help` is quick."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from robodiff.cli import (
    animate,
    check,
    compare,
    convert,
    export,
    gradcheck,
    new,
    optimize,
    plot,
    replay,
    report,
    simulate,
    view,
)
from robodiff.cli.console import INTERRUPTED, Settings, guarded
from robodiff.cli.environment import silence_xla

app = typer.Typer(
    name="robodiff",
    help="Design robots and their controllers together, by gradients through physics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _command in (
    new.new,
    check.check,
    simulate.simulate,
    gradcheck.gradcheck,
    optimize.optimize,
    replay.replay,
    report.report,
    compare.compare,
    view.view,
    plot.plot,
    animate.animate,
    export.export,
):
    app.command()(guarded(_command))


app.command("import")(guarded(convert.import_robot))


def _show_version(wanted: bool) -> None:
    if wanted:
        from robodiff import __version__

        typer.echo(f"robodiff {__version__}")
        raise typer.Exit


@app.callback()
def settings(
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show the traceback of an unexpected error.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Design robots and their controllers together, by gradients through physics."""
    silence_xla()  # before a check of a file imports jax
    Settings.traceback = traceback or bool(os.environ.get("ROBODIFF_TRACEBACK"))


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            # A compilation in another thread cannot be stopped, and would hold up the exit.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise


if __name__ == "__main__":
    main()
