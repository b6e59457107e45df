"""A recording is the rollout in numbers, cut where it is no longer finite."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics.model import Model, Trajectory
from robodiff.robot.build import build_model
from robodiff.robot.load import parse_robot
from robodiff.viz.recording import record

ROBOT = """
name: swing
links:
  arm:
    position: [0, 0, 2]
    joint: {type: hinge, axis: [0, 1, 0], limits: {lower: -1, upper: 2}}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -1], radius: 0.1}, density: 1000}]
actuators: {arm: {type: motor, gear: -3, torque_limit: 5}}
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return build_model(parse_robot(ROBOT))


def trajectory(angles: list[float]) -> Trajectory:
    states = len(angles)
    return Trajectory(
        time=jnp.arange(states) * 0.1,
        q=jnp.array(angles)[:, None],
        v=jnp.zeros((states, 1)),
        command=jnp.zeros((states - 1, 1)),
        torque=jnp.zeros((states - 1, 1)),
        contact_force=jnp.zeros((states - 1, 2, 3)),
        diverged=jnp.array(False),
        diverged_step=jnp.array(states - 1),
    )


def test_shapes_stand_where_the_joints_put_them(model: Model) -> None:
    recording = record(model, trajectory([0.0, np.pi / 2]))
    hanging, swung = (recording.shape_pose(frame, 0)[0] for frame in (0, 1))
    assert np.allclose(hanging, [0.0, 0.0, 1.5], atol=1e-6)
    assert np.allclose(swung, [-0.5, 0.0, 2.0], atol=1e-6)
    assert np.allclose(recording.center_of_mass[1], swung, atol=1e-6)


def test_limits_are_those_of_the_joint(model: Model) -> None:
    recording = record(model, trajectory([0.0, 0.1]))
    assert np.allclose(recording.limits, [[-1.0, 2.0]])
    assert np.allclose(recording.torque_limit, [[-15.0, 15.0]])


def test_what_is_not_finite_is_cut_off(model: Model) -> None:
    recording = record(model, trajectory([0.0, 0.1, 0.2, np.nan, np.nan]))
    assert recording.diverged
    assert len(recording.time) == len(recording.q) == len(recording.link_position) == 3
    assert len(recording.torque) == 2
    assert not record(model, trajectory([0.0, 0.1])).diverged


def test_a_rollout_lost_from_the_start_keeps_its_first_state(model: Model) -> None:
    lost = replace(trajectory([0.0, np.nan]), diverged=jnp.array(True))
    assert len(record(model, lost).time) == 1
