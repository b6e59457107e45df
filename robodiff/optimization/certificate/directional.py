"""A short certificate from the optimizer's own compiled update: it compiles nothing.

The update tells the gradient of every start; run again at places a little ahead and behind along
some direction, it tells the difference too. In float32 that settles a few per cent, no more.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from robodiff.optimization.certificate.directions import KINDS, directions, dot, quotient
from robodiff.optimization.certificate.short import Direction, ShortCertificate, verdict
from robodiff.optimization.compiler import Compiler, cast, shape_of
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.parameters import Variables
from robodiff.optimization.schema import StageSpec
from robodiff.optimization.search import Pace, Population, Report

TOLERANCE = 0.05
"""Relative disagreement that is still agreement, besides three times the difference's own error."""
DECISIVE = 0.1
"""Largest relative error with which a difference decides anything."""


def check_directions(
    problem: Problem, population: Population, stage: StageSpec, normalised: bool
) -> ShortCertificate:
    """Compare the gradient of each start with differences, by the update of a (resolved) stage."""
    began = time.perf_counter()
    run = _runner(problem, population, stage, normalised)
    report = run(population.variables)
    count = report.evaluation.loss.shape[-1]
    rounds = range(1 if count >= len(KINDS) else len(KINDS))
    found = [d for shift in rounds for d in _round(run, population, report, shift)]
    decided = [d for d in found if d.decided]
    errors = [abs(d.slope - d.difference) / max(abs(d.slope), abs(d.difference)) for d in decided]
    return ShortCertificate(
        label=verdict(found),
        directions=found,
        worst_relative_error=max(errors, default=0.0),
        precision=str(population.variables.design.dtype),
        duration=stage.duration,
        seconds=time.perf_counter() - began,
    )


def _runner(problem: Problem, population: Population, stage: StageSpec, normalised: bool) -> Any:
    """A function from the variables of all starts to what the update reports of them."""
    compiler = Compiler(problem, normalised, lambda note: None)
    compiler.prepare(stage)
    update, _ = compiler.wait(shape_of(stage))
    compiler.close()
    dtype = population.variables.design.dtype
    true = Window.of(stage.model_copy(update={"memory": None}))  # no fading: the derivative itself
    window, pace = cast(true, dtype), cast(Pace(0.0, 0.0), dtype)

    def run(variables: Variables) -> Report:
        return jax.device_get(update(replace(population, variables=variables), window, pace)[1])

    return run


def _round(run: Any, population: Population, report: Report, shift: int) -> list[Direction]:
    """One direction for each start."""
    variables, gradient = population.variables, report.gradient
    kinds, along = directions(gradient, shift)
    slope = dot(gradient, along)
    eps = np.finfo(variables.design.dtype).eps
    size = sum(np.abs(term) for term in report.evaluation.terms.values())
    widths = eps ** (1 / 3) * np.array([4.0, 1.0, 0.25])
    quotients = np.stack([quotient(run, variables, along, width) for width in widths])
    rounding = 4 * eps * size / widths[1:, None]
    errors = np.abs(np.diff(quotients, axis=0)) + rounding
    errors = np.where(np.isfinite(errors), errors, np.inf)
    best = np.argmin(errors, axis=0)[None]
    difference = np.take_along_axis(quotients[1:], best, axis=0)[0]
    error = np.take_along_axis(errors, best, axis=0)[0]
    reference = np.maximum(np.abs(slope), np.abs(difference))
    floor = np.take_along_axis(rounding, best, axis=0)[0]
    # A slope that is larger by far, as of a chaotic loss, must not make a difference look exact.
    exact = (error <= DECISIVE * np.abs(difference)) | (error <= 5 * floor)
    decided = exact & (error <= DECISIVE * reference) & (reference > 0) & report.finite
    agrees = np.abs(slope - difference) <= TOLERANCE * reference + 3 * error
    columns = (slope, difference, error, decided, agrees)
    return [
        Direction(i, kinds[i], *(column[i].item() for column in columns))
        for i in range(len(kinds))
        if report.finite[i]
    ]
