"""Metrics of how a robot holds itself: tilt, heading, survival, joint limits, final pose."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.controllers.features import angle_rows
from robodiff.controllers.names import matches
from robodiff.tasks.evaluation import Evaluation
from robodiff.tasks.posture_schema import (
    FinalPoseSpec,
    HeadingSpec,
    JointLimitSpec,
    SurvivalSpec,
    UprightSpec,
)
from robodiff.tasks.smooth import excess_squared, mean, window

UP = (0.0, 0.0, 1.0)
COSINE_WIDTH = 0.1
"""Softness of the tilt threshold of `survival`, in cosine."""


def upright(spec: UprightSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean of 1 - cos(tilt)."""
    return _misalignment(spec, run, UP)


def heading(spec: HeadingSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean of 1 - cos(angle to the direction)."""
    return _misalignment(spec, run, spec.direction)


def survival(spec: SurvivalSpec, run: Evaluation) -> Float[Array, " B"]:
    """Integral of (high enough) x (upright enough), each between 0 and 1."""
    tilt = run.sampled(run.axis(None, UP))
    place = run.sampled(run.position(spec.of))
    high = jax.nn.sigmoid((place.parts[2] - spec.below) / spec.width)
    up = jax.nn.sigmoid((tilt.parts[2] - np.cos(spec.tilt)) / COSINE_WIDTH)
    length = place.time[-1] - jnp.minimum(spec.after, place.time[-1])
    return mean(high * up, window(place.time, spec.after)) * length


def joint_limit(spec: JointLimitSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean of the summed squared violations."""
    topology, joints = run.topology, run.model.joints
    rows = [topology.q_start[link] for link in topology.limited_joints]
    q = run.trajectory.q[:, np.array(rows, dtype=int)]
    low = excess_squared(joints.lower + spec.margin - q)
    high = excess_squared(q - joints.upper + spec.margin)
    beyond = jnp.sum(low + high, axis=1)
    return mean(beyond, window(run.trajectory.time, spec.after))


def final_pose(spec: FinalPoseSpec, run: Evaluation) -> Float[Array, " B"]:
    """Summed squared error near the end."""
    topology, trajectory = run.topology, run.trajectory
    angles = set(angle_rows(topology))
    error = jnp.zeros_like(trajectory.q[:, 0])
    for row, target in _targets(spec.pose, topology.q_names).items():
        gap = trajectory.q[:, row] - target
        error = error + (2.0 * (1.0 - jnp.cos(gap)) if row in angles else gap * gap)
    for row, target in _targets(spec.velocity, topology.v_names).items():
        error = error + spec.velocity_weight * (trajectory.v[:, row] - target) ** 2
    start = trajectory.time[-1] - spec.hold
    return mean(error, window(trajectory.time, start))


def _misalignment(spec: UprightSpec | HeadingSpec, run: Evaluation, direction):
    axis = run.axis(spec.link, spec.axis)
    return mean(1.0 - axis.along(direction), window(axis.time, spec.after))


def _targets(values: dict[str, float], names: tuple[str, ...]) -> dict[int, float]:
    """Target by row; a later key wins."""
    return {row: value for name, value in values.items() for row in matches(name, names)}
