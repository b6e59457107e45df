"""Where reverse mode alone stops being finite: a `where` that hides a bad branch, for example."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from robodiff.optimization.certificate.flat import Flat
from robodiff.optimization.certificate.problem import Certifiable
from robodiff.optimization.certificate.programs import compile_reverse
from robodiff.optimization.objective import Window

ROUNDS = 6
"""Compilations spent on the first step."""


def find_trap(
    problem: Certifiable, flat: Flat, terms: list[str], notify: Callable[[str], None]
) -> str:
    """First steps and terms with a reverse-mode gradient that is not finite, in words."""
    fine, bad = 0, problem.steps
    for _ in range(ROUNDS):
        middle = (fine + bad) // 2
        if middle in (fine, bad):
            break
        notify(f"looking for where reverse mode breaks: steps {fine} to {bad - 1}")
        if _is_finite(problem, flat, middle):
            fine = middle
        else:
            bad = middle
    notify("looking for the term in which reverse mode breaks")
    guilty = [name for name in terms if not _is_finite(problem, flat, bad, name)]
    when = f"step {bad - 1}" if bad - fine == 1 else f"steps {fine} to {bad - 1}"
    return f"reverse mode alone is not finite, first in {when}; term {', '.join(guilty) or 'sum'}"


def _is_finite(problem: Certifiable, flat: Flat, steps: int, term: str | None = None) -> bool:
    window = Window(duration=steps / problem.steps)
    _, gradient = compile_reverse(problem, flat, window, term)(flat.values)
    return bool(np.isfinite(gradient).all())
