"""Gradients proven: reverse mode against forward mode and differences, parameter by parameter."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import jax
import numpy as np

from robodiff.optimization.certificate.differences import differences, places
from robodiff.optimization.certificate.flat import Flat, flatten
from robodiff.optimization.certificate.labels import Derivatives
from robodiff.optimization.certificate.notes import Evidence
from robodiff.optimization.certificate.problem import Certifiable
from robodiff.optimization.certificate.programs import Probe, compile_probe, compile_reverse
from robodiff.optimization.certificate.result import Certificate
from robodiff.optimization.certificate.verdicts import entries_and_notes, horizon_rows
from robodiff.optimization.objective import Window
from robodiff.optimization.parameters import Parameters

FRACTIONS = (0.125, 0.25, 0.5, 1.0)
"""Horizons, as fractions of the task."""


def certify(
    experiment: Certifiable,
    parameters: Parameters | None = None,
    *,
    quick: bool = False,
    notify: Callable[[str], None] = lambda note: None,
) -> Certificate:
    """Certify the gradient with respect to every free parameter, design and control.

    Everything is computed in float64, whatever the user's setting, at `parameters` (one set in
    physical units) or at the experiment's start. `quick` leaves out the comparison with half the
    time step, which costs a compilation. `notify` hears what is being done.
    """
    began = time.perf_counter()
    with jax.enable_x64(True):
        flat = flatten(experiment, experiment.parameters if parameters is None else parameters)
        if not len(flat.values):
            return _nothing_to_certify(experiment)
        notify("compiling reverse mode")
        reverse = compile_reverse(experiment, flat, Window())
        notify("compiling forward mode")
        at, along = _columns(flat)
        program = compile_probe(experiment, flat, FRACTIONS, at.shape[1])
        compiled = time.perf_counter() - began
        notify(f"simulating {at.shape[1]} times")
        loss, gradient = reverse(flat.values)
        here, elsewhere, moved = _split(program(at, along), len(flat.values))
        size = float(sum(abs(term[0]) for term in here.terms.values()))
        forward = np.asarray(here.slope)
        found = Derivatives(
            gradient, forward, differences(flat, moved, float(here.loss[-1, 0]), size), size
        )
        evidence = Evidence(experiment, flat, here, elsewhere, FRACTIONS)
        half_step, waited, fine = None, 0.0, None
        if not quick and np.isfinite(size):
            notify("compiling and simulating with half the time step")
            half_step, waited, fine = _half_step(experiment, flat, here)
        notify("judging")
        entries, notes = entries_and_notes(evidence, found, notify)
    if fine is not None:
        halved = zip(entries.items(), fine, strict=True)
        entries = {name: replace(entry, half_step=float(slope)) for (name, entry), slope in halved}
    return Certificate(
        experiment=experiment.name,
        loss=loss,
        parameters=entries,
        horizons=horizon_rows(evidence),
        half_step=half_step,
        notes=notes,
        seconds={"compile": compiled + waited, "total": time.perf_counter() - began},
    )


def _columns(flat: Flat) -> tuple[np.ndarray, np.ndarray]:
    """Every place that is simulated and the direction in which its slope is taken."""
    count = len(flat.values)
    here = np.repeat(flat.values[:, None], count, axis=1)
    noise = 0.03 * np.random.default_rng(0).standard_normal(count) * flat.scales
    nearby = np.clip(flat.values + noise, flat.lower, flat.upper)
    around = places(flat)
    at = np.concatenate([here, np.repeat(nearby[:, None], count, axis=1), around], axis=1)
    along = np.concatenate([np.eye(count), np.eye(count), np.zeros_like(around)], axis=1)
    return at, along


def _split(probe: Probe, count: int) -> tuple[Probe, Probe, Probe]:
    """The parts that belong to the three parts of `_columns`."""

    def part(first: int, last: int | None) -> Probe:
        return jax.tree.map(lambda leaf: leaf[..., first:last], probe)

    return part(0, count), part(count, 2 * count), part(2 * count, None)


def _half_step(
    problem: Certifiable, flat: Flat, here: Probe
) -> tuple[dict[str, float], float, np.ndarray]:
    """How loss and gradient change when the time step is halved, the seconds of compiling, and the
    new derivatives."""
    began = time.perf_counter()
    count = len(flat.values)
    program = compile_probe(problem, flat, (1.0,), count, refinement=2)
    waited = time.perf_counter() - began
    fine = program(np.repeat(flat.values[:, None], count, axis=1), np.eye(count))
    old, new = here.slope[-1] * flat.scales, fine.slope[-1] * flat.scales
    norms = float(np.linalg.norm(old)), float(np.linalg.norm(new))
    return (
        {
            "loss": float(here.loss[-1, 0]),
            "loss_at_half_step": float(fine.loss[-1, 0]),
            "gradient_change": float(np.linalg.norm(new - old)) / (norms[0] or 1.0),
            "cosine": float(old @ new) / (norms[0] * norms[1] or 1.0),
        },
        waited,
        np.asarray(fine.slope[-1]),
    )


def _nothing_to_certify(problem: Certifiable) -> Certificate:
    note = "nothing is free: neither design nor control"
    return Certificate(problem.name, float("nan"), {}, [], None, (note,), {"total": 0.0})
