"""Small files for tests: a cart with a pole that may change its length."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from robodiff.experiment.experiment import Experiment
from robodiff.experiment.load import load_experiment

ROBOT = """\
name: cartpole
parameters:
  pole_length: {value: 0.5, min: 0.2, max: 1.0, unit: m}
  pole_radius: {value: 0.02, min: 0.01, max: 0.05, unit: m}
links:
  cart:
    joint: {name: slider, type: slide, axis: [1, 0, 0]}
    shapes: [{box: {size: [0.3, 0.2, 0.1]}, mass: 1.0, collide: false}]
  pole:
    parent: cart
    joint: {name: hinge, type: hinge, axis: [0, 1, 0], damping: 0.01}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -pole_length], radius: pole_radius},
              density: 1000, collide: false}]
actuators:
  motor: {joint: slider, type: motor, torque_limit: 20}
ground: false
"""

EXPERIMENT = """\
name: swing
robot: cartpole.yaml
parameters:
  pole_length: {min: 0.3, max: 0.8}
simulation: {dt: 0.01}
controller: {type: spline, knots: 5, init_scale: 1.0}
task:
  duration: 0.5
  metrics:
    final_pose: {pose: {hinge: 3.14159}, weight: 1}
    effort: {weight: 0.0001}
optimizer:
  iterations: 5
  starts: 2
"""


def write_files(folder: Path, experiment: str = EXPERIMENT, robot: str = ROBOT) -> Path:
    """Write an experiment and its robot; returns the path of the experiment."""
    (folder / "cartpole.yaml").write_text(robot)
    path = folder / "swing.yaml"
    path.write_text(experiment)
    return path


@cache
def swing() -> Experiment:
    """The experiment, loaded once."""
    with TemporaryDirectory() as folder:
        return load_experiment(write_files(Path(folder)))
