"""What presses on what, link by link, thinned out for the page."""

from __future__ import annotations

from typing import Any

import numpy as np

from robodiff.physics.shapes import point_layout
from robodiff.physics.topology import Topology
from robodiff.viz.between import forces_between, touching_links
from robodiff.viz.report.pack import pack

SPECK = 1e-9
"""Weight of a place where nothing presses [N]."""


def mean_forces(force: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Contact forces [frames, points, 3] as means over the steps about each frame [N].

    Impacts are shorter than the time between frames: samples would miss some and stretch others,
    while means keep the impulse. Where every state is kept they are the forces themselves.
    """
    steps = max(int(frames[-1]), 1)  # those behind the last frame may not be finite
    stride = int(frames[1] - frames[0]) if len(frames) > 1 else 1
    low = np.clip(frames - stride // 2, 0, steps - 1)
    high = np.clip(frames + (stride + 1) // 2, low + 1, steps)
    total = np.cumsum(np.pad(force[:steps].astype(float), ((1, 0), (0, 0), (0, 0))), axis=0)
    return (total[high] - total[low]) / (high - low)[:, None, None]


def ground_contact(topology: Topology, places: np.ndarray, force: np.ndarray) -> dict[str, Any]:
    """Links that touch the ground, where each is pushed [frames, links, 3] and how hard.

    `places` and `force` are those of the contact points, [frames, points, 3]. The place is the mean
    of the link's contact points, each weighted by its normal force.
    """
    owners = np.array(point_layout(topology).links, dtype=int)
    links = sorted(set(owners.tolist()))
    member = (owners[None, :] == np.array(links, dtype=int)[:, None]).astype(float)
    weight = np.maximum(force[:, :, 2:], 0.0) + SPECK
    return {
        "contact_links": links,
        "contact_point": pack(_mean_places(member, weight, places)),
        "contact_force": pack(np.einsum("lp,fpi->fli", member, force)),
    }


def pressed_pairs(topology: Topology, pair_force: np.ndarray | None) -> list[tuple[int, int]]:
    """Two links each that ever press each other in a trajectory, the lower number first."""
    return sorted(forces_between(topology, pair_force))


def pair_contact(
    topology: Topology,
    chosen: list[tuple[int, int]],
    places: np.ndarray,
    force: np.ndarray,
) -> dict[str, Any]:
    """The same between bodies: two links each, where they touch, and the force on the second."""
    pairs, signs = touching_links(topology)
    signs = signs[[pairs.index(pair) for pair in chosen]]
    weight = np.linalg.norm(force, axis=2, keepdims=True) + SPECK
    return {
        "pair_links": [list(pair) for pair in chosen],
        "pair_point": pack(_mean_places(np.abs(signs), weight, places)),
        "pair_force": pack(np.einsum("lp,fpi->fli", signs, force)),
    }


def _mean_places(member: np.ndarray, weight: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Weighted means [frames, rows, 3] of places [frames, points, 3]; each row has members."""
    total = np.einsum("lp,fpi->fli", member, weight * places)
    return total / np.einsum("lp,fpi->fli", member, weight)
