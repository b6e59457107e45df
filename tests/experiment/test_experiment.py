import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.experiment.shorten import shortened
from robodiff.optimization.objective import Window
from robodiff.optimization.parameters import Parameters, as_batch
from tests.experiment.files import swing


@pytest.fixture(scope="module")
def parameters():
    start = swing().parameters
    knots = jnp.asarray(np.random.default_rng(0).normal(size=(1, 5)))
    return Parameters(start.design, {"knots": 5 * knots})


def test_the_gradient_equals_central_differences(parameters):
    experiment = swing()
    value, gradient = experiment.value_and_gradient(parameters)
    assert float(value) == pytest.approx(float(experiment.loss(parameters)), rel=1e-12)
    step = 1e-5
    leaves, structure = jax.tree.flatten(parameters)
    for number, leaf in enumerate(leaves):
        for index in np.ndindex(np.shape(leaf)):
            ends = []
            for sign in (1, -1):
                moved = list(leaves)
                moved[number] = jnp.asarray(leaf, float).at[index].add(sign * step)
                ends.append(float(experiment.loss(jax.tree.unflatten(structure, moved))))
            difference = (ends[0] - ends[1]) / (2 * step)
            reverse = float(jax.tree.leaves(gradient)[number][index])
            assert reverse == pytest.approx(difference, rel=1e-6, abs=1e-9)


def test_an_outcome_agrees_with_the_parts_it_is_made_of(parameters):
    outcome = swing().outcome(parameters)
    model, trajectory = swing().rollout(parameters)
    assert outcome.loss == pytest.approx(sum(outcome.terms.values()))
    assert outcome.metrics == {k: float(v) for k, v in swing().metrics(parameters).items()}
    assert trajectory.q.shape == (51, model.nq)
    assert trajectory.time[-1] == pytest.approx(0.5)
    assert not trajectory.diverged


def test_a_shortened_task_ends_early_and_waits_less():
    spec = swing().spec.task
    metrics = {name: m.model_copy(update={"after": 0.4}) for name, m in spec.metrics.items()}
    half = shortened(spec.model_copy(update={"metrics": metrics}), 0.5)
    assert half.duration == 0.25
    assert half.metrics["effort"].after == 0.2


def test_a_window_sees_the_first_part_of_the_task(parameters):
    window = Window(0.5, dissipation_time=2.0, slip_speed=10.0, smoothing=3.0)
    half = swing().evaluate(as_batch(parameters), window)
    _, trajectory = swing().rollout(parameters)
    expected = float(np.mean(np.sum(trajectory.torque[:25] ** 2, axis=1)))
    assert float(half.metrics["effort"][0]) == pytest.approx(expected)
