"""`robodiff optimize`: find a better robot and its controller together."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from robodiff.cli.console import INTERRUPTED, emit, messages, note, results
from robodiff.cli.live import growing_report, live_page, show_robot
from robodiff.cli.options import Json, Out, Overrides, Quiet, Seed
from robodiff.errors import DivergedError, InputError, Problem

if TYPE_CHECKING:
    from robodiff.experiment.experiment import Experiment
    from robodiff.io.results import RunFolder
    from robodiff.optimization.iteration import Iteration, Result
    from robodiff.viz.serve import PageServer


def optimize(
    file: Annotated[
        Path | None, typer.Argument(help="Experiment file.", show_default=False)
    ] = None,
    overrides: Overrides = None,
    out: Out = None,
    seed: Seed = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with the run in this folder.", show_default=False),
    ] = None,
    certify: Annotated[
        bool, typer.Option(help="Check the first gradient against differences.")
    ] = True,
    plots: Annotated[bool, typer.Option(help="Draw plots, an animation and report.html.")] = True,
    live: Annotated[
        bool, typer.Option("--live", help="Serve the growing report here, for a browser.")
    ] = False,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Optimize the design and the controller of an experiment FILE together.

    Writes a run folder, runs/NAME/TIME or --out. Ctrl-C saves what there is; --resume goes on.
    """
    from robodiff.cli.environment import prepare_jax

    settings = list(overrides or []) + ([] if seed is None else [f"optimizer.seed={seed}"])
    settings += [] if certify or resume else ["optimizer.certify=false"]
    _check_arguments(file, settings, out, resume)
    if file is not None:
        _check_file(file, settings)
    prepare_jax()
    with live_page(live) as server:
        experiment, result, folder = _run(file, settings, out, resume, plots, server)
        if plots and result.history:
            _draw(experiment, result, folder)
        if result.history and not result.interrupted and math.isfinite(result.after.loss):
            _replay(experiment, result, folder, plots)
        if (plots or server) and result.history:
            _report(folder, plots, server)
    _tell(experiment, result, folder, json_output)
    if result.interrupted:
        _say_how_to_resume(folder, experiment.optimizer.method)
        raise typer.Exit(INTERRUPTED)
    if not math.isfinite(result.after.loss):
        raise DivergedError(f"no start stayed finite; try a smaller simulation.dt ({folder})")


def _check_arguments(
    file: Path | None, settings: list[str], out: Path | None, resume: Path | None
) -> None:
    if resume is not None and (file is not None or settings or out is not None):
        raise InputError(
            Problem(
                "--resume goes on with a run exactly as it was begun",
                suggestion="leave out FILE, overrides, --seed and --out",
            )
        )
    if resume is None and file is None:
        suggestion = "robodiff optimize FILE, or robodiff optimize --resume DIR"
        raise InputError(Problem("name an experiment file", suggestion=suggestion))


def _run(
    file: Path | None,
    settings: list[str],
    out: Path | None,
    resume: Path | None,
    plots: bool,
    server: PageServer | None,
) -> tuple[Experiment, Result, Path]:
    """Load, make the run folder, and optimize under the live display."""
    from robodiff.cli.progress import OptimizationDisplay, waiting

    with waiting("loading"):
        from robodiff.io.run import optimize

        experiment, folder = _load(file, settings, out, resume)
    total = experiment.optimizer.updates
    _introduce(experiment, folder.path)
    if server:
        show_robot(server, experiment)
    with OptimizationDisplay(total) as display:
        grow = growing_report(experiment, folder, server, plots, display.note)

        def update(iteration: Iteration) -> None:
            display.update(iteration)
            grow(iteration)

        result = optimize(
            experiment,
            folder.path,
            update,
            resume=resume is not None,
            notify=display.note,
        )
    return experiment, result, folder.path


def _load(
    file: Path | None, settings: list[str], out: Path | None, resume: Path | None
) -> tuple[Experiment, RunFolder]:
    """The experiment and its folder, a new one unless a run is resumed."""
    from robodiff.experiment.load import load_experiment
    from robodiff.io.results import RunFolder

    if resume is not None:
        folder = _existing_run(resume)
        return load_experiment(folder.file("experiment.yaml")), folder
    assert file is not None
    experiment = load_experiment(file, settings)
    return experiment, RunFolder.create(experiment.name, out)


def _check_file(file: Path, settings: list[str]) -> None:
    """Tell of mistakes at once, before jax is loaded."""
    from robodiff.cli.files import read_file
    from robodiff.experiment.load import read_experiment

    if read_file(file)[1] == "robot":
        suggestion = "name an experiment that names it, or begin one with: robodiff new NAME"
        raise InputError(Problem("is a robot, not an experiment", str(file), suggestion=suggestion))
    read_experiment(file, settings)


