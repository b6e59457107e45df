"""Which points of which shapes are measured against which others; constant for a topology.

A sphere or capsule that meets another shape is exact with the points of one side: a ball around a
point, or around every point of a segment, against a signed distance. Two shapes with edges are
measured both ways, the corners and edges of each against the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from robodiff.physics.polyhedron import edge_middles
from robodiff.physics.shapes import BOX_CORNERS, CAPS
from robodiff.physics.topology import Topology

RIM_POINTS = 9
"""Of a cylinder: four on each rim, and one on its side."""
ORDER = ("sphere", "capsule", "ellipsoid", "cylinder", "box", "hull")
"""The first of a pair to stand here is the one whose points count, where one side is enough."""
BOX_EDGES = np.array([
    (np.roll((0.0, u, v), k), np.roll((1.0, 0.0, 0.0), k))
    for k in range(3) for u in (-1, 1) for v in (-1, 1)
])  # fmt: skip
"""[12, 2, 3]: middle and half of each edge."""


@dataclass(frozen=True)
class Probe:
    """One row of a block: a point, segment, rim or support of a shape, against another shape."""

    pair: int
    """In `Topology.pairs`."""
    of: int
    """Shape that has it."""
    to: int
    """Shape from which the distance is measured."""
    middle: tuple[float, ...] = (0.0, 0.0, 0.0)
    """Point, or middle of a segment, in units of the core's half sizes."""
    along: tuple[float, ...] = (0.0, 0.0, 0.0)
    """Half of the segment in the same units; 0 for others."""


@dataclass(frozen=True, eq=False)
class Block:
    """Probes of one family against one kind of shape."""

    family: str
    """`point`, `segment`, `rim` or `support`."""
    target: str
    """Kind of the shapes that they are measured against."""
    probes: tuple[Probe, ...]
    """One row each."""

    @property
    def points(self) -> tuple[Probe, ...]:
        """The probe of each contact point; the rows of a rim are repeated for each of its
        points."""
        return self.probes * (RIM_POINTS if self.family == "rim" else 1)


@dataclass(frozen=True, eq=False)
class PairLayout:
    """All contact points between bodies."""

    blocks: tuple[Block, ...]
    """In the order of contact points."""
    shapes: tuple[int, ...]
    """Shapes that take part."""
    of: tuple[int, ...]
    """Shape of each contact point."""
    to: tuple[int, ...]
    """Shape that it meets."""
    pair: tuple[int, ...]
    """Pair of each contact point, in `Topology.pairs`."""
    dofs: np.ndarray
    """[points, nv]: 1 where a coordinate moves the point's own shape alone, -1 the other alone."""


@lru_cache(maxsize=64)
def pair_layout(topology: Topology) -> PairLayout:
    """The contact points between bodies of a topology (cached)."""
    families: dict[tuple[str, str], list[Probe]] = {}
    for pair, (one, other) in enumerate(topology.pairs):
        for family, probe in _probes(topology, pair, one, other):
            families.setdefault((family, topology.shape_kinds[probe.to]), []).append(probe)
    blocks = tuple(Block(*key, tuple(probes)) for key, probes in families.items())
    points = [point for block in blocks for point in block.points]
    moves = np.vstack([topology.link_dofs, np.zeros((1, topology.nv))]).astype(float)
    links = [(topology.shape_links[p.of], topology.shape_links[p.to]) for p in points]
    dofs = np.array([moves[a] - moves[b] for a, b in links]).reshape(len(links), topology.nv)
    return PairLayout(
        blocks=blocks,
        shapes=tuple(sorted({shape for pair in topology.pairs for shape in pair})),
        of=tuple(p.of for p in points),
        to=tuple(p.to for p in points),
        pair=tuple(p.pair for p in points),
        dofs=dofs,
    )


def pair_point_names(topology: Topology) -> tuple[str, ...]:
    """Names of the contact points between bodies, in the order of `Trajectory.pair_force`."""
    names, counts = topology.shape_names, {}
    result = []
    for own, other in zip(pair_layout(topology).of, pair_layout(topology).to, strict=True):
        counts[own, other] = counts.get((own, other), -1) + 1
        result.append(f"{names[own]}.{counts[own, other]} on {names[other]}")
    return tuple(result)


def _probes(topology: Topology, pair: int, one: int, other: int) -> Iterator[tuple[str, Probe]]:
    """Probes of a pair of shapes, with their families."""
    kinds = topology.shape_kinds
    first, second = sorted((one, other), key=lambda shape: ORDER.index(kinds[shape]))
    yield from _of(topology, pair, first, second)
    both = {kinds[first], kinds[second]}
    if both == {"capsule"}:
        yield from (found for found in _of(topology, pair, second, first) if found[0] == "point")
    elif not both & {"sphere", "capsule"} and both != {"ellipsoid"}:
        yield from _of(topology, pair, second, first)


def _of(topology: Topology, pair: int, of: int, to: int) -> Iterator[tuple[str, Probe]]:
    """What a shape is probed by, whatever it meets."""
    kind, where = topology.shape_kinds[of], (pair, of, to)
    if kind == "sphere":
        yield "point", Probe(*where)
    elif kind == "capsule":
        yield from (("point", Probe(*where, tuple(end))) for end in CAPS.tolist())
        yield "segment", Probe(*where, along=(0.0, 0.0, 1.0))
    elif kind == "box":
        yield from (("point", Probe(*where, tuple(corner))) for corner in BOX_CORNERS.tolist())
        for middle, along in BOX_EDGES.tolist():
            yield "segment", Probe(*where, tuple(middle), tuple(along))
    elif kind == "hull":
        corners = topology.shape_points[of]
        for point in (*corners, *map(tuple, edge_middles(corners).tolist())):
            yield "point", Probe(*where, point)
    else:
        yield {"cylinder": "rim", "ellipsoid": "support"}[kind], Probe(*where)
