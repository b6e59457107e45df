"""Contact points on a heightfield: those that would touch a plane, each with a frame of its own.

A point is a ball on its link, as on the plane; its normal is that of the ground nearest to it.
Cylinders and ellipsoids face the ground that is nearest to their centres.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from robodiff.physics.heightfield import nearest_ground
from robodiff.physics.kinematics import Poses
from robodiff.physics.layout import components, settle, stack
from robodiff.physics.model import Model
from robodiff.physics.pairs import PairPoints, frames_about
from robodiff.physics.rotation import quaternion_to_matrix, rotate, rotate_back
from robodiff.physics.shapes import (
    Points,
    Surface,
    at_links,
    contact_points,
    ellipsoid_points,
    in_world,
    point_layout,
    rim_points,
)


def ground_points(model: Model, surface: Surface, poses: Poses, reference: Array) -> Points:
    """Contact points and gaps on the ground, plane or not."""
    if model.terrain is None:
        return contact_points(model, surface, poses, reference)
    framed = terrain_points(model, surface, poses, reference)
    return Points(framed.arm, framed.gap)


def terrain_points(model: Model, surface: Surface, poses: Poses, reference: Array) -> PairPoints:
    """Contact points, gaps and frames on the model's heightfield."""
    layout, ground = point_layout(model.topology), _Ground(model)
    n_fixed, n_rims = len(layout.fixed), 8 * len(layout.rims)
    links = np.array(layout.links, dtype=int)
    parts = []
    if n_fixed:
        R, p = at_links(poses, links[:n_fixed])
        parts.append(ground.meet(in_world(R, p, surface.center), surface.radius))
    if n_rims:
        R, p = at_links(poses, links[n_fixed : n_fixed + n_rims : 8])
        _, normal = ground.below(in_world(R, p, surface.rim_center))
        parts.append(ground.meet(rim_points(R, p, surface, normal)))
    if layout.ellipsoids:
        R, p = at_links(poses, links[n_fixed + n_rims :])
        _, normal = ground.below(in_world(R, p, surface.ellipsoid_center))
        parts.append(ground.meet(ellipsoid_points(R, p, surface, normal)))
    position, gap, normal = (jnp.concatenate(part) for part in zip(*parts, strict=True))
    gap = gap if surface.margin is None else gap - surface.margin
    arm = position - reference
    return settle(PairPoints(arm, gap, frames_about(normal), jnp.ones_like(gap)))


class _Ground:
    """The heightfield of a model, asked in world axes."""

    def __init__(self, model: Model):
        grid = model.topology.terrain
        assert grid is not None
        self._grid = grid
        spread: Any = jax.tree.map(lambda leaf: leaf[None], model.terrain)
        self._size = components(spread.size)
        self._at = components(spread.position)
        self._axes = quaternion_to_matrix(components(spread.rotation))

    def below(self, place: Array) -> tuple[Array, list[Array]]:
        """Distance of places [n 3 *B] from the ground, and its normal nearest to them."""
        apart = [x - p for x, p in zip(components(place), self._at, strict=True)]
        distance, normal = nearest_ground(self._grid, self._size, rotate_back(self._axes, apart))
        return distance, rotate(self._axes, normal)

    def meet(self, center: Array, radius: Array | float = 0.0) -> tuple[Array, Array, Array]:
        """Place of balls' surfaces that faces the ground, its gap, and the normal."""
        distance, normal = self.below(center)
        place = [x - radius * n for x, n in zip(components(center), normal, strict=True)]
        return stack(place), distance - radius, stack(normal)