def _existing_run(path: Path) -> RunFolder:
    from robodiff.cli.files import is_run_folder
    from robodiff.io.results import RunFolder

    if not is_run_folder(path):
        suggestion = "give the folder that `robodiff optimize` printed"
        raise InputError(Problem("holds no run to resume", str(path), suggestion=suggestion))
    return RunFolder(path)


def _introduce(experiment: Experiment, folder: Path) -> None:
    starts, count = experiment.optimizer.starts, len(experiment.design.names)
    note(
        f"[bold]{experiment.name}[/bold]: {count} design parameters, {starts} starts, "
        f"{experiment.steps} steps of {1e3 * experiment.dt:g} ms  ->  {folder}"
    )


def _draw(experiment: Experiment, result: Result, folder: Path) -> list[Path]:
    from robodiff.cli.progress import waiting
    from robodiff.io.results import iteration_line
    from robodiff.viz.gallery import draw_history, draw_motion
    from robodiff.viz.recording import record
    from robodiff.viz.targets import reach_targets

    with waiting("drawing plots"):
        targets = reach_targets(experiment)
        before = record(result.before.model, result.before.trajectory, "before", targets)
        after = record(result.after.model, result.after.trajectory, "after", targets)
        lines = [iteration_line(iteration) for iteration in result.history]
        design = experiment.design
        files = list(draw_history(lines, design.bounds, design.units, folder))
        return files + list(draw_motion([before, after], folder))


def _replay(experiment: Experiment, result: Result, folder: Path, plots: bool) -> None:
    """The result in C MuJoCo, where that is installed; whatever fails there only leaves a note."""
    from importlib.util import find_spec

    from robodiff.cli.progress import waiting
    from robodiff.cli.replay import write_replay

    if find_spec("mujoco") is None:
        return
    try:
        with waiting("replaying in MuJoCo"):
            report = write_replay(experiment, result.after, folder, plots=plots)
    except Exception as error:
        note(f"[yellow]not replayed in MuJoCo:[/yellow] {escape(str(error))}")
        return
    note(_both_engines(report["metrics"], next(iter(experiment.task.spec.metrics)), folder))


def _both_engines(rows: dict[str, dict], first: str, folder: Path) -> str:
    """The experiment's first metric in both engines, and where they differ most."""
    from robodiff.cli.tables import number

    gaps = {name: row["gap"] for name, row in rows.items()}
    worst = max(gaps, key=lambda name: math.inf if gaps[name] is None else gaps[name])
    far = "not finite" if gaps[worst] is None else f"{100 * gaps[worst]:.3g} %"
    ours, theirs, fine = (number(rows[first][key]) for key in ("robodiff", "engine", "fine"))
    return (
        f"replayed in MuJoCo: {first} {ours} here, {theirs} there, {fine} there at a quarter of"
        f" the step; largest gap {far} ({worst}); see {folder / 'replay.json'}"
    )


def _report(folder: Path, write: bool, server: PageServer | None) -> None:
    """The page of the run; whatever fails there only leaves a note, for the run itself is saved."""
    from robodiff.cli.progress import waiting
    from robodiff.viz.report.content import report_content
    from robodiff.viz.report.report import write_content

    try:
        with waiting("writing the report"):
            content = report_content(folder)
            if write:
                write_content(folder, content)
        if server:
            server.publish(content, last=True)
            server.wait_until_seen(5.0)
    except Exception as error:
        note(f"[yellow]no report:[/yellow] {escape(str(error))}")


def _tell(experiment: Experiment, result: Result, folder: Path, json_output: bool) -> None:
    from robodiff.cli.tables import design_table, metric_table
    from robodiff.io.summary import summary

    content = {"run": folder, **summary(experiment, result)}
    if json_output:
        emit(content)
    elif result.history:
        screen = results()
        screen.print(metric_table(content["metrics"], content["loss"]))
        if content["design"]:
            screen.print()
            screen.print(design_table(content["design"]))
    seconds = result.seconds
    note(
        f"\n{result.iterations} iterations, {result.simulations} simulations in "
        f"{seconds['total']:.1f} s, of which compiling {seconds['compile']:.1f} s"
    )
    if not result.interrupted:
        _say_what_next(folder)


def _say_what_next(folder: Path) -> None:
    drawn = (folder / "report.html").exists()
    what = "plots, animation and report.html are" if drawn else "the result is"
    note(f"{what} in {folder}\n\nnext:")
    note(f"  [bold]robodiff report {folder} --open[/bold]")
    note(f"  [bold]robodiff simulate {folder}[/bold]")
    note(f"  [bold]robodiff export {folder} --mjcf robot.xml[/bold]")


def _say_how_to_resume(folder: Path, method: str) -> None:
    screen = messages()
    screen.print(f"\n[yellow]interrupted[/yellow]; what was found is saved in {folder}")
    if method == "gradient":
        screen.print(f"go on with:  [bold]robodiff optimize --resume {folder}[/bold]")
