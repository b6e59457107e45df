"""What floats and touches nothing keeps the momentum of each tree, whatever its joints do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics.kinematics import link_poses, link_velocities
from robodiff.physics.model import State
from robodiff.physics.rollout import rollout
from robodiff.robot.build import build_model
from robodiff.robot.load import parse_robot

TREES = """
name: trees
ground: false
gravity: [0.3, -0.2, -9.81]
links:
  trunk: {joint: {type: free}, shapes: [{box: {size: [0.3, 0.2, 0.1], center: [0.1, 0, 0]}}]}
  arm: {parent: trunk, position: [0.2, 0, 0],
        joint: {type: hinge, axis: [1, 1, 0], limits: {lower: -0.1, upper: 0.1}},
        shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -0.4], radius: 0.03}}]}
  plate: {rotation: [20 deg, 10 deg, 40 deg], joint: {type: planar},
          shapes: [{box: {size: [0.3, 0.2, 0.1], center: [0.1, 0, 0]}}]}
  slab: {parent: plate, position: [0, 0.1, 0], joint: {type: planar, stiffness: 50},
        shapes: [{box: {size: [0.05, 0.3, 0.05]}}]}
actuators: {arm: {}}
"""
DT, STEPS = 0.02, 25


def build():
    model = build_model(parse_robot(TREES))
    v = jnp.asarray(np.random.default_rng(0).normal(size=model.nv))
    return model, State(model.start_q, v)


def fly(model, state):
    command = jnp.asarray(np.random.default_rng(1).normal(size=(STEPS, model.nu)))
    return rollout(model, state, command, dt=DT, steps=STEPS)


def tree_velocity(model, q, v):
    """Velocity of the centre of mass of each tree."""
    poses, speeds = link_poses(model, q), link_velocities(model, q, v)
    arm = jnp.einsum("nij,nj->ni", poses.rotation.reshape(-1, 3, 3), model.links.center)
    speed = speeds.linear + jnp.cross(speeds.angular, arm)
    trees = (slice(0, 2), slice(2, 4))
    return [jnp.average(speed[t], axis=0, weights=model.links.mass[t]) for t in trees]


def test_each_tree_falls_as_a_stone():
    model, state = build()
    path = jax.jit(fly)(model, state)
    before, after = (tree_velocity(model, path.q[k], path.v[k]) for k in (0, -1))
    gain = [b - a for a, b in zip(before, after, strict=True)]
    plane = link_poses(model, state.q).rotation[2].reshape(3, 3)[:, [0, 2]]
    fallen = model.gravity * STEPS * DT
    np.testing.assert_allclose(gain[0], fallen, atol=1e-12)
    np.testing.assert_allclose(plane.T @ gain[1], plane.T @ fallen, atol=1e-12)


@pytest.mark.slow
def test_its_gradient_is_that_of_differences():
    model, state = build()

    def end(v):
        return jnp.sum(fly(model, State(state.q, v)).v[-1] ** 2)

    along, h = jnp.ones(model.nv), 1e-6
    value = jax.jit(end)
    difference = (value(state.v + h * along) - value(state.v - h * along)) / (2 * h)
    gradient = jax.jit(jax.grad(end))(state.v)
    np.testing.assert_allclose(gradient @ along, difference, rtol=1e-7)
