"""A task: the start of a robot, and the weighted metrics of what it then does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.model import Model, State, Trajectory
from robodiff.physics.topology import Topology
from robodiff.tasks import effort, motion, posture, start, touch
from robodiff.tasks.evaluation import Evaluation
from robodiff.tasks.schema import TaskSpec
from robodiff.tasks.smooth import excess_squared

METRICS: dict[str, Callable[[Any, Evaluation], Array]] = {
    "distance": motion.distance,
    "velocity": motion.velocity,
    "velocity_tracking": motion.velocity_tracking,
    "height": motion.height,
    "fall": motion.fall,
    "reach": motion.reach,
    "clearance": motion.clearance,
    "energy": effort.energy,
    "cost_of_transport": effort.cost_of_transport,
    "torque": effort.torque,
    "effort": effort.effort,
    "joint_speed": effort.joint_speed,
    "smoothness": effort.smoothness,
    "mass": effort.mass,
    "upright": posture.upright,
    "heading": posture.heading,
    "survival": posture.survival,
    "joint_limit": posture.joint_limit,
    "final_pose": posture.final_pose,
    "slip": touch.slip,
    "impact": touch.impact,
}
"""The function of each metric type: (specification, evaluation) -> one number a robot."""


@dataclass(frozen=True, eq=False)
class Task:
    """Models and trajectories here are batched: the last axis of every array is the robot."""

    spec: TaskSpec
    """What the user wrote."""
    topology: Topology
    """Names of the robot, before `prepare`."""

    @property
    def duration(self) -> float:
        """Simulated time [s]."""
        return self.spec.duration

    @property
    def copies(self) -> int:
        """Starts over which metrics are averaged."""
        return self.spec.start_noise.copies

    @property
    def units(self) -> dict[str, str]:
        """Unit of each metric."""
        return {name: type(metric).unit for name, metric in self.spec.metrics.items()}

    @property
    def higher_is_better(self) -> dict[str, bool]:
        """Which way each metric is better."""
        return {name: type(m).higher_is_better for name, m in self.spec.metrics.items()}

    def prepare(self, model: Model) -> Model:
        """The model with the task's gravity, slope, friction and ground (batched or single)."""
        return start.prepare(self.spec, model)

    def initial_state(self, model: Model, key=None, copies: int = 1) -> State:
        """Where a prepared model (batched or single) starts.

        A key adds the start noise to all. Without it, the batch is so many copies in a row, of
        which all but the first start noisily.
        """
        return start.initial_state(self.spec, model, key, copies)

    def metrics(self, model: Model, trajectory: Trajectory) -> dict[str, Float[Array, " B"]]:
        """Every metric in its unit."""
        run = Evaluation(model, trajectory, self.duration, self.spec.samples)
        return {name: METRICS[spec.type](spec, run) for name, spec in self._named()}

    def terms(self, model: Model, trajectory: Trajectory) -> dict[str, Float[Array, " B"]]:
        """Every metric's term of the loss."""
        return self.weigh(self.metrics(model, trajectory))

    def loss(self, model: Model, trajectory: Trajectory) -> Float[Array, " B"]:
        """The sum of the terms."""
        return sum(self.terms(model, trajectory).values())  # type: ignore[return-value]

    def weigh(self, metrics: Mapping[str, Array]) -> dict[str, Array]:
        """Terms of the loss from the metrics."""
        return {name: loss_term(spec, metrics[name]) for name, spec in self._named()}

    def _named(self) -> list[tuple[str, Any]]:
        return list(self.spec.metrics.items())


def loss_term(spec: Any, value: Float[Array, " B"]) -> Float[Array, " B"]:
    """Weighted: error from a target, excess over bounds, or the value with its better sign."""
    target = None if spec.type == "velocity_tracking" else getattr(spec, "target", None)
    if target is not None:
        return spec.weight * ((value - target) / spec.scale) ** 2
    if spec.at_least is None and spec.at_most is None:
        sign = -1.0 if spec.higher_is_better else 1.0
        return spec.weight * sign * value / spec.scale
    total = jnp.zeros_like(value)
    if spec.at_least is not None:
        total = total + excess_squared((spec.at_least - value) / spec.scale)
    if spec.at_most is not None:
        total = total + excess_squared((value - spec.at_most) / spec.scale)
    return spec.weight * total
