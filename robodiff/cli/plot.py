"""`robodiff plot`: figures of a run for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from robodiff.cli.console import emit, note
from robodiff.cli.options import Json, Out, Quiet
from robodiff.errors import InputError, Problem

WIDTHS = ("column", "page", "both")


def plot(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    formats: Annotated[
        str, typer.Option("--format", "-f", help="png, svg, pdf, or several with commas.")
    ] = "png,svg,pdf",
    width: Annotated[
        str, typer.Option(help="column (89 mm), page (183 mm, two columns) or both.")
    ] = "both",
    only: Annotated[
        str, typer.Option(help="Figures to draw, with commas; all when left out.")
    ] = "",
    out: Out = None,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Draw figures of RUN for a paper: loss, parameters, joints, torques, contact, energy, motion.

    Writes RUN/figures/NAME_WIDTH.FORMAT, or to --out. Fonts are embedded in PDF, and text stays
    text in SVG.
    """
    from robodiff.cli.environment import prepare_jax
    from robodiff.cli.files import require_run_folder
    from robodiff.cli.progress import waiting

    kinds = _chosen("--format", formats, ("png", "svg", "pdf"))
    widths = _chosen("--width", width, WIDTHS)
    require_run_folder(run)
    prepare_jax()
    from robodiff.viz.paper.figures import FIGURES, draw_figures
    from robodiff.viz.stored import read_run

    names = _chosen("--only", only, tuple(FIGURES)) if only else tuple(FIGURES)
    with waiting("reading the run"):
        stored = read_run(run)
    chosen = ("column", "page") if "both" in widths else widths
    files = []
    for path in draw_figures(stored, out or run / "figures", kinds, chosen, names):
        note(f"wrote {path}")
        files.append(path)
    if json_output:
        emit({"files": files})


def _chosen(option: str, text: str, valid: tuple[str, ...]) -> tuple[str, ...]:
    """Words with commas between them, each one of `valid`."""
    words = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    wrong = [word for word in words if word not in valid]
    if wrong or not words:
        what = f"{option} {wrong[0]!r} is unknown" if wrong else f"{option} is empty"
        raise InputError(Problem(what, suggestion=f"valid: {', '.join(valid)}"))
    return words
