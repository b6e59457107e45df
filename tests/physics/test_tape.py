"""A tape changes how a derivative is computed, not what it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import robodiff as rd
from robodiff.physics import tape
from robodiff.physics.layout import settle
from robodiff.physics.tape import TAPE, with_tape

X = jnp.asarray([0.3, -1.2, 2.0])
POLICY = jax.checkpoint_policies.save_only_these_names(TAPE)


def wave(x, scale):
    root = jnp.sqrt(1.0 + settle(x * x))
    return {"wave": jnp.sin(scale * x) / root, "root": root}


def total(step, times=4):
    """Of a rollout that keeps tapes."""
    kept = jax.checkpoint(lambda x, _: (step(x, 1.5)["wave"], None), policy=POLICY)
    return lambda x: jax.lax.scan(kept, x, None, length=times)[0].sum()


@pytest.mark.parametrize("times", [4, tape.LONGEST])
def test_both_derivatives_of_both_orders_are_those_without(times):
    taped = with_tape(wave, times)
    check_grads(lambda x: taped(x, 1.5), (X,), order=2, modes=("fwd", "rev"))
    for order in (jax.grad, jax.hessian):
        np.testing.assert_allclose(order(total(taped))(X), order(total(wave))(X), rtol=1e-12)


def test_the_way_back_computes_no_root_again():
    def roots(step):
        return str(jax.make_jaxpr(jax.grad(total(step)))(X)).count("sqrt")

    assert roots(with_tape(wave, 4)) == 1
    assert roots(with_tape(wave, tape.LONGEST)) == roots(wave) == 2


def test_arguments_may_be_of_any_kind():
    taped = with_tape(wave, 4)
    np.testing.assert_allclose(taped(X, jnp.asarray(2))["root"], wave(X, 2)["root"])
    assert jax.grad(lambda scale: taped(X, scale)["wave"].sum())(1.5) != 0.0
    np.testing.assert_allclose(
        jax.vmap(taped, (0, None))(X[None], 1.5)["wave"][0], taped(X, 1.5)["wave"]
    )


def test_a_robots_gradient_is_that_of_a_batch():
    spec = rd.load_robot("assets/robots/pendulum.yaml")
    model = rd.build_model(spec, rd.Design.from_spec(spec))
    start = rd.initial_state(model)

    def alone(v):
        return rd.rollout(model, rd.State(start.q, v), dt=0.01, steps=20).q[-1].sum()

    def batch(v):
        both = jax.tree.map(lambda x: jnp.stack([x, x], axis=-1), (model, rd.State(start.q, v)))
        return rd.rollout_batch(*both, dt=0.01, steps=20).q[-1, :, 0].sum()

    v = start.v + 1.0
    np.testing.assert_allclose(jax.grad(alone)(v), jax.grad(batch)(v), rtol=1e-12)
