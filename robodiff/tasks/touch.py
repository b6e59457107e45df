"""Metrics of contact: sliding and impact."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.layout import components, rows
from robodiff.physics.rotation import cross
from robodiff.physics.shapes import point_layout, surface_of
from robodiff.physics.sums import tree_sum
from robodiff.physics.terrain import ground_points
from robodiff.tasks.evaluation import Evaluation, flatten, widen
from robodiff.tasks.smooth import mean, window
from robodiff.tasks.touch_schema import ImpactSpec, SlipSpec

TINY_FORCE = 1e-3
"""Fraction of the robot's weight that is added to the force that slip is divided by."""


def slip(spec: SlipSpec, run: Evaluation) -> Float[Array, " B"]:
    """Sum of f_n |v_t|^2 over sum of f_n, over points and time."""
    if not point_layout(run.topology).links:
        return jnp.zeros(run.batch, run.trajectory.q.dtype)
    speed = _sliding_speed_squared(run)[1:]  # the force of a step goes with the state it leads to
    force = jnp.maximum(run.trajectory.contact_force[run.rows[1:] - 1][:, :, 2], 0.0)
    counted = window(run.sample_time[1:], spec.after)
    work = mean(jnp.sum(force * speed, axis=1), counted)
    return work / (mean(jnp.sum(force, axis=1), counted) + TINY_FORCE * run.weight)


def impact(spec: ImpactSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean of |total contact force|^2 / weight^2."""
    total = jnp.sum(run.trajectory.contact_force, axis=1) / run.weight
    return mean(jnp.sum(total * total, axis=1), window(run.step_time, spec.after))


def _sliding_speed_squared(run: Evaluation) -> Float[Array, "S points B"]:
    """Squared horizontal speed of each contact point [m^2/s^2]."""
    layout, v = point_layout(run.topology), flatten(run.trajectory.v[run.rows])
    poses, motions = run.kinematics
    of_model = (surface_of(run.model), run.model.terrain)
    surface, terrain = widen(of_model, run.batch, len(run.rows))
    model = replace(run.model, terrain=terrain)
    arm = components(ground_points(model, surface, poses, motions.reference).arm)
    # V_p = V + omega x r, with V and r about the same reference point
    wx, wy, wz, *linear = components(tree_sum(layout.link_dofs, motions.S * rows(v)))
    vx, vy, _ = (a + b for a, b in zip(linear, cross([wx, wy, wz], arm), strict=True))
    square = vx * vx + vy * vy
    return square.reshape(len(layout.links), len(run.rows), run.batch).transpose(1, 0, 2)
