"""What lies behind a label, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robodiff.optimization.certificate.flat import Flat
from robodiff.optimization.certificate.labels import Derivatives, macro_agrees
from robodiff.optimization.certificate.problem import Certifiable
from robodiff.optimization.certificate.programs import Probe

KINK = 0.1
"""Relative difference of the slopes on both sides from which on a loss has a kink."""


@dataclass(frozen=True)
class Evidence:
    """What was measured besides the derivatives."""

    problem: Certifiable
    """The experiment."""
    flat: Flat
    """Its parameters."""
    here: Probe
    """Slopes of each parameter where the certificate is for."""
    elsewhere: Probe
    """Slopes of each parameter at a place nearby."""
    fractions: tuple[float, ...]
    """Horizons."""


def explain_zero(evidence: Evidence, index: int) -> str:
    """Why a parameter has no influence."""
    here, elsewhere, used = evidence.here, evidence.elsewhere, _uses(evidence, index)
    if evidence.flat.is_design[index] and not used:
        return "dead: no expression of the robot file uses it"
    if elsewhere.slope[-1, index] != 0.0:
        return "no slope just here (an equilibrium or a symmetry?), but there is one nearby"
    moves = max(here.motion_slope[index], elsewhere.motion_slope[index]) > 0
    commands = max(here.command_slope[index], elsewhere.command_slope[index]) > 0
    if moves:
        what = "changes the motion, but no term of the loss sees it"
    elif commands:
        what = "changes commands that move nothing"
    else:
        what = "changes neither motion nor loss" if used else "changes no command during the task"
    return f"dead: {used}; {what}" if used else f"dead: {what}"


def _uses(evidence: Evidence, index: int) -> str:
    """Where the robot file uses a parameter of the design; empty for nowhere and for control."""
    if not evidence.flat.is_design[index]:
        return ""
    places = evidence.problem.uses(evidence.flat.names[index])
    more = ", ..." if len(places) > 2 else ""
    return f"used by {', '.join(places[:2])}{more}" if places else ""


def explain_non_finite(evidence: Evidence, index: int) -> str:
    """Where forward mode stops being finite; empty when it is finite."""
    here = evidence.here
    terms = [name for name, slope in here.term_slopes.items() if not np.isfinite(slope[index])]
    if not terms and np.isfinite(here.command_slope[index] + here.motion_slope[index]):
        return ""
    row = int(here.bad_row[index])
    among = f"term {', '.join(terms)}" if terms else "no term"
    if row > evidence.problem.steps:
        return f"not finite in {among}; the motion's derivative is"
    used = _uses(evidence, index)
    where = f"the motion's derivative is not finite from step {max(row - 1, 0)} on; {among}"
    return f"{where}; {used}" if used else where


def explain_spread(evidence: Evidence, found: Derivatives, index: int) -> str:
    """Forward mode multiplies the infinite slope of another parameter by 0: which one's."""
    guilty = ~np.isfinite(found.reverse)
    if guilty[index] or not guilty.any():
        return ""
    names = [evidence.flat.names[i] for i in np.flatnonzero(guilty)]
    more = ", ..." if len(names) > 3 else ""
    return f"forward mode alone, spread from {', '.join(names[:3])}{more}; reverse mode is finite"


def explain_wrong(found: Derivatives, index: int) -> str:
    """Which derivative differs, and what looks like the reason."""
    reverse, forward = found.reverse[index], found.forward[-1, index]
    by_difference = found.by_difference
    if not np.isclose(reverse, forward, rtol=1e-6, atol=0):
        return "reverse and forward mode differ: a derivative rule is wrong"
    behind, ahead = by_difference.behind[index], by_difference.ahead[index]
    if abs(ahead - behind) > KINK * max(abs(ahead), abs(behind)):
        return f"the loss has a kink here: its slope is {behind:.3g} below and {ahead:.3g} above"
    if reverse == 0.0:
        return "a silent zero: the loss changes, but a derivative on the way is cut off"
    return "both modes differ from the difference: a derivative rule is wrong"


def explain_chaos(evidence: Evidence, found: Derivatives, index: int) -> str:
    """The longest horizon at which a slope still holds over a hundredth of the range."""
    agrees = macro_agrees(evidence.flat, found)[:, index]
    steps = evidence.problem.steps
    held = 0
    while held < len(agrees) and agrees[held]:
        held += 1
    if held == len(agrees):
        return "no width of the difference is narrow enough to tell"
    if held == 0:
        first = round(evidence.fractions[0] * steps)
        return f"the slope misleads over 1 % of the range from before step {first} on"
    fraction = evidence.fractions[held - 1]
    return f"the slope holds over 1 % of the range up to step {round(fraction * steps)}, not beyond"
