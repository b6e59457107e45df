"""Robots of `tests.bodies` whose shapes touch each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from robodiff.physics.kinematics import link_poses
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model, Pairs
from robodiff.physics.pair_layout import PairLayout, pair_layout
from robodiff.physics.pairs import PairPoints, pair_points, pair_surface

CORNERS = (
    (1.0, 0.3, -0.2), (-1.0, -0.1, 0.3), (0.2, 1.0, 0.1), (-0.3, -1.0, -0.2), (0.1, 0.2, 1.0),
    (-0.2, 0.1, -1.0), (0.6, 0.6, 0.6), (-0.6, 0.5, -0.6), (0.5, -0.7, 0.5), (-0.5, -0.5, 0.7),
)  # fmt: skip
"""Of a hull, in units of its size."""


def touching(
    model: Model,
    pairs: Sequence[tuple[int, int]],
    friction: float | Sequence[float] = 0.8,
    margin: float = 0.0,
    corners: Sequence[tuple[float, float, float]] = CORNERS,
) -> Model:
    """The model with contact between these shapes; `corners` are those of all its hulls."""
    kinds = model.topology.shape_kinds
    points = tuple(tuple(corners) if kind == "hull" else () for kind in kinds)
    topology = dataclasses.replace(model.topology, pairs=tuple(pairs), shape_points=points)
    numbers = Pairs(jnp.zeros(len(pairs)) + jnp.array(friction), jnp.full(len(pairs), margin))
    return dataclasses.replace(model, topology=topology, pairs=numbers)


def places(model: Model, q) -> tuple[PairLayout, PairPoints]:
    """All contact points between bodies at configurations q [nq, B]; arms are world positions."""

    @jax.jit
    def measure(model, q):
        surface = pair_surface(model)
        assert surface is not None
        return pair_points(model, surface, link_poses(model, q), jnp.zeros((1, 3, 1)))

    return pair_layout(model.topology), measure(add_batch(model), q)


def with_numbers(model: Model, **contact: float) -> Model:
    """The model with other numbers of its contact law."""
    for name, value in contact.items():
        model = eqx.tree_at(lambda m, name=name: getattr(m.contact, name), model, jnp.array(value))
    return model


def nearest(layout: PairLayout, points: PairPoints) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each pair the smallest gap [pairs, B], and the normal [pairs, B, 3] and place there."""
    gap = np.asarray(points.gap)
    rows = [np.flatnonzero(np.array(layout.pair) == pair) for pair in sorted(set(layout.pair))]
    best = np.array([own[gap[own].argmin(axis=0)] for own in rows])
    columns = np.arange(gap.shape[1])[None]
    normal, arm = (np.asarray(x).transpose(0, 2, 1) for x in (points.frame[:, 6:], points.arm))
    return gap[best, columns], normal[best, columns], arm[best, columns]
