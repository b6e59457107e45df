"""A kernel computes what its function does, and XLA keeps it as one call where it can."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import robodiff as rd
from robodiff.physics import kernel as module
from robodiff.physics.compiler_options import compiled_with, compiler_options
from robodiff.physics.kernel import KERNELS, call_alone, kernel

X, Y = jnp.asarray([0.3, -1.2, 2.0]), jnp.asarray([1.5, 0.2, -0.4])


def wave(x, y):
    return {"sum": jnp.sin(x) + y, "product": jnp.cos(x) * y}


def slope(x, along):
    """Linear in `along`."""
    return jnp.cos(x) * along


def as_kernel(function, alone=False):
    return lambda *arguments: kernel(function, *arguments, alone=alone)


@pytest.fixture
def short(monkeypatch):
    """Kernels of few numbers."""
    monkeypatch.setattr(module, "FEWEST", 1)


def lowered(function, *arguments):
    """As robodiff does it."""
    return lowered_and_options(function, *arguments)[0]


def lowered_and_options(function, *arguments):
    traced = jax.jit(lambda *arguments: function(*arguments)).trace(*arguments)
    options = compiler_options(whole_loops=not call_alone(traced.jaxpr))
    with compiled_with(options):
        return traced.lower(), options


def compiled(function, *arguments):
    program, options = lowered_and_options(function, *arguments)
    return program.compile(options)


def kept(function, *arguments):
    """How many operations XLA is told to keep as calls."""
    return lowered(function, *arguments).as_text().count("xla_cpu_small_call")


def is_kept(function, *arguments):
    return kept(function, *arguments) > 0


def test_values_and_derivatives_of_both_orders_are_those_of_the_function(short):
    for function in (as_kernel(wave), compiled(as_kernel(wave), X, Y)):
        for ours, theirs in zip(*map(jax.tree.leaves, (function(X, Y), wave(X, Y))), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    check_grads(as_kernel(wave), (X, Y), order=2, modes=("fwd", "rev"))


def test_a_batch_of_kernels_is_that_of_the_function(short):
    many = jnp.stack([X, Y])
    both = [jax.jit(jax.vmap(f, in_axes=(0, None)))(many, Y) for f in (as_kernel(wave), wave)]
    for ours, theirs in zip(*map(jax.tree.leaves, both), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_the_transpose_of_a_linear_kernel_is_one(short):
    def back(x, cotangent):
        return jax.linear_transpose(lambda along: kernel(slope, x, along), X)(cotangent)[0]

    np.testing.assert_allclose(compiled(back, X, Y)(X, Y), jnp.cos(X) * Y, rtol=1e-12)
    assert is_kept(back, X, Y) == KERNELS


@pytest.mark.skipif(not KERNELS, reason="XLA keeps kernels from jax 0.11 on")
def test_what_is_large_enough_and_known_to_xla_is_one_call(short, monkeypatch):
    assert is_kept(as_kernel(wave), X, Y)
    assert not is_kept(as_kernel(lambda x, y: jnp.sort(x) + y), X, Y)
    assert not is_kept(as_kernel(lambda x, y: x[y]), X, jnp.arange(3))
    monkeypatch.setattr(module, "FEWEST", 100)
    assert not is_kept(as_kernel(wave), X, Y)


@pytest.mark.skipif(not KERNELS, reason="XLA keeps kernels from jax 0.11 on")
def test_large_is_what_computes_much_however_little_it_reads(short, monkeypatch):
    """Calls inside count by what they compute."""

    def times(count):
        again = jax.jit(lambda x: jnp.sin(jnp.cos(x)))
        return as_kernel(lambda x: sum(again(x + each) for each in range(count)))

    monkeypatch.setattr(module, "FEWEST", 100)
    assert is_kept(times(20), X)
    assert not is_kept(times(2), X)


@pytest.mark.skipif(not KERNELS, reason="XLA keeps kernels from jax 0.11 on")
def test_calls_inside_of_a_kernel_are_not_kept(short):
    def twice(x, y):
        return jax.jit(slope)(jax.jit(slope)(x, y), y)

    assert kept(as_kernel(twice), X, Y) == 1


def test_a_jit_of_the_users_has_no_kernel(short):
    """It may make library calls, which kernels cannot."""
    assert "xla_cpu_small_call" not in jax.jit(as_kernel(wave)).lower(X, Y).as_text()


def test_what_a_kernel_does_not_read_does_not_matter(short):
    empty, mask, count = jnp.zeros(0), X > 0.0, jnp.arange(3)

    def function(x, y, mask, nothing, count, unread):
        return jnp.sin(x) + 0.0 * y, jnp.where(mask, x, 0.0), mask, nothing, count + 2**30

    given = X, Y, mask, empty, count, jnp.arange(2)
    assert is_kept(as_kernel(function), *given) == KERNELS
    ours, theirs = compiled(as_kernel(function), *given)(*given), function(*given)
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-12)


SMALL = {
    "what it does not read": lambda s, y: (0.5 * jnp.sin(s), jnp.cos(s)),
    "what vanishes": lambda s, y: (jnp.sin(s) + 0.0 * y + (y - y), jnp.cos(s)),
    "what goes through": lambda s, y: (s, y),
    "constants": lambda s, y: (jnp.sin(s), jnp.ones(3)),
    "the same twice": lambda s, y: (jnp.sin(s), jnp.sin(s)),
    "truths": lambda s, y: (jnp.where(s > y, s, y), s > y),
}


@pytest.mark.skipif(not KERNELS, reason="XLA keeps kernels from jax 0.11 on")
@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 50])
@pytest.mark.parametrize("name", SMALL)
def test_a_kernel_in_a_loop_is_called_alone_whatever_it_reads(name, steps, alone, monkeypatch):
    def loop(one):
        return lambda s, ys: jax.lax.scan(lambda s, y: (one(s, y)[0], one(s, y)), s, ys)

    monkeypatch.setattr(module, "LEAST", 0)
    ys = jnp.full((steps, 3), 0.3)
    both = loop(as_kernel(SMALL[name], alone)), loop(SMALL[name])
    assert is_kept(both[0], X, ys) == alone
    ours, theirs = (jax.tree.leaves(compiled(each, X, ys)(X, ys)) for each in both)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.skipif(not KERNELS, reason="XLA keeps kernels from jax 0.11 on")
def test_what_is_called_alone_is_known_to_xla_and_no_trifle(monkeypatch):
    def calls(function, *arguments, alone=True):
        inside = jax.jit(as_kernel(function, alone))
        return call_alone(jax.make_jaxpr(lambda *arguments: inside(*arguments))(*arguments))

    assert not calls(wave, X, Y)
    monkeypatch.setattr(module, "LEAST", 0)
    assert calls(wave, X, Y)
    assert not calls(wave, X, Y, alone=False)
    assert not calls(lambda x: jnp.sort(x), X)
    assert not calls(lambda x: kernel(jnp.sin, x, alone=True) + kernel(jnp.sort, x), X)


@pytest.mark.skipif(not KERNELS, reason="XLA keeps kernels from jax 0.11 on")
@pytest.mark.parametrize("robot", ["arm", "hopper"])
def test_all_that_the_gradient_of_a_shipped_robot_does_is_known_to_xla(robot, monkeypatch):
    """One unknown operation, and none of its kernels is called."""
    numbers, rest = eqx.partition(
        rd.build_model(rd.load_robot(f"assets/robots/{robot}.yaml")), eqx.is_inexact_array
    )

    def loss(numbers):
        model = eqx.combine(numbers, rest)
        start = rd.State(jnp.asarray(model.start_q), jnp.asarray(model.start_v))
        return jnp.sum(rd.rollout(model, start, dt=0.004, steps=3).q)

    monkeypatch.setattr(module, "LEAST", 0)
    assert call_alone(jax.make_jaxpr(jax.grad(loss))(numbers))
