"""`robodiff gradcheck`: certify every gradient of an experiment or a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robodiff.cli.console import emit, note, print_problems, problem_record, results
from robodiff.cli.options import Json, Out, Overrides, Quiet
from robodiff.errors import CertificateError, InputError, Problem

if TYPE_CHECKING:
    from robodiff.experiment.experiment import Experiment
    from robodiff.optimization.certificate.result import Certificate
    from robodiff.optimization.parameters import Parameters


def gradcheck(
    file: Annotated[Path, typer.Argument(help="Experiment file or run folder.")],
    overrides: Overrides = None,
    out: Out = None,
    start: Annotated[
        int, typer.Option(help="Of an experiment: which of the optimizer's starts.", min=0)
    ] = 0,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the comparison with half the time step.")
    ] = False,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Certify the gradients of FILE: reverse mode, forward mode and central differences agree.

    At the start of an experiment, or at the best design and controller of a run, in float64.
    Exits with 4 when a gradient is wrong or not finite.
    """
    from robodiff.cli.environment import prepare_jax
    from robodiff.cli.progress import stages

    folder = out or _folder(file)
    prepare_jax()
    experiment, parameters = _read(file, overrides or [], start)
    from robodiff.optimization.certificate.certify import certify

    with stages(f"certifying {experiment.name}") as tell:
        certificate = certify(experiment, parameters, quick=quick, notify=tell)
    files = _write(certificate, folder)
    problems = _problems(certificate)
    _tell(certificate, files, problems, json_output)
    if problems:
        print_problems(problems)
        raise typer.Exit(CertificateError.exit_code)


def _folder(file: Path) -> Path:
    """Where the certificate goes; tells of files that cannot be certified, before jax is loaded."""
    from robodiff.cli.files import is_run_folder, read_file

    if is_run_folder(file):
        return file / "gradcheck"
    source, kind = read_file(file)
    if kind == "robot":
        suggestion = "name an experiment that names it: a gradient needs a loss"
        raise InputError(Problem("is a robot, not an experiment", str(file), suggestion=suggestion))
    name = source.data.get("name") if isinstance(source.data, dict) else None
    return Path("runs") / str(name or file.stem) / "gradcheck"


def _read(file: Path, overrides: list[str], start: int) -> tuple[Experiment, Parameters]:
    """The experiment and the place where its gradients are wanted."""
    from robodiff.cli.files import is_run_folder
    from robodiff.experiment.load import load_experiment, read_experiment
    from robodiff.io.results import RunFolder

    if is_run_folder(file):
        experiment = load_experiment(file / "experiment.yaml", overrides)
        return experiment, RunFolder(file).read_best(experiment)
    read_experiment(file, overrides)
    experiment = load_experiment(file, overrides)
    return experiment, experiment.parameters if start == 0 else _start(experiment, start)


def _start(experiment: Experiment, number: int) -> Parameters:
    """One of the optimizer's starts."""
    from robodiff.optimization.parameters import member, to_parameters
    from robodiff.optimization.starts import begin

    count = experiment.optimizer.starts
    if number >= count:
        raise InputError(Problem(f"there is no start {number}", suggestion=f"0 to {count - 1}"))
    starts = begin(experiment, experiment.optimizer).variables
    return member(to_parameters(experiment.design, starts), number)


def _write(certificate: Certificate, folder: Path) -> list[Path]:
    from robodiff.io.files import write_json
    from robodiff.viz.certificate_plot import plot_certificate
    from robodiff.viz.style import save

    folder.mkdir(parents=True, exist_ok=True)
    files = [write_json(folder / "certificate.json", certificate.to_dict())]
    if certificate.parameters:
        files.append(save(plot_certificate(certificate), folder / "certificate.png"))
    return files


def _problems(certificate: Certificate) -> list[Problem]:
    """What fails, in one line; nothing when every gradient can be trusted."""
    bad = certificate.failures
    if not bad:
        return []
    names = ", ".join(bad[:5]) + (", ..." if len(bad) > 5 else "")
    count = "1 gradient is" if len(bad) == 1 else f"{len(bad)} gradients are"
    return [Problem(f"{count} wrong or not finite: {names}")]


def _tell(
    certificate: Certificate, files: list[Path], problems: list[Problem], json_output: bool
) -> None:
    if json_output:
        failed = {"errors": [problem_record(problem) for problem in problems]} if problems else {}
        emit({**certificate.to_dict(), "files": files, **failed})
    else:
        from robodiff.cli.certificate_tables import (
            horizon_table,
            parameter_table,
            remarks,
            verdict,
        )

        screen = results()
        if certificate.parameters:
            screen.print(parameter_table(certificate))
            screen.print()
            for line in (told := [*remarks(certificate)]):
                screen.print(line, soft_wrap=True)
            if told:
                screen.print()
            screen.print(horizon_table(certificate))
            screen.print()
        for line in verdict(certificate):
            screen.print(line, soft_wrap=True)
    for path in files:
        note(f"wrote {path}")
