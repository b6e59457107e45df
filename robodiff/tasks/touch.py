"""Metrics of contact: sliding and impact."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.kinematics import link_velocities_batch
from robodiff.physics.shapes import contact_points, point_layout, surface_of
from robodiff.tasks.evaluation import Evaluation, flatten, widen
from robodiff.tasks.metric_schema import ImpactSpec, SlipSpec
from robodiff.tasks.smooth import mean, window

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
    rows, poses = run.rows, run.poses
    surface = widen(surface_of(run.model), run.batch, len(rows))
    q, v = flatten(run.trajectory.q[rows]), flatten(run.trajectory.v[rows])
    motion = link_velocities_batch(run.wide_model, q, v)
    links = np.array(point_layout(run.topology).links, dtype=int)
    place = contact_points(run.model, surface, poses, jnp.zeros((1, 3, 1), q.dtype)).arm
    arm = place - poses.position[links]
    linear, spin = motion.linear[links], motion.angular[links]
    vx = linear[:, 0] + spin[:, 1] * arm[:, 2] - spin[:, 2] * arm[:, 1]
    vy = linear[:, 1] + spin[:, 2] * arm[:, 0] - spin[:, 0] * arm[:, 2]
    square = vx * vx + vy * vy
    return square.reshape(len(links), len(rows), run.batch).transpose(1, 0, 2)
