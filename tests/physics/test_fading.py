"""Derivatives that fade leave the motion alone and forget at the stated rate."""

import jax
import jax.numpy as jnp
import numpy as np

from robodiff.physics.layout import add_batch
from robodiff.physics.model import State
from robodiff.physics.rollout import rollout_batch
from tests.bodies import Body, build

MODEL = add_batch(build(Body("slide", mass=2.0), gravity=(0, 0, 0), ground=False))
DT, STEPS = 0.01, 50


@jax.jit
def end(q, v, memory):
    path = rollout_batch(MODEL, State(q, v), None, dt=DT, steps=STEPS, memory=memory)
    return path.q[-1, 0, 0]


Q, V = jnp.array([[0.3]]), jnp.array([[0.7]])


def test_motion_is_the_same():
    path = rollout_batch(MODEL, State(Q, V), None, dt=DT, steps=STEPS)
    assert end(Q, V, 0.2) == path.q[-1, 0, 0]


def test_without_end_the_derivative_is_the_true_one():
    of_q, of_v = jax.grad(end, (0, 1))(Q, V, jnp.inf)
    np.testing.assert_allclose([of_q[0, 0], of_v[0, 0]], [1.0, DT * STEPS], rtol=1e-12)


def test_derivatives_fade_to_one_part_in_e_over_the_memory():
    of_q, of_v = jax.grad(end, (0, 1))(Q, V, 0.2)
    fading = np.exp(-DT * STEPS / 0.2)
    np.testing.assert_allclose([of_q[0, 0], of_v[0, 0]], [fading, fading * DT * STEPS], rtol=1e-12)


def test_forward_mode_fades_alike():
    tangents = (jnp.ones_like(Q), jnp.zeros_like(V), jnp.zeros(()))
    _, slope = jax.jvp(end, (Q, V, jnp.asarray(0.2)), tangents)
    np.testing.assert_allclose(slope, np.exp(-DT * STEPS / 0.2), rtol=1e-12)
