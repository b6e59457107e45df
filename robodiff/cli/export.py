"""`robodiff export`: a robot as MJCF, URDF or YAML, for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

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
    urdf: Annotated[
        Path | None, typer.Option(help="Write ROS's format here.", show_default=False)
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
    """Write a robot as MJCF (--mjcf), URDF (--urdf) or a robot file (--yaml).

    What URDF cannot say is listed, here and at the head of the file.
    """
    wanted = {"mjcf": mjcf, "urdf": urdf, "yaml": yaml}
    paths = {kind: path for kind, path in wanted.items() if path is not None}
    if not paths:
        suggestion = "give --mjcf FILE, --urdf FILE or --yaml FILE"
        raise InputError(Problem("nothing to write", suggestion=suggestion))
    if len({path.resolve() for path in paths.values()}) < len(paths):
        raise InputError(Problem("two formats would be written to one file"))
    from robodiff.cli.environment import prepare_jax

    prepare_jax()
    import jax

    with jax.enable_x64(True):  # all digits, so that another tool moves the same robot
        texts, losses = _texts(_load(source, overrides or [], before), paths)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        note(f"wrote {path}")
    for loss in losses:
        note(f"[yellow]not in {escape(str(urdf))}:[/yellow] {escape(loss)}")
    if json_output:
        emit({"files": list(texts), "unsaid": losses})


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


def _texts(
    robot: tuple[RobotSpec, Design], paths: dict[str, Path]
) -> tuple[dict[Path, str], list[str]]:
    """All texts by path before any is written, so that an error leaves nothing behind; and what
    URDF cannot say."""
    from robodiff.io.mjcf import export_mjcf
    from robodiff.io.urdf import export_urdf
    from robodiff.io.urdf_losses import urdf_losses
    from robodiff.robot.build import build_model
    from robodiff.robot.write import robot_yaml

    spec, design = robot
    model = build_model(spec, design)
    materials = [shape.material for shape in spec.shapes]
    write = {
        "mjcf": lambda: export_mjcf(model, name=spec.name),
        "urdf": lambda: export_urdf(model, spec.name, materials),
        "yaml": lambda: robot_yaml(spec, design),
    }
    texts = {path: write[kind]() for kind, path in paths.items()}
    return texts, urdf_losses(model) if "urdf" in paths else []
