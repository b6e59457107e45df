"""`robodiff replay`: the same robot and controller in another physics engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from robodiff.cli.console import emit, messages, note, results
from robodiff.cli.options import Json, Out, Overrides, Quiet, Seed
from robodiff.errors import CertificateError, InputError, Problem

if TYPE_CHECKING:
    from robodiff.experiment.experiment import Experiment
    from robodiff.optimization.iteration import Outcome


def replay(
    file: Annotated[Path, typer.Argument(help="Run folder or experiment file.")],
    overrides: Overrides = None,
    engine: Annotated[Literal["mujoco"], typer.Option(help="The other engine.")] = "mujoco",
    max_gap: Annotated[
        float | None,
        typer.Option(help="Fail (exit 4) when a metric differs by more.", show_default=False),
    ] = None,
    starts: Annotated[
        int, typer.Option(help="Average over so many slightly perturbed starts.", min=1)
    ] = 1,
    seed: Seed = 0,
    before: Annotated[
        bool, typer.Option("--before", help="Of a run folder: as it was before optimization.")
    ] = False,
    out: Out = None,
    plots: Annotated[bool, typer.Option(help="Draw replay.png.")] = True,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run the robot and controller of FILE in C MuJoCo and compare every metric.

    MuJoCo starts from the same state and uses its own contact solver, at the experiment's time step
    and at a quarter of it. Writes replay.json and replay.png.
    """
    from robodiff.cli.environment import prepare_jax
    from robodiff.cli.files import is_run_folder
    from robodiff.robot.foreign.library import require_mujoco

    require_mujoco("robodiff replay")
    prepare_jax()
    experiment, outcome = _load(file, overrides or [], before)
    folder = out or (file if is_run_folder(file) else Path("runs") / experiment.name / "replay")
    report = write_replay(experiment, outcome, folder, starts=starts, seed=seed or 0, plots=plots)
    _tell(report, folder, json_output)
    if max_gap is not None and _beyond(report["max_gap"], max_gap):
        raise typer.Exit(CertificateError.exit_code)


def _beyond(gap: float | None, allowed: float) -> bool:
    """Whether the engines differ by more than is allowed; says so."""
    if gap is not None and gap <= allowed:
        return False
    far = "one left the finite world" if gap is None else f"by up to {100 * gap:.3g} %"
    messages().print(f"[red]error:[/red] the engines differ: {far} (allowed {100 * allowed:g} %)")
    return True


def write_replay(
    experiment: Experiment,
    outcome: Outcome,
    folder: Path,
    *,
    starts: int = 1,
    seed: int = 0,
    plots: bool = True,
) -> dict[str, Any]:
    """Replay an outcome and write `replay.json` and `replay.png`; returns what the former says."""
    from robodiff.io.files import write_json
    from robodiff.io.mujoco_replay import replay
    from robodiff.io.replay_report import replay_report

    done = replay(experiment, outcome, starts, seed)
    report = replay_report(done)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "replay.json", report)
    if plots:
        from robodiff.viz.replay_plot import plot_replay
        from robodiff.viz.style import save

        save(plot_replay(done, report), folder / "plots" / "replay.png")
    return report


def _load(file: Path, overrides: list[str], before: bool) -> tuple[Experiment, Outcome]:
    from robodiff.cli.files import is_run_folder, read_file
    from robodiff.experiment.load import load_experiment
    from robodiff.io.results import RunFolder
    from robodiff.optimization.parameters import as_batch, member, to_parameters

    if is_run_folder(file):
        experiment = load_experiment(file / "experiment.yaml", overrides)
        search = None if before else RunFolder(file).read_search(experiment)
        if search is not None:
            best = member(to_parameters(experiment.design, as_batch(search.best)), 0)
            return experiment, experiment.outcome(best)
    elif read_file(file)[1] == "robot":
        suggestion = "name a run folder, or an experiment that names this robot"
        raise InputError(Problem("a robot alone has no metrics", str(file), suggestion=suggestion))
    else:
        experiment = load_experiment(file, overrides)
    note(f"replaying {experiment.name} in MuJoCo ...")
    return experiment, experiment.outcome(experiment.parameters)


def _tell(report: dict[str, Any], folder: Path, json_output: bool) -> None:
    from robodiff.cli.tables import replay_table

    if json_output:
        emit({**report, "files": [folder / "replay.json"]})
    else:
        results().print(replay_table(report["metrics"]))
    for distance, when in report["parted"].items():
        at = "never" if when["engine"] is None else f"after {when['engine']:.2f} s"
        note(f"centres of mass {distance} apart: {at}")
    note(f"wrote {folder / 'replay.json'}")
