import jax
import jax.numpy as jnp
import pytest

from robodiff.optimization.certificate.directional import check_directions
from robodiff.optimization.objective import Evaluation
from robodiff.optimization.schema import Noise, OptimizerSpec
from robodiff.optimization.starts import begin
from tests.optimization.problems import Bowl

SETTINGS = OptimizerSpec(starts=4, noise=Noise(design=0.3, control=0.5))


class Inverted(Bowl):
    """A bowl whose gradient points the wrong way."""

    def evaluate(self, parameters, window):
        told = super().evaluate(parameters, window)
        loss = 2 * jax.lax.stop_gradient(told.loss) - told.loss
        return Evaluation(loss, told.terms, told.metrics, told.diverged)


class Rough(Bowl):
    """A bowl with ripples that no width is narrow enough for."""

    def evaluate(self, parameters, window):
        told = super().evaluate(parameters, window)
        loss = told.loss + jnp.sin(1e9 * (1 + parameters.control["gain"][0]))
        return Evaluation(loss, told.terms, told.metrics, told.diverged)


def check(problem, settings=SETTINGS):
    population = begin(problem, settings)
    return check_directions(problem, population, settings.resolved_stages()[0], True)


@pytest.mark.parametrize(("x64", "error"), [(True, 1e-6), (False, 0.02)])
def test_a_smooth_gradient_agrees_in_every_direction(x64, error):
    with jax.enable_x64(x64):
        certificate = check(Bowl(SETTINGS))
    assert certificate.label == "ok"
    assert {d.kind for d in certificate.directions} == {"gradient", "design", "control"}
    assert certificate.worst_relative_error < error
    assert certificate.precision == ("float64" if x64 else "float32")
    assert "4 of 4 directions agree" in str(certificate)


def test_a_gradient_that_points_the_wrong_way_is_found():
    certificate = check(Inverted(SETTINGS))
    assert certificate.label == "wrong"
    assert "0 of 4 directions agree" in str(certificate)


def test_a_rough_loss_decides_nothing():
    certificate = check(Rough(SETTINGS))
    assert certificate.label == "chaotic"
    assert "too rough to tell" in str(certificate)


def test_one_start_is_checked_in_every_kind_of_direction():
    settings = SETTINGS.model_copy(update={"starts": 1})
    certificate = check(Bowl(settings), settings)
    assert [d.kind for d in certificate.directions] == ["gradient", "design", "control"]


def test_a_start_that_is_lost_is_left_out():
    settings = OptimizerSpec(starts=3, noise=Noise(control=0.5))
    problem = Bowl(settings, cliff=0.0)
    kept = [d.start for d in check(problem, settings).directions]
    gain = begin(problem, settings).variables.control["gain"][0]
    assert kept == [i for i in range(3) if gain[i] <= 0.0]
