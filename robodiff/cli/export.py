"""`robodiff export`: a robot as MJCF or YAML, for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robodiff.cli.console import emit, note
from robodiff.cli.options import Json, Overrides, Quiet
from robodiff.errors import InputError, Problem

if TYPE_CHECKING:
    from robodiff.robot.design import Design
    from robodiff.robot.spec import RobotSpec


def export(
    source: Annotated[Path, typer.Argument(help="Run folder, robot file or experiment file.")],
    overrides: Overrides = None,
    mjcf: Annotated[
        Path | None, typer.Option(help="Write MuJoCo's format here.", show_default=False)
    ] = None,
    yaml: Annotated[
        Path | None, typer.Option(help="Write the robot file here.", show_default=False)
    ] = None,
    before: Annotated[
        bool, typer.Option("--before", help="Of a run folder: the robot before optimization.")
    ] = False,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a robot as MJCF (--mjcf) or as a robot file (--yaml)."""
    if mjcf is None and yaml is None:
        raise InputError(Problem("nothing to write", suggestion="give --mjcf FILE or --yaml FILE"))
    from robodiff.cli.environment import prepare_jax

    prepare_jax()
    texts = _texts(_load(source, overrides or [], before), mjcf, yaml)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        note(f"wrote {path}")
    if json_output:
        emit({"files": list(texts)})


def _load(source: Path, overrides: list[str], before: bool) -> tuple[RobotSpec, Design]:
    """The robot that a run folder, robot file or experiment file tells of, and its parameters."""
    from robodiff.cli.files import is_run_folder, read_file
    from robodiff.experiment.load import load_experiment
    from robodiff.robot.design import Design
    from robodiff.robot.load import load_robot, robot_from_source

    if is_run_folder(source):
        path = source / f"robot_{'before' if before else 'after'}.yaml"
        if not path.exists():
            raise InputError(Problem("the run has not written its robot yet", str(path)))
        spec = load_robot(path)
        return spec, Design.from_spec(spec)
    content, kind = read_file(source, overrides)
    if kind == "robot":
        spec = robot_from_source(content)
        return spec, Design.from_spec(spec)
    experiment = load_experiment(source, overrides)
    return experiment.robot, experiment.design


def _texts(robot: tuple[RobotSpec, Design], mjcf: Path | None, yaml: Path | None) -> dict:
    """All texts by path before any is written, so that an error leaves nothing behind."""
    from robodiff.io.mjcf import export_mjcf
    from robodiff.robot.build import build_model
    from robodiff.robot.write import robot_yaml

    spec, design = robot
    texts = {}
    if mjcf is not None:
        texts[mjcf] = export_mjcf(build_model(spec, design), name=spec.name)
    if yaml is not None:
        texts[yaml] = robot_yaml(spec, design)
    return texts
