"""Certificates of real robots; the labels one by one are in tests/optimization."""

from robodiff.experiment.load import load_experiment
from robodiff.optimization.certificate.certify import certify

ROBOT = """\
name: double_pendulum
parameters:
  length: {value: 0.5, min: 0.2, max: 1.0, unit: m}
  spare: {value: 1.0, min: 0.5, max: 2.0}
links:
  upper:
    joint: {name: shoulder, type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -length], radius: 0.02}, density: 1000}]
  lower:
    parent: upper
    position: [0, 0, -length]
    joint: {name: elbow, type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -0.5], radius: 0.02}, density: 1000}]
ground: false
start: {shoulder: 100 deg, elbow: 20 deg}
"""
EXPERIMENT = """\
name: tumble
robot: robot.yaml
simulation: {dt: 0.01}
task:
  duration: 6.0
  metrics:
    final_pose: {pose: {shoulder: 0.0}, weight: 1}
"""


def test_a_double_pendulum_is_chaotic_and_a_spare_parameter_dead(tmp_path):
    (tmp_path / "robot.yaml").write_text(ROBOT)
    path = tmp_path / "experiment.yaml"
    path.write_text(EXPERIMENT)
    certificate = certify(load_experiment(path), quick=True)
    length, spare = certificate.parameters["length"], certificate.parameters["spare"]
    assert length.label == "chaotic"
    assert "the slope holds over 1 % of the range up to step" in length.note
    assert length.relative_error < 1e-4
    assert spare.label == "zero"
    assert spare.note == "dead: no expression of the robot file uses it"
    norms = [row["design"] for row in certificate.horizons]
    assert norms[-1] > 3 * norms[0]
    assert certificate.ok
