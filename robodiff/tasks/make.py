"""From a task's specification and a robot's names to a `Task`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from robodiff.controllers.names import KeyPath, Report, matches
from robodiff.errors import did_you_mean
from robodiff.physics.topology import Topology
from robodiff.robot.yaml_source import Source
from robodiff.tasks.posture_schema import FinalPoseSpec
from robodiff.tasks.schema import TaskSpec
from robodiff.tasks.start import base_heights
from robodiff.tasks.task import Task


def make_task(
    spec: TaskSpec, topology: Topology, source: Source | None = None, path: KeyPath = ("task",)
) -> Task:
    """The task for a robot; raises `InputError` with every name that the robot lacks.

    `source` and `path` (where the specification stands) give the problems their line and column.
    """
    report = Report(source)
    _check_names(spec.start, _plain(topology.q_names), report, (*path, "start"), "coordinate")
    _check_names(
        spec.start_velocity, topology.v_names, report, (*path, "start_velocity"), "velocity"
    )
    if spec.clearance is not None and not base_heights(topology):
        report.add(
            (*path, "clearance"), "the robot has no planar or free base to raise", "remove it"
        )
    for name, metric in spec.metrics.items():
        _check_metric(metric, topology, report, (*path, "metrics", name), spec)
    report.finish()
    return Task(spec, topology)


def _check_metric(
    metric: Any, topology: Topology, report: Report, path: KeyPath, task: TaskSpec
) -> None:
    links = topology.link_names
    _check_body(getattr(metric, "of", None), (*links, "com"), report, (*path, "of"))
    _check_body(getattr(metric, "link", None), links, report, (*path, "link"))
    for key in ("direction", "axis"):
        if not any(getattr(metric, key, (1.0,))):
            report.add((*path, key), "a direction may not be zero")
    if metric.after >= task.duration:
        report.add((*path, "after"), f"nothing is left after {metric.after:g} s of the task")
    for number, pattern in enumerate(getattr(metric, "links", ())):
        if not matches(pattern, links):
            place = (*path, "links", number)
            report.add(place, f"no link is named {pattern!r}", did_you_mean(pattern, links))
    for number, target in enumerate(getattr(metric, "targets", ())):
        if target.time is not None and target.time > task.duration:
            report.add((*path, "targets", number, "time"), "later than the task's duration")
    if isinstance(metric, FinalPoseSpec):
        _check_names(metric.pose, _plain(topology.q_names), report, (*path, "pose"), "coordinate")
        _check_names(metric.velocity, topology.v_names, report, (*path, "velocity"), "velocity")


def _check_body(name: str | None, known: Iterable[str], report: Report, path: KeyPath) -> None:
    if name is not None and name not in known:
        report.add(path, f"no link is named {name!r}", did_you_mean(name, known))


def _check_names(
    given: Iterable[str], known: tuple[str, ...], report: Report, path: KeyPath, what: str
) -> None:
    for name in given:
        if not matches(name, known):
            suggestion = did_you_mean(name, known)
            report.add((*path, name), f"no {what} is named {name!r}", suggestion, at_key=True)


def _plain(q_names: tuple[str, ...]) -> tuple[str, ...]:
    """Coordinates that are not parts of quaternions."""
    return tuple(name for name in q_names if not name.endswith((".qw", ".qx", ".qy", ".qz")))
