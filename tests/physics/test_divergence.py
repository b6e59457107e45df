from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics.divergence import diagnose
from robodiff.physics.model import Trajectory, initial_state
from robodiff.physics.rollout import rollout_batch
from robodiff.robot.build import build_model
from robodiff.robot.load import parse_robot

ROBOT = """
name: arm
links:
  upper:
    joint: {name: shoulder, type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -0.5], radius: 0.02}, density: 1000}]
  lower:
    parent: upper
    position: [0, 0, -0.5]
    joint: {name: elbow, type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -0.5], radius: 0.02}, density: 1000}]
actuators:
  motor: {joint: elbow, type: motor, torque_limit: 5}
ground: false
start: {shoulder: 1.0}
"""
ROD = """
name: rod
links:
  rod:
    joint: {name: pin, type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -0.5], radius: 0.02}, density: 1000}]
ground: false
start: {pin: 1.0}
"""
STEPS = 30


@pytest.fixture(scope="module")
def model():
    return build_model(parse_robot(ROBOT))


def trajectory(v, command=None):
    v = np.asarray(v, float)
    command = np.zeros((len(v) - 1, 1)) if command is None else command
    return Trajectory(
        time=0.01 * np.arange(len(v)),
        q=np.where(np.isfinite(v), 0.0, np.nan),
        v=v,
        command=command,
        torque=command,
        contact_force=np.zeros((len(v) - 1, 0, 3)),
        diverged=np.array(True),
        diverged_step=np.array(0),
    )


def growing(rate=3.0, dof=1):
    v = np.ones((STEPS + 1, 2))
    v[:, dof] = rate ** np.arange(STEPS + 1)
    v[21:] = np.nan
    return v


def test_a_finite_trajectory_has_no_diagnosis(model):
    assert diagnose(model, trajectory(np.ones((4, 2)))) is None


def test_step_time_and_the_fastest_joint_are_told(model):
    found = diagnose(model, trajectory(growing()))
    assert (found.step, found.time) == (20, pytest.approx(0.21))
    assert (found.joint, found.coordinate) == ("elbow", "elbow")
    assert "speed had grown" in found.cause
    assert diagnose(model, trajectory(growing(dof=0))).joint == "shoulder"


def test_a_command_that_swings_every_step_is_a_gain_too_high(model):
    command = 5.0 * (-1.0) ** np.arange(STEPS)[:, None]
    found = diagnose(model, trajectory(growing(), command))
    assert "command of motor" in found.cause
    assert "gain too high" in found.cause


def test_a_command_that_is_not_finite_is_the_cause(model):
    command = np.where(np.arange(STEPS)[:, None] < 20, 1.0, np.nan)
    assert "command of motor is not finite" in diagnose(model, trajectory(growing(), command)).cause


def test_an_impossible_body_is_the_cause(model):
    mass = model.links.mass.at[1].set(-1.0)
    broken = replace(model, links=replace(model.links, mass=mass))
    assert "mass of link lower" in diagnose(broken, trajectory(growing())).cause


def test_one_lost_member_leaves_the_others_gradients_right():
    model = build_model(parse_robot(ROD))

    def distances(mass):
        links = replace(models.links, mass=mass)
        batch = replace(models, links=links)
        q = rollout_batch(batch, initial_state(batch), dt=0.01, steps=STEPS).q
        return jnp.sum(q[-1] ** 2, axis=0)

    models = jax.tree.map(lambda leaf: jnp.repeat(leaf[..., None], 3, axis=-1), model)
    gradient = jax.jit(jax.grad(lambda mass: jnp.sum(distances(mass))))
    healthy = gradient(models.links.mass)
    sick = models.links.mass.at[:, 1].set(jnp.nan)
    among = gradient(sick)
    assert np.array_equal(among[:, [0, 2]], healthy[:, [0, 2]])
    assert np.isfinite(healthy).all()
    assert not np.isfinite(among[:, 1]).all()
