"""A rollout names the array whose shape is wrong, and the one that it needs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.errors import InputError
from robodiff.physics.model import State
from robodiff.physics.rollout import rollout, rollout_batch
from tests.bodies import Body, build, state

MODEL = build(Body("hinge", actuator="motor"), Body("hinge", 0, position=(0, 0, -1)))
BATCH = State(jnp.zeros((2, 5)), jnp.zeros((2, 5)))


def refusal(function, *arguments, **settings) -> str:
    with pytest.raises(InputError) as error:
        function(MODEL, *arguments, dt=0.01, **settings)
    return str(error.value)


def test_states():
    assert refusal(rollout, State(jnp.zeros(3), jnp.zeros(2))) == (
        "state.q has the shape (3,); this robot needs (2,) (rollout_batch takes a batch)"
    )
    assert "state.v has the shape (1,)" in refusal(rollout, State(jnp.zeros(2), jnp.zeros(1)))
    assert "rollout_batch takes" in refusal(rollout, BATCH)
    assert refusal(rollout_batch, State(BATCH.q.T, BATCH.v.T), steps=1) == (
        "state.q has the shape (5, 2); this robot needs (2, batch) (the batch is the last axis)"
    )
    assert "needs (2, batch)" in refusal(rollout_batch, state(MODEL), steps=1)


def test_models():
    four = jax.tree.map(lambda leaf: jnp.stack([leaf] * 4, axis=-1), MODEL)
    with pytest.raises(InputError, match=r"model.gravity has the shape \(3, 4\); one robot"):
        rollout(four, state(MODEL))
    with pytest.raises(InputError, match="batches of 4 and 5 robots"):
        rollout_batch(four, BATCH, dt=0.01, steps=1)


def test_commands():
    assert refusal(rollout, state(MODEL), jnp.zeros((1, 3)), steps=3) == (
        "the array of commands has the shape (1, 3); 3 steps with 1 actuators need (3, 1) "
        "(rollout_batch takes a batch)"
    )
    told = refusal(rollout_batch, BATCH, jnp.zeros((3, 2, 5)), steps=3)
    assert "(3, 2, 5); 3 steps with 1 actuators need (3, 1)" in told
    told = refusal(rollout_batch, BATCH, jnp.zeros((3, 1, 4)), steps=3)
    assert "(3, 1, 4); 3 steps with 1 actuators need (3, 1) (or (3, 1, 5))" in told
    assert "has the shape (3, 1, 5)" in refusal(
        rollout, state(MODEL), jnp.zeros((3, 1, 5)), steps=3
    )
    told = refusal(rollout, state(MODEL), lambda time, state: jnp.zeros(2))
    assert "what the controller returned has the shape (2,); 1 actuators need (1,)" in told
    assert refusal(rollout, state(MODEL), [[0.0], [0.0, 1.0]], steps=2) == (
        "the array of commands has rows of unlike lengths (give as many numbers in each row)"
    )


def test_one_model_and_one_row_of_commands_serve_a_whole_batch():
    start = State(jnp.linspace(0, 1, 10).reshape(2, 5), BATCH.v)
    commands = jnp.array([[0.1], [0.2]])
    together = rollout_batch(MODEL, start, commands, dt=0.01, steps=2)
    for robot in range(5):
        alone = State(start.q[:, robot], start.v[:, robot])
        one = rollout(MODEL, alone, commands, dt=0.01, steps=2)
        np.testing.assert_allclose(together.q[..., robot], one.q, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(together.command[..., robot], one.command)
