"""A tape changes how a derivative is computed, not what it is."""

import re
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import robodiff as rd
from robodiff.optimization.programs import Program
from robodiff.physics import kernel, tape
from robodiff.physics.layout import settle
from robodiff.physics.tape import TAPE, Taped, Untaped, are_few
from tests.bodies import Body, build, state

X, SHIFT, SCALE = jnp.asarray([0.3, -1.2, 2.0]), jnp.asarray(0.1), jnp.asarray(1.5)
POLICY = jax.checkpoint_policies.save_only_these_names(TAPE)


def wave(scale, state, shift, factor):
    root = jnp.sqrt(1.0 + settle(state["x"] * state["x"]))
    return {"x": factor * jnp.sin(scale * state["x"] + shift) / root}, {"root": root}


def taped(x, scale, times):
    return Taped(wave, scale, {"x": x}, times)


def untaped(x, scale, _):
    return Untaped(wave, scale, {"x": x})


def total(make, times=4):
    """Of all states and all that is told, as a function of start, constant and argument."""

    def function(x, scale, shift):
        step = make(x, scale, times)

        def one(state, _):
            state, told = step(state, shift, 0.9)
            return state, (state, told)

        one = jax.checkpoint(one, policy=POLICY)
        _, history = jax.lax.scan(one, step.start, None, length=4)
        states, told = step.history(*history)
        return states["x"].sum() + (told["root"] ** 2).sum()

    return function


@pytest.mark.parametrize("times", [4, tape.LONGEST])
def test_both_derivatives_of_both_orders_are_those_without(times):
    at = (X, SCALE, SHIFT)
    check_grads(total(taped, times), at, order=2, modes=("fwd", "rev"))
    for order in (jax.grad, jax.hessian):
        ours, theirs = (order(total(make, times), (0, 1, 2))(*at) for make in (taped, untaped))
        for one, other in zip(*map(jax.tree.leaves, (ours, theirs)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_way_back_computes_no_root_again():
    def roots(make, times):
        gradient = jax.grad(total(make, times))
        return str(jax.make_jaxpr(gradient)(X, SCALE, SHIFT)).count("sqrt")

    assert roots(taped, 4) == 1
    assert roots(taped, tape.LONGEST) == roots(untaped, 4) == 2


def test_neither_constants_nor_a_number_twice_nor_rounding_are_on_the_tape():
    """The derivative reads the state cut in three ways, and the scale."""

    def product(scale, state, shift):
        x = jnp.sin(state["x"])
        cut = settle(settle(x)[1:] * settle(x)[:-1])
        return {"x": settle(x) * scale + shift}, {"root": cut * scale[1:]}

    def value(x, scale):
        step = Taped(product, scale, {"x": x}, 4)
        return sum(part.sum() for part in step(step.start, SHIFT))

    text = str(jax.make_jaxpr(jax.grad(value, (0, 1)))(X, 2.0 * X))
    assert re.findall(r"f64\[(\d+)\] = name\[name=robodiff_tape\]", text) == ["8"]  # sin, cos, cut
    assert "reduce_precision" not in text
    check_grads(value, (X, 2.0 * X), order=2, modes=("fwd", "rev"))


def test_states_of_many_robots_are_those_of_each():
    step = taped(X, SCALE, 4)
    states = jnp.stack([step.start, 2.0 * step.start])
    many, _ = jax.vmap(lambda state: step(state, SHIFT, 0.9))(states)
    np.testing.assert_allclose(many[1], step(states[1], SHIFT, 0.9)[0], rtol=1e-12)


def test_masks_and_numbers_of_other_types_are_on_tapes_of_their_own():
    def kinked(_, state, __):
        order = jnp.argsort(state["x"])
        kept = settle(jnp.where(state["x"] > 0.0, state["x"], 0.1 * state["x"]))
        return {"x": jnp.sin(kept[order]) * state["x"]}, {}

    def value(x):
        step = Taped(kinked, SCALE, {"x": x}, 4)
        return step.state(step(step.start, SHIFT)[0])["x"].sum()

    check_grads(value, (X,), order=1, modes=("fwd", "rev"))


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


def test_each_derivative_of_a_robot_is_that_without_kernels(monkeypatch):
    """Some leave parts of what they are given unread."""
    model = build(Body("planar"), Body("hinge", 0, shape="sphere", actuator="motor"))
    start, commands = state(model), jnp.zeros((3, 1))

    def motion(q, v, commands, gravity):
        robot = replace(model, gravity=gravity)
        moved = rd.rollout(robot, rd.State(q, v), commands, dt=0.002, steps=3)
        return jnp.sum(moved.q**2) + jnp.sum(moved.contact_force[-1])

    at = (start.q, start.v + 0.1, commands, model.gravity)
    plain = jax.jit(jax.grad(motion, (0, 1, 2, 3)))(*at)
    monkeypatch.setattr(kernel, "FEWEST", 1)
    for place, theirs in enumerate(plain):
        program = Program(jax.grad(motion, place), *at)
        program.trace()
        lowered = "".join(each.as_text() for each in program._lowered(kernels=True))
        assert ("xla_cpu_small_call" in lowered) == kernel.KERNELS
        ours = program.finish()(*at)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.skipif(not kernel.KERNELS, reason="few robots have a tape where there are kernels")
def test_gradients_of_few_robots_are_those_of_each(monkeypatch):
    model = build(Body("planar"), Body("hinge", 0, shape="sphere", actuator="motor"))
    start, lengths = state(model), jnp.asarray([0.9, 1.0, 1.2])
    assert are_few(lengths.size, model.nv)

    def motion(lengths, q, v, run):
        robots = jax.tree.map(lambda x: jnp.stack([x] * 3, axis=-1), model)
        links = replace(robots.links, position=robots.links.position * lengths)
        moved = run(replace(robots, links=links), rd.State(q, v))
        return jnp.sum(moved.q[-1] ** 2) + jnp.sum(moved.contact_force[-1])

    def together(robots, start):
        return rd.rollout_batch(robots, start, dt=0.002, steps=3)

    def each(robots, start):
        alone = lambda robot, q, v: rd.rollout(robot, rd.State(q, v), dt=0.002, steps=3)  # noqa: E731
        return jax.vmap(alone, in_axes=-1, out_axes=-1)(robots, start.q, start.v)

    q, v = (jnp.stack([x, 1.1 * x, 0.9 * x], axis=-1) for x in (start.q, start.v + 0.1))
    theirs = jax.jit(jax.grad(partial(motion, run=each), (0, 1, 2)))(lengths, q, v)
    monkeypatch.setattr(kernel, "FEWEST", 1)
    monkeypatch.setattr(kernel, "LEAST", 1)
    program = Program(jax.grad(partial(motion, run=together), (0, 1, 2)), lengths, q, v)
    program.trace()
    assert all("xla_cpu_small_call" in half.as_text() for half in program._lowered(kernels=True))
    for one, other in zip(program.finish()(lengths, q, v), theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


def test_a_batch_is_few_robots_by_their_coordinates():
    assert are_few(1, 1000)
    assert [are_few(robots, 9) for robots in (14, 15)] == [kernel.KERNELS, False]
    assert [are_few(robots, 2) for robots in (4, 5)] == [kernel.KERNELS, False]
    assert not are_few(2, 0)
