"""`rd.jit` is `jax.jit`, but for the second process."""

import os
import subprocess
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import robodiff as rd
from robodiff.optimization.programs import Program

X = np.arange(6.0).reshape(2, 3)


def length(x, scale=2.0):
    """A user's own function."""
    return scale * jnp.sqrt(jnp.sum(x**2, axis=0))


def test_is_like_a_jitted_function():
    function = rd.jit(length)
    assert function.__name__ == "length"
    np.testing.assert_allclose(function(X)[0], 6.0)
    np.testing.assert_allclose(function(X[:, :1]), [6.0])
    np.testing.assert_allclose(function(X, scale=1.0)[0], 3.0)
    np.testing.assert_allclose(function(scale=jnp.asarray(1.0), x=X)[0], 3.0)
    np.testing.assert_allclose(jax.grad(lambda x: function(x).sum())(X)[1, 0], 2.0)
    np.testing.assert_allclose(jax.vmap(function)(X[None])[0, 0], 6.0)
    np.testing.assert_allclose(jax.jit(function)(X)[0], 6.0)
    assert function(X, np.float64(0.0))[0] == 0.0
    with jax.enable_x64(False):
        assert function(X.astype(np.float32)).dtype == np.float32


def test_works_inside_transformations_of_what_it_closes_over():
    def scaled(a):
        return rd.jit(lambda x: a * x)(2.0)

    np.testing.assert_allclose(jax.grad(scaled)(3.0), 2.0)
    np.testing.assert_allclose(jax.vmap(scaled)(X[0]), 2.0 * X[0])


def test_numbers_of_python_take_the_type_of_what_they_meet(folder):
    product = rd.jit(lambda x, scale: scale * x)
    for scale in (2.0, np.float64(2.0)):
        like = jax.jit(lambda x, scale: scale * x)(X.astype(np.float32), scale)
        assert product(X.astype(np.float32), scale).dtype == like.dtype


def test_trees_go_in_and_come_out():
    @rd.jit
    @jax.value_and_grad
    def loss(tree):
        return (tree["a"] * tree["b"]).sum()

    value, gradient = loss({"a": 2.0 * X, "b": X})
    np.testing.assert_allclose(value, 2 * (X**2).sum())
    np.testing.assert_allclose(gradient["b"], 2 * X)


def test_can_be_debugged(folder):
    function = rd.jit(length)
    with jax.debug_nans(True), pytest.raises(FloatingPointError):
        function(X * np.nan)
    with jax.disable_jit():
        np.testing.assert_allclose(function(X)[0], 6.0)
    assert not folder.exists()


def test_what_is_known_is_not_traced(folder, monkeypatch):
    value = rd.jit(partial(length, scale=3.0))(X)
    monkeypatch.setattr(Program, "_trace", lambda self: pytest.fail("traced"))
    np.testing.assert_array_equal(rd.jit(partial(length, scale=3.0))(X), value)
    with pytest.raises(pytest.fail.Exception, match="traced"):
        rd.jit(partial(length, scale=4.0))(X)


SCRIPT = """
import sys
import jax
import jax.numpy as jnp
import robodiff as rd

spec = rd.load_robot("assets/robots/pendulum.yaml")
design = rd.Design.from_spec(spec)

@rd.jit
@jax.value_and_grad
def final_angle(design, speed=0.0):
    print("traced")
    model = rd.build_model(spec, design)
    start = rd.initial_state(model)
    path = rd.rollout(model, rd.State(start.q, start.v + speed), dt=0.002, steps={steps})
    return jnp.sin(path.q[-1, 0])

value, gradient = final_angle(design)
print(value, *gradient.values.values())
"""


@pytest.mark.slow
def test_a_users_gradient_is_found_again_by_a_second_process(tmp_path):
    environment = os.environ | {"ROBODIFF_COMPILE_CACHE": str(tmp_path)}

    def run(steps):
        command = [sys.executable, "-c", SCRIPT.format(steps=steps)]
        return subprocess.check_output(command, text=True, env=environment).split()

    first, second, longer = run(50), run(50), run(60)
    assert (first[0], longer[0]) == ("traced", "traced")
    assert second == first[1:]
    assert second != longer[1:]
