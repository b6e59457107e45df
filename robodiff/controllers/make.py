"""From a controller's specification and a robot's names to a `Controller`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from robodiff.controllers.combined import Sum
from robodiff.controllers.controller import Controller
from robodiff.controllers.draft import Draft
from robodiff.controllers.features import make_features
from robodiff.controllers.feedback import Feedback
from robodiff.controllers.groups import Groups, make_groups, mirrored_pairs, shared_sets
from robodiff.controllers.names import KeyPath, Report, matches, select, spread
from robodiff.controllers.oscillator import Oscillator
from robodiff.controllers.pd import Pd
from robodiff.controllers.policy import Policy, layer_parameters
from robodiff.controllers.schema import (
    ControllerSpec,
    FeedbackSpec,
    OscillatorSpec,
    PdSpec,
    PolicySpec,
    SplineSpec,
    SumSpec,
)
from robodiff.controllers.spline import Spline
from robodiff.physics.model import Topology
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
        SplineSpec: _spline,
        OscillatorSpec: _oscillator,
        PdSpec: _pd,
        FeedbackSpec: _feedback,
        PolicySpec: _policy,
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


def _spline(spec: SplineSpec, draft: Draft, duration: float) -> Controller:
    duration = spec.duration or duration
    curves = spread(spec.value, draft.actuators, (0.0,), draft.report, (*draft.path, "value"))
    rows = [np.broadcast_to(curve, spec.knots) for curve in curves]
    knots = np.reshape(rows, (-1, spec.knots)) / draft.scale
    numbers = tuple(str(number) for number in range(spec.knots))
    draft.add("knots", knots, (draft.actuators, numbers))
    if spec.offset is not None:
        draft.add("offset", draft.outputs("offset", spec.offset), (draft.actuators,))
    if spec.periodic:
        draft.add("period", spec.period or duration, noise=0.1, log=True)
    fields = draft.finish()
    return Spline(**fields, knots=spec.knots, duration=duration, periodic=spec.periodic)


def _oscillator(spec: OscillatorSpec, draft: Draft, duration: float) -> Controller:
    groups, shift = _oscillator_groups(spec, draft)
    first, axes = list(groups.first), (groups.names,)
    frequency = draft.values("frequency", spec.frequency, 1.0)[first]
    if spec.own_frequency:
        draft.add("frequency", frequency, axes, noise=0.1, log=True)
    else:
        if set(spec.frequency) != {"*"}:
            suggestion = "give one number, or set own_frequency: true"
            draft.problem(("frequency",), "the actuators share one frequency", suggestion)
        draft.add("frequency", spec.frequency.get("*", 1.0), noise=0.1, log=True)
    draft.add("amplitude", draft.outputs("amplitude", spec.amplitude)[first], axes)
    draft.add("phase", draft.values("phase", spec.phase)[first], axes, noise=1.0)
    draft.add("offset", draft.outputs("offset", spec.offset)[first], axes)
    if spec.second_harmonic:
        draft.add("amplitude2", np.zeros(len(first)), axes)
        draft.add("phase2", np.zeros(len(first)), axes, noise=1.0)
    return Oscillator(**draft.finish(), groups=groups, shift=shift[:, None], ramp=spec.ramp)


def _oscillator_groups(spec: OscillatorSpec, draft: Draft) -> tuple[Groups, np.ndarray]:
    """Which actuators share parameters, and how far each is ahead [rad]."""
    sets, shift = [], np.zeros(len(draft.actuators))
    for number, pair in enumerate(spec.mirror):
        path = (*draft.path, "mirror", number)
        for left, right in mirrored_pairs(pair, draft.actuators, draft.report, path):
            sets.append(((left, right), path))
            shift[right] = np.pi
    for number, group in enumerate(spec.groups):
        path = (*draft.path, "groups", number)
        members = select(
            group.actuators, draft.actuators, draft.report, (*path, "actuators"), "actuator"
        )
        if len(group.phases) not in (1, len(members)):
            draft.report.add((*path, "phases"), f"expected {len(members)} phases, one an actuator")
        else:
            shift[list(members)] = group.phases
        sets.append((members, path))
    return make_groups(sets, draft.actuators, draft.report), shift


def _pd(spec: PdSpec, draft: Draft, duration: float) -> Controller:
    for name, gains in (("kp", spec.kp), ("kd", spec.kd)):
        values = draft.values(name, gains, 1.0) / draft.scale[:, 0]
        draft.add(name, values, (draft.actuators,), log=True)
    topology = draft.topology
    target = _make(spec.target, topology, duration, draft.report, (*draft.path, "target"))
    fields = draft.finish()
    links = [topology.actuator_links[row] for row in fields["rows"]]
    return Pd(
        **fields,
        target=target,
        q_rows=tuple(topology.q_start[link] for link in links),
        v_rows=tuple(topology.v_start[link] for link in links),
    )


def _feedback(spec: FeedbackSpec, draft: Draft, duration: float) -> Controller:
    features = make_features(spec.features, draft.topology, draft.report, (*draft.path, "features"))
    sets = shared_sets(spec.share, draft.actuators, draft.report, (*draft.path, "share"))
    groups = make_groups(sets, draft.actuators, draft.report)
    first = list(groups.first)
    draft.add("gain", _gains(spec, draft, features.names)[first], (groups.names, features.names))
    draft.add("bias", draft.outputs("bias", spec.bias)[first], (groups.names,))
    place = (*draft.path, "reference")
    reference = spread(spec.reference, features.names, 0.0, draft.report, place, "feature")
    column = np.array(reference, dtype=float)[:, None]
    return Feedback(**draft.finish(), features=features, reference=column, groups=groups)


def _gains(spec: FeedbackSpec, draft: Draft, features: tuple[str, ...]) -> np.ndarray:
    """[n, F] initial gains."""
    gains = np.zeros((len(draft.actuators), len(features)))
    for pattern, row in spec.gains.items():
        path = (*draft.path, "gains", pattern)
        select([pattern], draft.actuators, draft.report, path[:-1], "actuator")
        for index in matches(pattern, draft.actuators):
            for feature in row:
                gains[index, matches(feature, features)] = row[feature]
        spread(row, features, 0.0, draft.report, path, "feature")
    return gains


def _policy(spec: PolicySpec, draft: Draft, duration: float) -> Controller:
    features = make_features(spec.features, draft.topology, draft.report, (*draft.path, "features"))
    inputs = [*features.names, *(("clock.sin", "clock.cos") if spec.clock else ())]
    hidden = [[str(unit) for unit in range(size)] for size in spec.hidden]
    if spec.clock:
        draft.add("frequency", spec.clock, noise=0.1, log=True)
    layers = layer_parameters(
        [inputs, *hidden, list(draft.actuators)],
        spec.output_scale, spec.seed, spec.init_scale, draft.is_fixed("weights"),
    )  # fmt: skip
    draft.table += layers
    scale = [spec.velocity_scale if name[:2] == "v." or name[:6] in ("body.v", "body.s") else 1.0
             for name in features.names]  # fmt: skip
    return Policy(
        **draft.finish(),
        features=features,
        feature_scale=np.array(scale)[:, None],
        layers=len(hidden) + 1,
        clock=spec.clock is not None,
    )
