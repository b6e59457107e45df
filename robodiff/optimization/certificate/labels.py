"""The verdict on each derivative."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from robodiff.optimization.certificate.differences import Differences
from robodiff.optimization.certificate.flat import Flat
from robodiff.optimization.certificate.result import Label

TOLERANCE = 1e-5
"""Relative disagreement that is still `ok`, besides the difference's own error."""
MODES = 1e-7
"""Relative disagreement of forward and reverse mode that is still `ok`."""
SMALL = 1e-6
"""Part of the largest derivative (both in scales) below which errors count as if it were that."""
NOTHING = 1e-12
"""Change of the loss over a whole scale, relative to its terms, that counts as none."""
MACRO_TOLERANCE = 0.5
"""Relative disagreement of the macro difference beyond which a derivative is `chaotic`."""


@dataclass(frozen=True)
class Derivatives:
    """All derivatives of the loss, per physical unit."""

    reverse: Float[np.ndarray, " n"]
    """Reverse mode."""
    forward: Float[np.ndarray, "horizons n"]
    """Forward mode at each horizon, the whole task last."""
    by_difference: Differences
    """Central differences."""
    size: float
    """Sum of the sizes of the loss's terms."""


def label(flat: Flat, found: Derivatives) -> list[Label]:
    """One label a parameter."""
    reverse, forward = found.reverse, found.forward[-1]
    micro, error = found.by_difference.micro, found.by_difference.error
    bad = ~(np.isfinite(reverse) & np.isfinite(forward))
    bad |= ~np.isfinite(found.size)
    nothing = is_nothing(flat, found)
    reference = reference_size(flat, found)
    with np.errstate(invalid="ignore"):
        modes_agree = np.abs(reverse - forward) <= MODES * reference
    decided = found.by_difference.decisive
    agrees = np.abs(reverse - micro) <= TOLERANCE * reference + 3 * error
    far = ~macro_agrees(flat, found)[-1]
    labels: list[Label] = []
    for i in range(len(reverse)):
        if bad[i]:
            labels.append("non-finite")
        elif nothing[i]:
            labels.append("zero")
        elif not modes_agree[i] or (decided[i] and not agrees[i]):
            labels.append("wrong")
        else:
            labels.append("chaotic" if far[i] or not decided[i] else "ok")
    return labels


def relative_error(flat: Flat, found: Derivatives) -> Float[np.ndarray, " n"]:
    """Largest disagreement of reverse mode with forward mode and the micro difference.

    Where all three are nothing, it is relative to the loss instead; nan where one is not finite.
    """
    reference = np.where(is_nothing(flat, found), found.size / flat.scales, 0.0)
    reference = np.maximum(reference, reference_size(flat, found))
    with np.errstate(invalid="ignore"):
        gaps = found.forward[-1] - found.reverse, found.by_difference.micro - found.reverse
        gap = np.maximum(*np.abs(gaps))
    gap = np.where(np.isfinite(gap), gap, np.nan)
    return np.divide(gap, reference, out=0.0 * gap, where=reference > 0)


def is_nothing(flat: Flat, found: Derivatives) -> np.ndarray:
    """Whether a parameter has no influence on the loss, as all three tell."""
    limit = NOTHING * found.size / flat.scales
    nothing = np.maximum(np.abs(found.reverse), np.abs(found.forward[-1])) <= limit
    return nothing & (np.abs(found.by_difference.micro) <= limit + 3 * found.by_difference.error)


def reference_size(flat: Flat, found: Derivatives) -> Float[np.ndarray, " n"]:
    """What errors are relative to: the derivative's size, or a small part of the largest one's."""
    sizes = np.maximum(np.abs(found.reverse), np.abs(found.by_difference.micro))
    scaled = np.where(np.isfinite(sizes), sizes * flat.scales, 0.0)
    return np.fmax(sizes, SMALL * scaled.max(initial=0.0) / flat.scales)


def macro_agrees(flat: Flat, found: Derivatives) -> np.ndarray:
    """Whether slopes still hold over a hundredth of the range, [horizons, n]."""
    forward, macro = found.forward, found.by_difference.macro
    sizes = np.maximum(np.abs(forward), np.abs(macro)) * flat.scales
    largest = np.max(np.where(np.isfinite(sizes), sizes, 0.0), axis=1, keepdims=True)
    gap = np.abs(forward - macro) * flat.scales
    # What a parameter hardly moves is judged against what the others move.
    return gap <= MACRO_TOLERANCE * np.maximum(sizes, 1e-3 * largest)
