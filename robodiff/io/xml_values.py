"""Numbers and names as XML files have them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

PLANAR_PARTS = (("x", "slide", (1, 0, 0)), ("z", "slide", (0, 0, 1)), ("pitch", "hinge", (0, 1, 0)))
"""A planar joint as joints that MJCF and URDF know: name, type and axis of each."""


def unique_names(names: Iterable[str], taken: set[str]) -> list[str]:
    """`names`, each that is taken already with underscores after it; adds them to `taken`."""
    result = []
    for name in names:
        while name in taken:
            name += "_"
        taken.add(name)
        result.append(name)
    return result


def numbers(values) -> str:
    """Numbers with all their digits, so that they read back as the same floats."""
    return " ".join(repr(float(value) + 0.0) for value in np.ravel(np.asarray(values)))
