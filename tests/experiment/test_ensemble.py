"""A loss that is averaged over noisy starts."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from robodiff.experiment.load import load_experiment
from robodiff.optimization.objective import Window
from robodiff.optimization.parameters import as_batch
from tests.experiment.files import EXPERIMENT, swing, write_files

NOISY = EXPERIMENT.replace(
    "  metrics:", "  start_noise: {position: 0.05, velocity: 0.2, copies: 3}\n  metrics:"
)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    return load_experiment(write_files(tmp_path_factory.mktemp("noisy"), NOISY))


def test_the_loss_is_the_mean_over_the_copies(noisy):
    parameters = noisy.parameters
    model, trajectory = jax.jit(lambda p: noisy._move(p, Window()))(as_batch(parameters))
    losses = noisy.task.loss(model, trajectory)
    assert losses.shape == (3,)
    assert np.unique(losses).size == 3
    assert float(noisy.loss(parameters)) == pytest.approx(float(losses.mean()), rel=1e-12)


def test_what_is_shown_is_the_exact_start(noisy):
    _, shown = noisy.rollout(noisy.parameters)
    _, exact = swing().rollout(swing().parameters)
    np.testing.assert_allclose(shown.q, exact.q, atol=1e-12)


def test_the_gradient_is_that_of_the_mean(noisy):
    parameters = noisy.parameters
    _, gradient = noisy.value_and_gradient(parameters)
    ends = []
    for step in (1e-5, -1e-5):
        moved = {name: value + step for name, value in parameters.design.items()}
        ends.append(float(noisy.loss(replace(parameters, design=moved))))
    slope = sum(float(value) for value in gradient.design.values())
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)
