"""A finished run folder without an optimization: its motions are made by hand."""

from __future__ import annotations

from pathlib import Path

import jax.numpy as jnp
import numpy as np

from robodiff.experiment.experiment import Experiment
from robodiff.experiment.load import load_experiment
from robodiff.io.results import RunFolder
from robodiff.optimization.iteration import Iteration, Outcome, Result
from robodiff.optimization.parameters import Parameters
from robodiff.physics.model import Trajectory
from robodiff.robot.build import build_model

MARKUP = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>"

ROBOT = """\
name: hopper
description: legs & springs
parameters:
  length: {value: 0.5, min: 0.2, max: 1.0, unit: m}
links:
  body:
    joint: {type: planar}
    shapes: [{box: {size: [0.3, 0.2, 0.1]}}]
    material: wood
  leg:
    parent: body
    joint: {type: hinge, name: hip, axis: [0, 1, 0], limits: {lower: -1, upper: 1}}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -length], radius: 0.03}}]
    material: wood
materials: {wood: {density: 600}}
actuators:
  hip: {type: motor, torque_limit: 5}
start: {body.z: length + 0.03}
"""

EXPERIMENT = f"""\
name: hop
description: {MARKUP!r}
robot: robot.yaml
parameters: {{length: free}}
simulation: {{dt: 0.004}}
controller: {{type: spline, knots: 3}}
task:
  duration: 1.0
  metrics:
    velocity: {{weight: 1, target: 1}}
    torque: {{weight: 0.1}}
optimizer: {{iterations: 60, starts: 4}}
"""


def finished_run(folder: Path, iterations: int = 60, steps: int = 250) -> Path:
    """Write a run whose leg grows from 0.5 m to 0.8 m; returns its folder."""
    (folder / "robot.yaml").write_text(ROBOT)
    (folder / "experiment.yaml").write_text(EXPERIMENT)
    experiment = load_experiment(folder / "experiment.yaml")
    run = RunFolder.create("hop", folder / "run")
    run.write_start(experiment)
    history = history_of(iterations)
    for iteration in history:
        run.append(iteration)
    before, after = (_outcome(experiment, length, steps) for length in (0.5, 0.8))
    seconds = {"compile": 1.0, "run": 2.0, "total": 3.0}
    run.write_end(experiment, Result(before, after, history, {}, seconds, iterations, 240))
    return run.path


def history_of(iterations: int) -> list[Iteration]:
    """Updates whose loss falls while the leg grows."""
    lengths = np.linspace(0.5, 0.8, iterations + 1)
    return [_iteration(i, float(length)) for i, length in enumerate(lengths[:-1])]


def _iteration(index: int, length: float) -> Iteration:
    terms = {"velocity": 1.0 / (1 + index), "torque": 0.1}
    return Iteration(
        index=index,
        stage=index // 30,
        loss=sum(terms.values()),
        losses=np.ones(4),
        best_loss=sum(terms.values()),
        terms=terms,
        metrics={"velocity": 0.1 * index, "torque": 0.2},
        design={"length": length},
        gradient_norm={"design": 1.0, "control": 1.0},
        finite_starts=4,
        seconds=0.01,
        compile_seconds=0.0,
        simulations=4 * index,
    )


def _outcome(experiment: Experiment, length: float, steps: int) -> Outcome:
    """A robot that slides along and swings its leg."""
    model = build_model(experiment.robot, experiment.design.replace(length=length))
    time = experiment.dt * np.arange(steps + 1)
    swing = 0.5 * np.sin(3.0 * time)
    height = np.full_like(time, length + 0.03)
    q = np.stack([length * time, height, 0.2 * swing, swing], axis=1)
    force = np.zeros((steps, 10, 3))
    force[:, -2, 2] = 20.0  # the foot
    trajectory = Trajectory(
        time=jnp.asarray(time),
        q=jnp.asarray(q),
        v=jnp.asarray(np.gradient(q, time, axis=0)),
        command=jnp.zeros((steps, 1)),
        torque=jnp.asarray(np.cos(time)[:-1, None]),
        contact_force=jnp.asarray(force),
        diverged=jnp.asarray(False),
        diverged_step=jnp.asarray(steps),
    )
    values = {"velocity": length, "torque": 0.1}
    parameters = Parameters({"length": jnp.asarray(length)}, {})
    return Outcome(parameters, 1.0 - length, values, values, model, trajectory)
