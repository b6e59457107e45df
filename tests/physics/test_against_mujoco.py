"""Smooth dynamics equal C MuJoCo's at 100 random states of random forests, in float64.

The forests (`tests/trees.py`) hold every joint type, fixed links and several roots.
"""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import mujoco
import numpy as np
import pytest

from robodiff.physics import dynamics, kinematics
from robodiff.physics.layout import add_batch
from robodiff.physics.model import State
from tests.oracle import Oracle, relative_error
from tests.trees import random_model, random_state

STATES = 100
TOLERANCE = 1e-9
DRIFT_TIME = 0.3


@pytest.fixture(scope="module", params=[(0, 8), (1, 10), (2, 13)])
def case(request):
    """A model and 100 states, one a row, with what robodiff computes there in `ours`."""
    seed, links = request.param
    model = random_model(seed, links)
    states = [random_state(model, 1000 + i) for i in range(STATES)]
    q, v = (np.stack([getattr(state, name) for state in states]) for name in "qv")
    tau = np.random.default_rng(seed).normal(size=(STATES, model.nv)) * 10
    ours = jax.jit(everything)(add_batch(model), q.T, v.T, tau.T)
    ours = jax.tree.map(lambda leaf: np.moveaxis(np.asarray(leaf), -1, 0), ours)
    return SimpleNamespace(
        model=model, oracle=Oracle(model), states=list(zip(q, v, strict=True)), tau=tau, ours=ours
    )


def everything(model, q, v, tau):
    """All smooth quantities of a batch, compiled as one function to save compile time."""
    acceleration = dynamics.forward_dynamics(model, q, v, tau)
    return {
        "mass_matrix": dynamics.mass_matrix(model, q),
        "bias": dynamics.bias_forces(model, q, v),
        "acceleration": acceleration,
        "torque": dynamics.inverse_dynamics(model, q, v, acceleration),
        "energy": dynamics.energy(model, State(q, v)),
        "poses": kinematics.link_poses(model, q),
        "velocities": kinematics.link_velocities(model, q, v),
        "center_of_mass": kinematics.center_of_mass(model, q),
        "displacement": kinematics.displacement(model, q, model.joints.rest),
        "drift": kinematics.drift(model, q, v, DRIFT_TIME),
    }


def test_mass_matrix(case):
    theirs = []
    for state in case.states:
        case.oracle.at(*state)
        theirs.append(case.oracle.mass_matrix())
    assert relative_error(case.ours["mass_matrix"], theirs) < TOLERANCE


def test_bias_forces(case):
    theirs = [case.oracle.at(*state).qfrc_bias.copy() for state in case.states]
    assert relative_error(case.ours["bias"], theirs) < TOLERANCE


def test_smooth_acceleration(case):
    pairs = zip(case.states, case.tau, strict=True)
    theirs = [case.oracle.at(*state, tau=tau).qacc_smooth.copy() for state, tau in pairs]
    assert relative_error(case.ours["acceleration"], theirs) < TOLERANCE


def test_inverse_dynamics_undoes_forward_dynamics(case):
    assert relative_error(case.ours["torque"], case.tau) < TOLERANCE


def test_energy(case):
    theirs = np.array([case.oracle.at(*state).energy.copy() for state in case.states])
    np.testing.assert_allclose(case.ours["energy"].potential, theirs[:, 0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(case.ours["energy"].kinetic, theirs[:, 1], rtol=1e-9)
    np.testing.assert_allclose(case.ours["energy"].total, theirs.sum(axis=1), rtol=1e-9, atol=1e-9)


def test_link_poses(case):
    for i, state in enumerate(case.states):
        data = case.oracle.at(*state)
        np.testing.assert_allclose(case.ours["poses"].position[i], data.xpos[1:], atol=1e-12)
        np.testing.assert_allclose(case.ours["poses"].rotation[i], data.xmat[1:], atol=1e-12)


def test_link_velocities(case):
    for i, state in enumerate(case.states):
        case.oracle.at(*state)
        linear, angular = case.oracle.velocities()
        np.testing.assert_allclose(case.ours["velocities"].linear[i], linear, atol=1e-11)
        np.testing.assert_allclose(case.ours["velocities"].angular[i], angular, atol=1e-11)


def test_center_of_mass(case):
    mass = np.asarray(case.model.links.mass)
    for ours, state in zip(case.ours["center_of_mass"], case.states, strict=True):
        theirs = mass @ case.oracle.at(*state).xipos[1:] / mass.sum()
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_springs_and_dampers(case):
    joints, oracle = case.model.joints, Oracle(case.model, "passive")
    v = np.array([v for _, v in case.states])
    ours = -joints.stiffness * case.ours["displacement"] - joints.damping * v
    theirs = [oracle.at(*state).qfrc_passive.copy() for state in case.states]
    assert relative_error(ours, theirs) < TOLERANCE


def test_drift(case):
    for ours, (q, v) in zip(case.ours["drift"], case.states, strict=True):
        theirs = q.copy()
        mujoco.mj_integratePos(case.oracle.model, theirs, v, DRIFT_TIME)
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_one_robot_is_a_batch_of_one():
    model = random_model(0, 8)
    state, tau = random_state(model, 5), jnp.ones(model.nv)
    one = dynamics.forward_dynamics(model, state.q, state.v, tau)
    arrays = (array[:, None] for array in (state.q, state.v, tau))
    many = dynamics.forward_dynamics(add_batch(model), *arrays)
    np.testing.assert_allclose(one, many[:, 0], rtol=1e-12)


@pytest.mark.parametrize("distance", [1e2, 1e4])
def test_float32_holds_far_from_the_origin(distance):
    """A free robot's mass matrix loses only the digits that its positions lose."""
    kinds = ("free", "hinge", "slide", "ball", "planar", "hinge")
    model = random_model(3, 6, joint_types=kinds, parents=(-1, 0, 1, 2, 1, 4))
    q = random_state(model, 5).q
    rough = dynamics.mass_matrix(in_float32(model), in_float32(q.at[:3].add(distance)))
    assert rough.dtype == jnp.float32
    tolerance = 20 * distance * np.finfo(np.float32).eps
    np.testing.assert_allclose(rough, dynamics.mass_matrix(model, q), atol=tolerance)


def in_float32(tree):
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), tree)
