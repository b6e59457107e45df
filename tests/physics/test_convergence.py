"""Without contact, trajectories converge to those of MuJoCo's Runge-Kutta as the step shrinks."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics.model import State
from robodiff.physics.step import step
from robodiff.physics.topology import INTEGRATORS
from tests.oracle import Oracle
from tests.trees import random_model, random_state

DURATION = 0.2
STEPS = (50, 100, 200)
FLYING = {
    "has_ground": False,
    "limited_joints": (),
    "actuator_names": (),
    "actuator_links": (),
    "actuator_kinds": (),
}


def errors(model, oracle):
    """Largest error of q and v at the end for each of `STEPS`."""
    state = random_state(model, 7)
    q, v = oracle.rollout(state, DURATION, 1e-4)

    @jax.jit
    def simulate(count, dt):
        command = jnp.zeros(model.nu)
        return jax.lax.fori_loop(0, count, lambda _, s: step(model, s, command, dt), state)

    result = []
    for count in STEPS:
        end: State = simulate(count, DURATION / count)
        # q and -q are the same rotation, but along one trajectory the sign cannot flip
        result.append(max(abs(end.q - q).max(), abs(end.v - v).max() / abs(v).max()))
    return np.array(result)


def flying_model(integrator):
    return random_model(0, 8, integrator=integrator, **FLYING)


@pytest.mark.parametrize(("integrator", "order"), zip(INTEGRATORS, (2, 1), strict=True))
def test_order_of_convergence(integrator, order):
    model = flying_model(integrator)
    zero = jnp.zeros(model.nv)
    model = eqx.tree_at(lambda m: (m.joints.stiffness, m.joints.damping), model, (zero, zero))
    found = errors(model, Oracle(model))
    orders = np.log2(found[:-1] / found[1:])
    np.testing.assert_allclose(orders, order, atol=0.15)


def test_springs_and_dampers_converge_too():
    model = flying_model("midpoint")
    found = errors(model, Oracle(model, "passive"))
    assert found[-1] < 0.1
    assert (found[:-1] / found[1:] > 1.8).all()
