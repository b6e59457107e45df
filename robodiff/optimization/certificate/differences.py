"""Central differences, each at the width where its own estimated error is least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from robodiff.optimization.certificate.flat import Flat
from robodiff.optimization.certificate.programs import Probe

MICRO = 2.0 ** np.arange(-13, -32, -2)
"""Half widths to choose from, in scales of the parameter: 1e-4 to 5e-10, where the narrowest are
for losses that change within 1e-6."""
MACRO = 1e-2
"""Half width of the macro difference, in scales."""
DECISIVE = 1e-2
"""Largest error, relative to the difference itself, with which it decides anything."""
ROUNDING = 20 * np.finfo(np.float64).eps
"""Assumed rounding error of a loss, relative to the sum of the sizes of its terms."""


@dataclass(frozen=True)
class Differences:
    """Central differences for each parameter, per physical unit."""

    micro: Float[np.ndarray, " n"]
    """At the best width."""
    error: Float[np.ndarray, " n"]
    """Its estimated error."""
    decisive: Bool[np.ndarray, " n"]
    """Whether that is small against the difference, or nothing but rounding: a slope that is
    larger by far (as of a chaotic loss) must not make it look exact."""
    step: Float[np.ndarray, " n"]
    """That half width."""
    behind: Float[np.ndarray, " n"]
    """Slope of the loss on the lower side alone, at that width."""
    ahead: Float[np.ndarray, " n"]
    """On the upper side."""
    macro: Float[np.ndarray, "horizons n"]
    """Over a hundredth of the range, at each horizon."""


def places(flat: Flat) -> Float[np.ndarray, "n B"]:
    """Where the losses are needed: for each width and sign, each parameter moved alone."""
    moves = []
    for width in _widths(flat):
        moves += [np.diag(width), -np.diag(width)]
    return flat.values[:, None] + np.concatenate(moves, axis=1)


def differences(flat: Flat, probe: Probe, here: float, size: float) -> Differences:
    """The differences from the losses at `places` and the one here.

    `size` is the sum of the terms' sizes.
    """
    count = len(flat.values)
    widths = _widths(flat)
    loss = np.asarray(probe.loss).reshape(-1, len(widths), 2, count)
    quotients = (loss[:, :, 0] - loss[:, :, 1]) / (2 * widths)
    micro = quotients[-1, 1:]
    # Three widths in a row must agree: two alone do so by chance where the loss is rough.
    gaps = np.abs(np.diff(micro, axis=0))
    rounding = ROUNDING * size / widths[3:]
    error = np.maximum(gaps[:-1], gaps[1:]) + rounding
    error = np.where(np.isfinite(error), error, np.inf)
    best = np.argmin(error, axis=0)[None]
    behind, ahead = ((loss[-1, 3:, side] - here) / widths[3:] for side in (1, 0))
    micro, error, floor, step, behind, ahead = (
        np.take_along_axis(rows, best, axis=0)[0]
        for rows in (micro[2:], error, rounding, widths[3:], -behind, ahead)
    )
    decisive = (error <= DECISIVE * np.abs(micro)) | (error <= 5 * floor)
    return Differences(micro, error, decisive, step, behind, ahead, quotients[:, 0])


def _widths(flat: Flat) -> Float[np.ndarray, "widths n"]:
    """The macro width, shorter near a bound, then the micro widths."""
    room = np.minimum(flat.values - flat.lower, flat.upper - flat.values)
    macro = np.clip(room, MICRO[0] * flat.scales, MACRO * flat.scales)
    return np.concatenate([macro[None], MICRO[:, None] * flat.scales])
