"""From a controller's specification and a robot's names to a `Controller`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from robodiff.controllers.combined import Sum
from robodiff.controllers.controller import Controller
from robodiff.controllers.draft import Draft
from robodiff.controllers.make_closed_loop import make_feedback, make_policy
from robodiff.controllers.make_open_loop import make_oscillator, make_spline
from robodiff.controllers.names import KeyPath, Report
from robodiff.controllers.pd import Pd
from robodiff.controllers.schema import (
    ControllerSpec,
    FeedbackSpec,
    OscillatorSpec,
    PdSpec,
    PolicySpec,
    SplineSpec,
    SumSpec,
)
from robodiff.physics.topology import Topology
from robodiff.robot.yaml_source import Source


def make_controller(
    spec: ControllerSpec, topology: Topology, duration: float,
    source: Source | None = None, path: KeyPath = ("controller",),
) -> Controller:  # fmt: skip
    """The controller that a specification describes, for a robot and a task of a duration [s].

    Raises `InputError` with every name that the robot lacks; `source` and `path` (where the
    specification stands) give the problems their line and column.
    """
    report = Report(source)
    controller = _make(spec, topology, duration, report, path)
    report.finish()
    return controller


def _make(
    spec: Any, topology: Topology, duration: float, report: Report, path: KeyPath
) -> Controller:
    if isinstance(spec, SumSpec):
        return _sum(spec, topology, duration, report, path)
    makers: dict[type, Callable[..., Controller]] = {
        SplineSpec: make_spline,
        OscillatorSpec: make_oscillator,
        PdSpec: _pd,
        FeedbackSpec: make_feedback,
        PolicySpec: make_policy,
    }
    return makers[type(spec)](spec, Draft(spec, topology, report, path), duration)


def _sum(
    spec: SumSpec, topology: Topology, duration: float, report: Report, path: KeyPath
) -> Controller:
    parts, names = [], []
    for number, part in enumerate(spec.parts):
        made = _make(part, topology, duration, report, (*path, "parts", number))
        name, count = made.name, 2
        while name in names:
            name, count = f"{made.name}_{count}", count + 1
        object.__setattr__(made, "name", name)  # still being built
        names.append(name)
        parts.append(made)
    return Sum(spec.name or spec.type, topology.nu, tuple(parts))


def _pd(spec: PdSpec, draft: Draft, duration: float) -> Controller:
    for name, gains in (("kp", spec.kp), ("kd", spec.kd)):
        values = draft.values(name, gains, 1.0) / draft.scale[:, 0]
        draft.add(name, values, (draft.actuators,), log=True)
    topology = draft.topology
    target = _make(spec.target, topology, duration, draft.report, (*draft.path, "target"))
    fields = draft.finish()
    links = [topology.actuator_links[row] for row in fields["rows"]]
    for row in fields["rows"]:
        if topology.actuator_tendons and topology.actuator_tendons[row] >= 0:
            message = f"{topology.actuator_names[row]} pulls a tendon, which has no one angle"
            draft.problem((), message, "leave it out: actuators: [...]; or use type: position")
    return Pd(
        **fields,
        target=target,
        q_rows=tuple(topology.q_start[link] for link in links),
        v_rows=tuple(topology.v_start[link] for link in links),
    )
