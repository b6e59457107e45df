"""`robodiff simulate`: roll out a robot, an experiment or a run, and draw what happens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robodiff.cli.console import emit, note, results
from robodiff.cli.options import Json, Out, Overrides, Quiet
from robodiff.errors import DivergedError

if TYPE_CHECKING:
    from robodiff.experiment.experiment import Experiment
    from robodiff.optimization.iteration import Outcome
    from robodiff.optimization.parameters import Parameters
    from robodiff.robot.yaml_source import Source


@dataclass(frozen=True)
class _Rollout:
    """What was simulated."""

    name: str
    """Of the experiment or robot."""
    outcome: Outcome
    """What happened; a robot alone has no metrics and loss 0."""
    units: dict[str, str]
    """Unit of each metric."""
    targets: list[tuple[float, float, float]]
    """Places that the task wants reached [m]."""


def simulate(
    file: Annotated[Path, typer.Argument(help="Robot file, experiment file or run folder.")],
    overrides: Overrides = None,
    out: Out = None,
    before: Annotated[
        bool, typer.Option("--before", help="Of a run folder: as it was before optimization.")
    ] = False,
    duration: Annotated[float, typer.Option(help="Of a robot alone, in seconds.", min=1e-6)] = 2.0,
    dt: Annotated[
        float, typer.Option(help="Time step of a robot alone, in seconds.", min=1e-6)
    ] = 0.002,
    plots: Annotated[bool, typer.Option(help="Draw plots and an animation.")] = True,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Roll out FILE and write its trajectory, plots and an animation.

    An experiment runs its controller from the file's values, a run folder its best design and
    controller, and a robot alone moves without commands.
    """
    from robodiff.cli.environment import prepare_jax

    prepare_jax()
    rollout = _roll_out(file, overrides or [], before, duration, dt)
    folder = out or Path("runs") / rollout.name / "simulation"
    files = _write(rollout, folder, plots)
    _tell(rollout, files, json_output)
    _stop_if_diverged(rollout.outcome)


def _stop_if_diverged(outcome: Outcome) -> None:
    """Say where and why the simulation left the finite world, if it did."""
    from robodiff.physics.divergence import diagnose

    if found := diagnose(outcome.model, outcome.trajectory):
        raise DivergedError(f"the simulation diverged: {found}")


def _roll_out(
    file: Path, overrides: list[str], before: bool, duration: float, dt: float
) -> _Rollout:
    from robodiff.cli.files import is_run_folder, read_file

    if is_run_folder(file):
        return _of_run(file, overrides, before)
    source, kind = read_file(file, overrides)
    if kind == "robot":
        return _of_robot(source, duration, dt)
    return _of_experiment(file, overrides)


def _of_robot(source: Source, duration: float, dt: float) -> _Rollout:
    import jax

    from robodiff.optimization.iteration import Outcome
    from robodiff.optimization.parameters import Parameters
    from robodiff.physics.model import initial_state
    from robodiff.physics.rollout import rollout
    from robodiff.robot.build import build_model
    from robodiff.robot.load import robot_from_source

    spec = robot_from_source(source)
    model = build_model(spec)
    note(f"simulating {spec.name} for {duration:g} s ...")
    steps = max(1, round(duration / dt))
    run = jax.jit(lambda m: rollout(m, initial_state(m), None, dt=dt, steps=steps))
    nothing = Parameters({}, {})
    trajectory = jax.device_get(run(model))
    return _Rollout(spec.name, Outcome(nothing, 0.0, {}, {}, model, trajectory), {}, [])


def _of_experiment(file: Path, overrides: list[str]) -> _Rollout:
    from robodiff.experiment.load import load_experiment

    experiment = load_experiment(file, overrides)
    return _outcome(experiment, experiment.parameters)


def _of_run(folder: Path, overrides: list[str], before: bool) -> _Rollout:
    from robodiff.experiment.load import load_experiment
    from robodiff.io.results import RunFolder

    experiment = load_experiment(folder / "experiment.yaml", overrides)
    best = experiment.parameters if before else RunFolder(folder).read_best(experiment)
    return _outcome(experiment, best)


def _outcome(experiment: Experiment, parameters: Parameters) -> _Rollout:
    from robodiff.viz.targets import reach_targets

    note(f"simulating {experiment.name} for {experiment.spec.task.duration:g} s ...")
    outcome = experiment.outcome(parameters)
    return _Rollout(experiment.name, outcome, experiment.task.units, reach_targets(experiment))


def _write(rollout: _Rollout, folder: Path, plots: bool) -> list[Path]:
    from robodiff.io.files import write_arrays
    from robodiff.io.trajectory import trajectory_arrays
    from robodiff.viz.gallery import draw_motion
    from robodiff.viz.recording import record

    folder.mkdir(parents=True, exist_ok=True)
    files = [write_arrays(folder / "trajectory.npz", trajectory_arrays(rollout.outcome))]
    if plots:
        outcome = rollout.outcome
        recording = record(outcome.model, outcome.trajectory, rollout.name, rollout.targets)
        files += draw_motion([recording], folder)
    for path in files:
        note(f"wrote {path}")
    return files


def _tell(rollout: _Rollout, files: list[Path], json_output: bool) -> None:
    outcome, units = rollout.outcome, rollout.units
    if json_output:
        metrics = {n: {"value": v, "unit": units.get(n, "")} for n, v in outcome.metrics.items()}
        emit(
            {
                "name": rollout.name,
                "loss": outcome.loss,
                "metrics": metrics,
                "diverged": bool(outcome.trajectory.diverged),
                "files": files,
            }
        )
    elif outcome.metrics:
        from robodiff.cli.tables import value_table

        results().print(value_table({"loss": outcome.loss, **outcome.metrics}, units))
