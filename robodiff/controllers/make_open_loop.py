"""Splines and oscillators from their specifications."""

from __future__ import annotations

import numpy as np

from robodiff.controllers.controller import Controller
from robodiff.controllers.draft import Draft
from robodiff.controllers.groups import Groups, make_groups, mirrored_pairs
from robodiff.controllers.names import select, spread
from robodiff.controllers.oscillator import Oscillator
from robodiff.controllers.schema import OscillatorSpec, SplineSpec
from robodiff.controllers.spline import Spline


def make_spline(spec: SplineSpec, draft: Draft, duration: float) -> Controller:
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


def make_oscillator(spec: OscillatorSpec, draft: Draft, duration: float) -> Controller:
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
