"""Experiment file -> `Experiment`. Every mistake of it and of its robot file is found in one go."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from robodiff.errors import InputError, Problem, RobodiffWarning, did_you_mean
from robodiff.experiment.read_robot import read_robot
from robodiff.experiment.schema import ExperimentSpec
from robodiff.robot.spec import RobotSpec
from robodiff.robot.yaml_source import Source, read_yaml, validate

if TYPE_CHECKING:
    from robodiff.experiment.experiment import Experiment

T = TypeVar("T")


def load_experiment(path: str | Path, overrides: Iterable[str] = ()) -> Experiment:
    """Read an experiment file and everything it names.

    `overrides` are settings such as `task.duration=3` or `parameters.thigh_length.max=0.8`.
    Raises `InputError` with every mistake in the experiment and its robot.
    """
    spec, robot, source = read_experiment(path, overrides := tuple(overrides))
    return _assemble(spec, robot, source, overrides)


def read_experiment(
    path: str | Path, overrides: Iterable[str] = ()
) -> tuple[ExperimentSpec, RobotSpec, Source]:
    """The experiment and its robot as read and checked without jax.

    What needs the whole robot (names of actuators, coordinates, metrics) is checked by
    `load_experiment`. Raises `InputError` with every mistake.
    """
    source = read_yaml(path)
    if isinstance(source.data, dict):
        source = source.with_overrides(overrides)
    spec, problems = validate(source, ExperimentSpec)
    robot = _attempt(problems, lambda: read_robot(source))
    if spec is not None and robot is not None:
        problems += _parameter_problems(spec, robot, source)
    if problems or spec is None or robot is None:
        raise InputError(problems)
    _tell_of_idle_iterations(spec, source)
    return spec, robot, source


def _tell_of_idle_iterations(spec: ExperimentSpec, source: Source) -> None:
    """Warn of an override of `optimizer.iterations` where every stage says its own. A file may
    have both: that of a run folder says everything."""
    stages = spec.optimizer.stages
    overridden = ("optimizer", "iterations") in source.overridden
    if overridden and stages and all(stage.iterations for stage in stages):
        warnings.warn(
            "optimizer.iterations has no effect, since every stage says its own; change those "
            "(optimizer.stages[0].iterations), or take the stages out (optimizer.stages=[])",
            RobodiffWarning,
            stacklevel=3,
        )


def _parameter_problems(spec: ExperimentSpec, robot: RobotSpec, source: Source) -> list[Problem]:
    """Free parameters that the robot does not have."""
    return [
        source.problem(
            ("parameters", name),
            f"the robot has no parameter {name!r}",
            did_you_mean(name, robot.parameters),
            at_key=True,
        )
        for name in spec.parameters or {}
        if name not in robot.parameters
    ]


def _assemble(
    spec: ExperimentSpec, robot: RobotSpec, source: Source, overrides: tuple[str, ...]
) -> Experiment:
    """Make the parts of an experiment; raises `InputError` with the mistakes of all of them."""
    from robodiff.controllers.make import make_controller
    from robodiff.experiment.experiment import Experiment
    from robodiff.robot.build import build_model
    from robodiff.robot.design import Design
    from robodiff.tasks.make import make_task

    problems: list[Problem] = []
    topology = build_model(robot).topology
    design = _attempt(problems, lambda: Design.from_spec(robot, _free(spec)))
    problems = [_at_parameter(problem, source) for problem in problems]
    controller = None
    if spec.controller is not None:
        wanted, duration = spec.controller, spec.task.duration
        controller = _attempt(problems, lambda: make_controller(wanted, topology, duration, source))
    task = _attempt(problems, lambda: make_task(spec.task, topology, source))
    if problems or design is None or task is None:
        raise InputError(problems)
    return Experiment(spec, source, overrides, robot, design, controller, task)


def _at_parameter(problem: Problem, source: Source) -> Problem:
    """A problem with a free parameter at its place in the experiment."""
    return source.problem(("parameters", problem.key), problem.message, problem.suggestion)


def _free(spec: ExperimentSpec) -> dict[str, dict[str, float]] | None:
    """The free parameters as `Design.from_spec` wants them."""
    if spec.parameters is None:
        return None
    return {
        name: {} if section == "free" else section.model_dump(exclude_none=True)
        for name, section in spec.parameters.items()
    }


def _attempt(problems: list[Problem], make: Callable[[], T]) -> T | None:
    """What `make` makes, or None with its mistakes added to the problems."""
    try:
        return make()
    except InputError as error:
        problems += error.problems
        return None
