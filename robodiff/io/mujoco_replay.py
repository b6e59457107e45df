"""An experiment's robot and controller in C MuJoCo, beside what robodiff says of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from robodiff.experiment.experiment import Experiment
from robodiff.io.mujoco_engine import Command, simulate_in_mujoco
from robodiff.optimization.iteration import Outcome
from robodiff.optimization.parameters import as_batch
from robodiff.physics.kinematics import center_of_mass
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model, State, Trajectory
from robodiff.physics.rollout import rollout_batch
from robodiff.tasks.schema import NoiseSpec

FINE = 4
"""MuJoCo runs at the experiment's dt and at this fraction of it."""
PERTURBATION = NoiseSpec(position=1e-3, velocity=1e-2)
"""Of several starts, where the task has no noise of its own."""
SMALLEST_SHARE = 0.01
"""A metric below this share of its `scale` counts as that much in a gap."""


@dataclass(frozen=True)
class Run:
    """One engine's answer; the last axis of every array is the start."""

    name: str
    """Engine and time step."""
    trajectory: Trajectory
    """At the experiment's dt."""
    metrics: dict[str, np.ndarray]
    """Every metric of every start, in its unit."""
    com: np.ndarray
    """Centre of mass [T+1, 3, starts], [m]."""


@dataclass(frozen=True)
class Replay:
    """The same robot, controller and starts in both engines."""

    robodiff: Run
    """At the experiment's dt."""
    engine: Run
    """C MuJoCo at the same dt."""
    fine: Run
    """C MuJoCo at a quarter of it; the controller keeps its own rate."""
    units: dict[str, str]
    """Unit of each metric."""
    scales: dict[str, float]
    """Size of each metric that counts as one in the loss."""

    @property
    def runs(self) -> tuple[Run, Run, Run]:
        """All three."""
        return self.robodiff, self.engine, self.fine


def replay(experiment: Experiment, outcome: Outcome, starts: int = 1, seed: int = 0) -> Replay:
    """Run an outcome of an experiment in C MuJoCo.

    With several `starts`, each is perturbed by the task's start noise (or a slight one) and both
    engines begin from the same ones. Raises `InputError` without MuJoCo, or for a robot that MJCF
    cannot say.
    """
    model = outcome.model
    start = _starts(experiment, outcome, starts, seed)
    judge = jax.jit(partial(_judge, experiment, add_batch(model)))
    own = starts == 1
    ours = _batch(outcome.trajectory) if own else _simulate(experiment, outcome, start)
    command = _command(experiment, outcome)
    in_mujoco = partial(simulate_in_mujoco, model, start, command)
    runs = [Run("robodiff", ours, *_numbers(judge(ours)))]
    for substeps, name in ((1, "MuJoCo"), (FINE, f"MuJoCo, dt / {FINE}")):
        theirs = in_mujoco(dt=experiment.dt, steps=experiment.steps, substeps=substeps)
        runs.append(Run(name, theirs, *_numbers(judge(theirs))))
    metrics = experiment.spec.task.metrics
    scales = {name: float(metric.scale) for name, metric in metrics.items()}
    return Replay(*runs, units=experiment.task.units, scales=scales)


def _starts(experiment: Experiment, outcome: Outcome, count: int, seed: int) -> State:
    """The outcome's own start, or `count` starts around it."""
    if count == 1:
        first = outcome.trajectory
        return State(np.asarray(first.q)[0][:, None], np.asarray(first.v)[0][:, None])
    spec = experiment.task.spec
    noise = spec.start_noise
    if not (noise.position or noise.velocity):
        spec = spec.model_copy(update={"start_noise": PERTURBATION})
    task = replace(experiment.task, spec=spec)
    wide = jax.tree.map(lambda leaf: jnp.repeat(leaf, count, axis=-1), add_batch(outcome.model))
    state = task.initial_state(wide, jax.random.key(seed))
    return jax.device_get(state)


def _batch(trajectory: Trajectory) -> Trajectory:
    """A single trajectory as a batch of one; time has no batch axis."""
    return replace(add_batch(trajectory), time=jnp.asarray(trajectory.time))


def _simulate(experiment: Experiment, outcome: Outcome, start: State) -> Trajectory:
    """The starts in robodiff."""
    controller, control = experiment.controller, as_batch(outcome.parameters.control)

    @jax.jit
    def run(model: Model, state: State) -> Trajectory:
        def command(time: Array, now: State) -> Array:
            assert controller is not None
            values = controller.command(control, time, now)
            return jnp.broadcast_to(values, (model.nu, now.q.shape[-1]))

        given = None if controller is None else command
        return rollout_batch(model, state, given, dt=experiment.dt, steps=experiment.steps)

    model = add_batch(outcome.model)
    return run(model, jax.tree.map(lambda leaf: jnp.asarray(leaf, model.gravity.dtype), start))


def _command(experiment: Experiment, outcome: Outcome) -> Command:
    """The controller for MuJoCo's loop, compiled once."""
    controller, control = experiment.controller, as_batch(outcome.parameters.control)
    nu, dt = outcome.model.nu, experiment.dt
    if controller is None:
        return lambda step, q, v: np.zeros((nu, q.shape[-1]))
    if controller.open_loop:
        times = dt * jnp.arange(experiment.steps)
        commands = np.asarray(jax.jit(controller.commands)(control, times))
        return lambda step, q, v: np.broadcast_to(commands[step], (nu, q.shape[-1]))

    @jax.jit
    def compute(time: Array, q: Array, v: Array) -> Array:
        return jnp.broadcast_to(controller.command(control, time, State(q, v)), (nu, q.shape[-1]))

    real = outcome.model.gravity.dtype
    return lambda step, q, v: np.asarray(
        compute(np.asarray(step * dt, real), q.astype(real), v.astype(real))
    )


def _judge(
    experiment: Experiment, model: Model, trajectory: Trajectory
) -> tuple[dict[str, Array], Array]:
    """Metrics of a batch, and its centre of mass."""
    q = trajectory.q
    flat = q.transpose(1, 0, 2).reshape(q.shape[1], -1)
    com = center_of_mass(model, flat).reshape(3, q.shape[0], q.shape[2])
    return experiment.task.metrics(model, trajectory), com.transpose(1, 0, 2)


def _numbers(judged: Any) -> tuple[dict[str, np.ndarray], np.ndarray]:
    metrics, com = judged
    return {name: np.asarray(value, float) for name, value in metrics.items()}, np.asarray(com)
