"""What is called with plain numbers is compiled once."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import monitoring

from robodiff.physics.dynamics import mass_matrix
from robodiff.physics.rollout import rollout, rollout_batch
from robodiff.physics.step import step
from tests.bodies import Body, build, state

MODEL = build(Body("hinge", actuator="motor"), ground=False)
START = state(MODEL, v=[0.1])


@pytest.fixture(scope="module")
def compiled():
    """Programs that were compiled so far, one entry each."""
    heard: list[str] = []
    monitoring.register_event_duration_secs_listener(
        lambda event, seconds, **_: heard.append(event) if "backend_compile" in event else None
    )
    return heard


@pytest.mark.parametrize("call", [
    lambda speed: rollout(MODEL, state(MODEL, v=[speed]), dt=0.01, steps=3).q[-1],
    lambda speed: rollout(MODEL, START, [[speed]] * 3, dt=0.01, steps=3).q[-1],
    lambda speed: rollout_batch(MODEL, START_TWICE, np.full((3, 1), speed), dt=0.01, steps=3).q[-1],
    lambda speed: step(MODEL, START, [speed], 0.01).q,
    lambda speed: mass_matrix(MODEL, [speed]),
])  # fmt: skip
def test_the_second_call_compiles_nothing(call, compiled):
    first = call(0.1)
    before = len(compiled)
    second = call(0.2)
    assert len(compiled) == before > 0
    assert first.shape == second.shape


START_TWICE = jax.tree.map(lambda x: jnp.stack([x, x], axis=-1), START)


def test_a_controller_that_remembers_is_asked_anew():
    """A callable may read what has changed since."""
    strength = [1.0]
    controller = lambda time, now: jnp.array(strength)  # noqa: E731
    first = rollout(MODEL, START, controller, dt=0.01, steps=1).command
    strength[0] = 2.0
    second = rollout(MODEL, START, controller, dt=0.01, steps=1).command
    assert (float(first[0, 0]), float(second[0, 0])) == (1.0, 2.0)
