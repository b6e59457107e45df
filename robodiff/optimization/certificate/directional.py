"""A short certificate from the optimizer's own compiled update: it compiles nothing.

The update tells the gradient of every start; run again at places a little ahead and behind along
some direction, it tells the difference too. In float32 that settles a few per cent, no more.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import jax
import numpy as np
from jaxtyping import Float

from robodiff.optimization.compiler import Compiler, cast, shape_of
from robodiff.optimization.objective import Problem, Window
from robodiff.optimization.parameters import Variables
from robodiff.optimization.schema import StageSpec
from robodiff.optimization.search import Pace, Population, Report

TOLERANCE = 0.05
"""Relative disagreement that is still agreement, besides three times the difference's own error."""
DECISIVE = 0.1
"""Largest relative error with which a difference decides anything."""
KINDS = ("gradient", "design", "control")
"""Directions: along the gradient, or random in the design or in the control."""


@dataclass(frozen=True)
class Direction:
    """A slope of the loss along one direction from one start, in unconstrained space."""

    start: int
    """Which start."""
    kind: str
    """One of `KINDS`."""
    slope: float
    """By the optimizer's gradient."""
    difference: float
    """By central difference."""
    error: float
    """Its estimated error."""
    decided: bool
    """Whether the difference is exact enough to tell."""
    agrees: bool
    """Whether the slope is the difference, within their errors."""


@dataclass(frozen=True)
class ShortCertificate:
    """Whether the gradient that a run begins with can be believed."""

    label: Literal["ok", "zero", "chaotic", "wrong"]
    """The verdict: `chaotic` where most differences decide nothing or some disagree."""
    directions: list[Direction]
    """Every direction that was tried."""
    worst_relative_error: float
    """Of the directions that were decided."""
    precision: str
    """float32 or float64."""
    duration: float
    """Fraction of the task that was simulated."""
    seconds: float
    """Wall time."""

    def to_dict(self) -> dict[str, Any]:
        """The content of `certificate.json`."""
        return {"kind": "short", **asdict(self)}

    def __str__(self) -> str:
        decided = [d for d in self.directions if d.decided]
        agreed = sum(d.agrees for d in decided)
        head = f"gradient check: {self.label}"
        if self.label == "zero":
            return f"{head}, nothing changes the loss at any start"
        text = f"{head}, {agreed} of {len(decided)} directions agree with differences"
        if decided:
            text += f", worst error {100 * self.worst_relative_error:.2g} %"
        if undecided := len(self.directions) - len(decided):
            text += f"; the loss is too rough to tell of {undecided} more in {self.precision}"
        more = "" if self.label == "ok" else "; see robodiff gradcheck"
        return f"{text} ({self.seconds:.1f} s){more}"


def check_directions(
    problem: Problem, population: Population, stage: StageSpec, normalised: bool
) -> ShortCertificate:
    """Compare the gradient of each start with differences, by the update of a (resolved) stage."""
    began = time.perf_counter()
    run = _runner(problem, population, stage, normalised)
    report = run(population.variables)
    count = report.evaluation.loss.shape[-1]
    rounds = range(1 if count >= len(KINDS) else len(KINDS))
    directions = [d for shift in rounds for d in _round(run, population, report, shift)]
    decided = [d for d in directions if d.decided]
    errors = [abs(d.slope - d.difference) / max(abs(d.slope), abs(d.difference)) for d in decided]
    return ShortCertificate(
        label=_label(directions),
        directions=directions,
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
    window, pace = cast(Window.of(stage), dtype), cast(Pace(0.0, 0.0), dtype)

    def run(variables: Variables) -> Report:
        return jax.device_get(update(replace(population, variables=variables), window, pace)[1])

    return run


def _round(run: Any, population: Population, report: Report, shift: int) -> list[Direction]:
    """One direction for each start."""
    variables, gradient = population.variables, report.gradient
    kinds, along = _directions(gradient, shift)
    slope = _dot(gradient, along)
    eps = np.finfo(variables.design.dtype).eps
    size = sum(np.abs(term) for term in report.evaluation.terms.values())
    widths = eps ** (1 / 3) * np.array([4.0, 1.0, 0.25])
    quotients = np.stack([_quotient(run, variables, along, width) for width in widths])
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


def _directions(gradient: Variables, shift: int) -> tuple[list[str], Variables]:
    """A unit direction for each start, of alternating kinds."""
    count = gradient.design.shape[-1]
    random = np.random.default_rng(shift)
    noise = jax.tree.map(lambda leaf: random.standard_normal(leaf.shape), gradient)
    nothing = jax.tree.map(np.zeros_like, gradient)
    choices = {
        "gradient": gradient,
        "design": Variables(noise.design, nothing.control),
        "control": Variables(nothing.design, noise.control),
    }
    usable = [kind for kind in KINDS if any(np.any(x) for x in jax.tree.leaves(choices[kind]))]
    usable = usable or ["gradient"]
    kinds = [usable[(start + shift) % len(usable)] for start in range(count)]

    def pick(*leaves: np.ndarray) -> np.ndarray:
        columns = [leaves[usable.index(kind)][..., i] for i, kind in enumerate(kinds)]
        return np.stack(columns, axis=-1)

    chosen = jax.tree.map(pick, *(choices[kind] for kind in usable))
    chosen = jax.tree.map(lambda leaf: np.where(np.isfinite(leaf), leaf, 0.0), chosen)
    length = np.sqrt(_dot(chosen, chosen))
    return kinds, jax.tree.map(lambda leaf: leaf / np.where(length > 0, length, 1.0), chosen)


def _quotient(run: Any, variables: Variables, along: Variables, width: float) -> np.ndarray:
    """The central difference of each start's loss, over the moves that rounding left."""

    def moved(sign: float) -> Variables:
        return jax.tree.map(lambda x, d: (x + sign * width * d).astype(x.dtype), variables, along)

    ahead, behind = moved(1.0), moved(-1.0)
    gaps = jax.tree.map(lambda a, b: np.asarray(a, float) - b, ahead, behind)
    losses = [np.asarray(run(place).evaluation.loss, float) for place in (ahead, behind)]
    step = _dot(gaps, along)
    return (losses[0] - losses[1]) / np.where(step > 0, step, 1.0)


def _dot(a: Variables, b: Variables) -> Float[np.ndarray, " starts"]:
    """Inner product of each start."""
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    parts = [np.sum(np.asarray(x, float) * y, axis=tuple(range(x.ndim - 1))) for x, y in pairs]
    return np.sum(parts, axis=0)


def _label(directions: list[Direction]) -> Literal["ok", "zero", "chaotic", "wrong"]:
    decided = [d for d in directions if d.decided]
    agreed = sum(d.agrees for d in decided)
    if all(d.slope == 0.0 and abs(d.difference) <= 3 * d.error for d in directions):
        return "zero"
    if decided and 2 * agreed < len(decided):
        return "wrong"
    return "ok" if agreed == len(decided) and 2 * len(decided) > len(directions) else "chaotic"
