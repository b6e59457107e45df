"""From evidence to the verdict on every parameter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from robodiff.optimization.certificate.labels import Derivatives, label, relative_error
from robodiff.optimization.certificate.notes import (
    Evidence,
    explain_chaos,
    explain_non_finite,
    explain_spread,
    explain_wrong,
    explain_zero,
)
from robodiff.optimization.certificate.result import Entry, Label
from robodiff.optimization.certificate.traps import find_trap


def horizon_rows(evidence: Evidence) -> list[dict[str, float]]:
    """Loss and gradient norm at each horizon."""
    flat, here = evidence.flat, evidence.here
    rows = []
    for fraction, loss, slope in zip(evidence.fractions, here.loss, here.slope, strict=True):
        scaled = slope * flat.scales
        rows.append(
            {
                "fraction": fraction,
                "steps": round(fraction * evidence.problem.steps),
                "loss": float(loss[0]),
                "design": float(np.linalg.norm(scaled[flat.is_design])),
                "control": float(np.linalg.norm(scaled[~flat.is_design])),
            }
        )
    return rows


def entries_and_notes(
    evidence: Evidence, found: Derivatives, notify: Callable[[str], None]
) -> tuple[dict[str, Entry], tuple[str, ...]]:
    """The verdict on every parameter, and what holds for all of them."""
    flat, by_difference = evidence.flat, found.by_difference
    labels, errors = label(flat, found), relative_error(flat, found)
    broken, notes = _what_broke(evidence, labels, notify)
    entries = {}
    for i, name in enumerate(flat.names):
        entries[name] = Entry(
            label=labels[i],
            group="design" if flat.is_design[i] else "control",
            reverse=float(found.reverse[i]),
            forward=float(found.forward[-1, i]),
            difference=float(by_difference.micro[i]),
            difference_error=float(by_difference.error[i]),
            macro_difference=float(by_difference.macro[-1, i]),
            relative_error=float(errors[i]),
            step=float(by_difference.step[i]),
            scale=float(flat.scales[i]),
            slopes=tuple(map(float, found.forward[:, i])),
            note=_note(evidence, found, labels[i], i, broken),
        )
    return entries, notes


def _what_broke(
    evidence: Evidence, labels: list[Label], notify: Callable[[str], None]
) -> tuple[str, tuple[str, ...]]:
    """Why gradients are not finite where forward mode does not tell, and a note for all."""
    lost = [i for i, name in enumerate(labels) if name == "non-finite"]
    if not lost:
        return "", ()
    problem, flat = evidence.problem, evidence.flat
    diverged = problem.divergence(flat.parameters(flat.values[:, None]))
    if diverged:
        return "the simulation diverges", (diverged,)
    if all(explain_non_finite(evidence, i) for i in lost):
        return "", ()
    return find_trap(problem, flat, list(evidence.here.terms), notify), ()


def _note(evidence: Evidence, found: Derivatives, verdict: Label, index: int, broken: str) -> str:
    if verdict == "zero":
        return explain_zero(evidence, index)
    if verdict == "non-finite":
        return explain_spread(evidence, found, index) or (
            explain_non_finite(evidence, index) or broken
        )
    if verdict == "chaotic":
        return explain_chaos(evidence, found, index)
    if verdict == "wrong":
        return explain_wrong(found, index)
    return ""
