"""Reverse-mode gradients of the shipped experiments equal central differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.experiment.load import load_experiment
from robodiff.optimization.objective import Window
from robodiff.optimization.parameters import Parameters, as_batch

CONTROL_DIRECTIONS = 4
WIDTHS = np.logspace(-4, -8, 9)
"""Half widths of the differences, as fractions of a direction's length."""

HORIZONS = {"cartpole": 1.0, "arm_reach": 1.0, "hopper": 1.0, "quadruped": 0.5, "walker": 0.3}
"""Fraction of each experiment's duration: the whole, or the longest in which differences converge.

A walker that falls is chaotic: a change of its controller has grown 24 times after 1.2 s, 4e3 times
after 2 s and 5e5 times after 4 s, where no width of a difference is both small and above rounding.
The quadruped's differences agree to 2.5e-7 after 1.5 s, 1e-4 after 2.25 s and 6e-4 after 3 s.
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "fraction"),
    [
        pytest.param(*each, marks=pytest.mark.shipped if each[0] == "walker" else ())
        for each in HORIZONS.items()
    ],
)
def test_gradient_of_a_shipped_experiment_is_exact(name, fraction):
    errors = compare(name, fraction)
    assert max(errors.values()) <= 1e-5, errors


def compare(name: str, fraction: float) -> dict[str, float]:
    """Relative error of the gradient along each design parameter and some control directions."""
    experiment = load_experiment(f"configs/{name}.yaml")
    window = Window(fraction)
    base = wiggled(experiment)
    directions = directions_of(experiment, base)
    gradient = reverse(experiment, base, window)
    slopes = {label: dot(gradient, d) for label, d in directions.items()}
    differences = converged_differences(experiment, base, directions, window)
    return {label: abs(slopes[label] / differences[label] - 1.0) for label in directions}


def wiggled(experiment) -> Parameters:
    """Parameters to start from with the noise of a random start: no gradient there is 0."""
    rng = np.random.default_rng(0)
    noise = experiment.optimizer.noise.control
    start = experiment.parameters
    control = jax.tree.map(lambda x: x + noise * rng.normal(size=x.shape), start.control)
    return Parameters(start.design, control)


def directions_of(experiment, base: Parameters) -> dict[str, Parameters]:
    """Each design parameter by its own value, and random changes of the whole control."""
    rng = np.random.default_rng(1)
    zero = jax.tree.map(jnp.zeros_like, base)
    directions = {
        name: Parameters({**zero.design, name: value}, zero.control)
        for name, value in base.design.items()
    }
    for number in range(CONTROL_DIRECTIONS):
        control = jax.tree.map(lambda x: jnp.asarray(rng.normal(size=x.shape)), base.control)
        directions[f"control {number}"] = Parameters(zero.design, control)
    return directions


def reverse(experiment, base: Parameters, window: Window) -> Parameters:
    if window == Window():
        return experiment.value_and_gradient(base)[1]
    return jax.jit(jax.grad(lambda p: experiment.evaluate(as_batch(p), window).loss[0]))(base)


def dot(gradient: Parameters, direction: Parameters) -> float:
    pairs = zip(jax.tree.leaves(gradient), jax.tree.leaves(direction), strict=True)
    return float(sum(jnp.sum(g * d) for g, d in pairs))


def converged_differences(experiment, base, directions, window) -> dict[str, float]:
    """Central differences, extrapolated to width 0 (Richardson) from the two where that changes
    least; one batch holds them all."""
    offsets = np.concatenate([WIDTHS, -WIDTHS])
    moved = [
        jax.tree.map(lambda x, d, h=h: x + h * d, base, direction)
        for direction in directions.values()
        for h in offsets
    ]
    batch = jax.tree.map(lambda *leaves: jnp.stack(leaves, axis=-1), *moved)
    loss = jax.jit(lambda p: experiment.evaluate(p, window).loss)(batch)
    plus, minus = np.asarray(loss).reshape(len(directions), 2, -1).transpose(1, 0, 2)
    plain = (plus - minus) / (2.0 * WIDTHS)
    shrunk = (WIDTHS[0] / WIDTHS[1]) ** 2
    slopes = (shrunk * plain[:, 1:] - plain[:, :-1]) / (shrunk - 1.0)
    best = np.argmin(abs(np.diff(slopes, axis=1)), axis=1)
    return {name: row[i] for name, row, i in zip(directions, slopes, best, strict=True)}
