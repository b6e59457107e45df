"""What holds for every controller."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.controllers.rows import place_rows, select_rows
from robodiff.errors import InputError
from robodiff.physics.layout import add_batch
from tests.controllers.robots import controller, state

EVERY = {
    "spline": "{type: spline, knots: 4, value: 0.2, offset: 0.1}",
    "periodic": "{type: spline, knots: 4, value: [0, 1, 2, 3], periodic: true}",
    "oscillator": "{type: oscillator, second_harmonic: true, mirror: [['*_left', '*_right']]}",
    "pd": "{type: pd, kp: 5, kd: 1, fixed: [], target: {type: oscillator}, limit: 9}",
    "feedback": "{type: feedback, features: [all, sin.hip_left], init_scale: 0.1}",
    "policy": "{type: policy, hidden: [5], clock: 1}",
    "sum": "{type: sum, parts: [{type: oscillator}, {type: feedback, features: q.torso.*}]}",
}


@pytest.mark.parametrize("text", EVERY.values(), ids=EVERY)
def test_gradients_match_finite_differences(text):
    made = controller(text)
    start = jax.tree.map(lambda x: x + 0.1, made.initial(jax.random.key(0)))

    @jax.jit
    def total(parameters, q, v):
        at = state()
        command = made.command(add_batch(parameters), 0.37, type(at)(at.q + q, at.v + v))
        return jnp.sum(command * jnp.arange(1.0, 5.0)[:, None])

    arguments = (start, jnp.zeros((7, 1)), jnp.zeros((7, 1)))
    gradient = jax.jit(jax.grad(total, argnums=(0, 1, 2)))(*arguments)
    direction = jax.tree.map(lambda x: jnp.cos(1.0 + jnp.arange(x.size)).reshape(x.shape), gradient)
    slope = sum(jax.tree.leaves(jax.tree.map(lambda g, d: jnp.sum(g * d), gradient, direction)))
    ahead, behind = (
        total(*jax.tree.map(lambda x, d, h=h: x + h * d, arguments, direction))
        for h in (1e-6, -1e-6)
    )
    assert float(slope) == pytest.approx(float(ahead - behind) / 2e-6, rel=1e-6)
    assert float(slope) != 0.0


@pytest.mark.parametrize("text", EVERY.values(), ids=EVERY)
def test_members_of_a_batch_do_not_mix(text):
    made = controller(text)
    members = [made.initial(jax.random.key(seed)) for seed in range(3)]
    batch = jax.tree.map(lambda *x: jnp.stack(x, axis=-1), *members)
    at = state(batch=3)
    together = made.command(batch, 0.2, at)
    assert together.shape == (4, 3)
    alone = made.command(add_batch(members[1]), 0.2, jax.tree.map(lambda x: x[:, 1:2], at))
    np.testing.assert_allclose(together[:, 1:2], alone, atol=1e-12)


@pytest.mark.parametrize("text", EVERY.values(), ids=EVERY)
def test_every_scalar_has_a_label_of_its_own(text):
    made = controller(text)
    parameters, labels = made.initial(), made.labels()
    assert jax.tree.structure(parameters) == jax.tree.structure(labels)
    for values, names in zip(jax.tree.leaves(parameters), jax.tree.leaves(labels), strict=True):
        assert values.shape == names.shape
        assert len(set(names.ravel())) == names.size


def test_open_loop_controllers_give_all_commands_at_once():
    made = controller("{type: sum, parts: [{type: oscillator}, {type: spline, value: 1}]}")
    parameters, times = add_batch(made.initial()), jnp.array([0.1, 0.7])
    rows = made.commands(parameters, times)
    for row, time in zip(rows, times, strict=True):
        np.testing.assert_allclose(row, made.command(parameters, time, None))
    with pytest.raises(ValueError, match="needs the state"):
        controller("{type: feedback, features: all}").commands(parameters, times)


def test_noise_comes_with_a_key_and_repeats():
    made = controller("{type: spline, knots: 4, init_scale: 0.1}")
    one, two, again = (made.initial(jax.random.key(seed))["knots"] for seed in (1, 2, 1))
    assert float(jnp.abs(made.initial()["knots"]).max()) == 0.0
    np.testing.assert_array_equal(one, again)
    assert float(jnp.abs(one - two).max()) > 0.01


def test_fixed_parameters_are_no_parameters():
    made = controller("{type: oscillator, fixed: [frequency, offset]}")
    assert set(made.initial()) == {"amplitude", "phase"}


def test_rows_can_be_picked_and_put_back():
    x = jnp.arange(12.0).reshape(6, 2)
    for rows in ([0, 1], [1, 2, 5], [5, 0, 1], [2, 2, 3], [], list(range(6))):
        np.testing.assert_array_equal(select_rows(x, rows), np.asarray(x)[np.array(rows, int)])
    placed = place_rows(x[:3], [0, 1, 4], 6)
    np.testing.assert_array_equal(placed[jnp.array([0, 1, 4])], x[:3])
    assert float(jnp.abs(placed[jnp.array([2, 3, 5])]).max()) == 0.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{type: splin}", "did you mean spline"),
        ("{type: spline, actuators: hip_lft}", "did you mean hip_left"),
        ("{type: spline, value: {hip_lft: 1}}", r"controller\.value\.hip_lft.*did you mean"),
        ("{type: spline, value: [1, 2]}", "expected 1 or 10 numbers"),
        ("{type: spline, fixed: [knotz]}", "did you mean knots"),
        ("{type: spline, period: 1}", "periodic"),
        ("{type: oscillator, frequency: -1}", "greater than 0"),
        ("{type: oscillator, frequency: {hip_left: 2}}", "own_frequency"),
        ("{type: oscillator, mirror: [['*_left', '*_rihgt']]}", "no actuator is named"),
        ("{type: oscillator, mirror: [[hip_left, hip_right], ['*_left', '*_right']]}", "already"),
        ("{type: oscillator, amplitude: true}", "expected a number"),
        ("{type: pd, kp: 1, kd: 1}", "missing key 'target'"),
        ("{type: feedback, features: q.torso.pich}", "did you mean q.torso.pitch"),
        ("{type: feedback, features: all, gains: {hip_left: {q.hip_lef: 1}}}", "no feature"),
        ("{type: policy, hiden: [3]}", "did you mean hidden"),
    ],
)
def test_mistakes_name_their_place_and_a_way_out(text, message):
    with pytest.raises(InputError, match=message) as caught:
        controller(text)
    assert all(problem.line and problem.key for problem in caught.value.problems)


def test_every_mistake_is_reported_at_once():
    with pytest.raises(InputError) as caught:
        controller("{type: spline, actuators: [hip_left, hop], fixed: [x], limit: {elbow: 1}}")
    assert len(caught.value.problems) == 3


def test_schemas_do_not_need_jax():
    modules = "robodiff.controllers.schema, robodiff.tasks.schema"
    program = f"import sys, {modules}; assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
