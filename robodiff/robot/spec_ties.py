"""What acts between links, understood: tendons, couplings and pairs that touch."""

from __future__ import annotations

from dataclasses import dataclass

from robodiff.robot.expressions import Expression
from robodiff.robot.spec_links import LimitSpec, Row


@dataclass(frozen=True)
class TendonSpec:
    """A length that is a sum of coordinates, each times a lever."""

    name: str
    """Unique."""
    coordinates: tuple[tuple[int, int], ...]
    """Link and number within its joint of each coordinate."""
    levers: Row
    """d length / d coordinate."""
    limits: LimitSpec | None
    """Stops; None for none."""
    stiffness: Expression
    """[N/m]."""
    damping: Expression
    """[N s/m]."""
    friction: Expression
    """[N]."""
    rest: tuple[Expression, Expression]
    """The spring is at ease between these [m]."""


@dataclass(frozen=True)
class CouplingSpec:
    """What a stiff spring keeps equal."""

    name: str
    """Unique."""
    kind: str
    """joint, tendon, point or weld."""
    ends: tuple[tuple[int, int], tuple[int, int] | None]
    """(link, number within its joint), (tendon, 0) or (link, 0); a link -1 is the world."""
    polynomial: Row
    """joint, tendon: five coefficients of what the first follows."""
    points: tuple[Row, Row]
    """point, weld: in the frames of both links [m]."""
    rotation: Row
    """weld: of the second link in the first's frame."""
    stiffness: Expression | None
    """[N/m or N m/rad]; None for firm."""
    turning_stiffness: Expression | None
    """weld: [N m/rad]; None for firm."""
    time_constant: Expression
    """[s]."""


@dataclass(frozen=True)
class PairSpec:
    """Two shapes that touch each other."""

    shapes: tuple[int, int]
    """Indices of the two, the lower first."""
    friction: Expression | None
    """None for the larger of the two [-]."""
    margin: Expression | None
    """None for the larger of the two [m]."""
