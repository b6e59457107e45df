"""Forces between bodies, summed over the contact points of each two links."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from robodiff.physics.pair_layout import pair_layout
from robodiff.physics.topology import Topology

LEAST = 1e-3
"""Forces below this are none [N]."""


@lru_cache(maxsize=16)
def touching_links(topology: Topology) -> tuple[tuple[tuple[int, int], ...], np.ndarray]:
    """Two links each that may touch, the lower number first (-1 is the world); and signs
    [link pairs, points]: 1 where a contact point belongs to the second, -1 to the first, else 0."""
    layout, links = pair_layout(topology), topology.shape_links
    owners = [(links[to], links[of]) for of, to in zip(layout.of, layout.to, strict=True)]
    pairs = sorted({(min(both), max(both)) for both in owners})
    signs = np.zeros((len(pairs), len(owners)))
    for point, both in enumerate(owners):
        signs[pairs.index((min(both), max(both))), point] = 1.0 if both[0] < both[1] else -1.0
    return tuple(pairs), signs


def forces_between(
    topology: Topology, pair_force: np.ndarray | None
) -> dict[tuple[int, int], np.ndarray]:
    """Force on the second of two links by the first [T, 3] [N], of those that ever press.

    `pair_force` is as in `Trajectory.pair_force`, [T, points, 3].
    """
    if pair_force is None or not pair_force.size:
        return {}
    pairs, signs = touching_links(topology)
    pressed = np.any(np.abs(pair_force) > LEAST, axis=(0, 2))
    chosen = [i for i in range(len(pairs)) if np.any(pressed & (signs[i] != 0.0))]
    total = np.einsum("lp,tpi->lti", signs[chosen], pair_force)
    return {pairs[i]: force for i, force in zip(chosen, total, strict=True)}


def link_pair_name(topology: Topology, pair: tuple[int, int]) -> str:
    """Such as `thigh – torso`; no link is the world."""
    one, other = (topology.link_names[link] if link >= 0 else "world" for link in pair)
    return f"{one} – {other}"
