"""How good a batch of trajectories is, over the whole task or its first part."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp

from robodiff.experiment.shorten import shortened
from robodiff.optimization.objective import Evaluation
from robodiff.physics.model import Model, Trajectory
from robodiff.tasks.task import Task


def judge(task: Task, model: Model, trajectory: Trajectory, fraction: float) -> Evaluation:
    """Metrics, terms and loss of a batch that did a fraction of the task."""
    task = replace(task, spec=shortened(task.spec, fraction))
    metrics = task.metrics(model, trajectory)
    terms = task.weigh(metrics)
    loss = jnp.sum(jnp.stack(list(terms.values())), axis=0)
    return Evaluation(loss, terms, metrics, trajectory.diverged)


def first_part(trajectory: Trajectory, fraction: float) -> Trajectory:
    """A trajectory cut after a fraction of its steps, one at least."""
    steps = max(round(fraction * trajectory.command.shape[0]), 1)
    states = {name: getattr(trajectory, name)[: steps + 1] for name in ("time", "q", "v")}
    acts = ("command", "torque", "contact_force", "pair_force")
    cut = {name: getattr(trajectory, name) for name in acts}
    cut = {name: None if act is None else act[:steps] for name, act in cut.items()}
    return replace(trajectory, **states, **cut)
