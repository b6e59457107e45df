from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.optimization.baselines import cma_es, control_only, gradient_descent, random_search
from robodiff.optimization.gradient_free import gradient_free
from robodiff.optimization.iteration import Outcome
from robodiff.optimization.objective import Window
from robodiff.optimization.parameters import Parameters, as_batch, member, to_parameters
from robodiff.optimization.schema import OptimizerSpec
from robodiff.optimization.slopes import changes_by_scores
from tests.optimization.problems import Bowl

SETTINGS = OptimizerSpec.model_validate(
    {"noise": {"control": 1.0}, "learning_rate": {"design": 0.1, "control": 0.2}, "starts": 2}
)


@pytest.fixture(scope="module")
def bowl():
    return Bowl(SETTINGS)


def test_cma_finds_the_optimum(bowl):
    trial = cma_es(bowl, budget=800)
    assert trial.loss < 1e-3
    assert trial.parameters.control["gain"] == pytest.approx(np.array([1, -2]), abs=0.1)
    assert trial.simulations == 800


@pytest.mark.parametrize("method", [cma_es, random_search])
def test_a_seed_gives_the_same_trial_again(bowl, method):
    one, again, other = (method(bowl, 48, seed).history for seed in (3, 3, 4))
    assert one == again != other
    assert [simulations for simulations, _ in one] == [16, 32, 48]


@pytest.mark.parametrize("method", [cma_es, random_search, gradient_descent])
def test_the_best_loss_never_rises(bowl, method):
    losses = [loss for _, loss in method(bowl, 96).history]
    assert losses == sorted(losses, reverse=True)


def test_random_search_is_beaten_by_the_gradient(bowl):
    assert gradient_descent(bowl, 200).loss < random_search(bowl, 200).loss


def test_the_control_alone_does_worse_than_design_and_control_together(bowl):
    alone = control_only(bowl, 200)
    assert alone.parameters.design["length"] == pytest.approx(0.5)
    assert gradient_descent(bowl, 200).loss < alone.loss


def test_members_that_diverge_are_only_the_worst():
    assert cma_es(Bowl(SETTINGS, cliff=0.5), budget=160).loss < 1.0


def without_gradient(**changes):
    return OptimizerSpec.model_validate({"iterations": 10, "starts": 8, **changes})


def test_a_method_without_gradients_has_the_budget_of_the_gradient():
    settings = without_gradient(method="cma")
    history = list(gradient_free(Bowl(settings)))
    assert settings.updates == len(history) == 5
    assert history[-1].simulations == settings.simulations == 80
    assert without_gradient().updates == 10


@pytest.mark.parametrize(("freeze", "fixed"), [("design", "length"), ("control", "gain")])
def test_what_is_frozen_stays(freeze, fixed):
    settings = without_gradient(method="random", freeze=freeze)
    bowl = Bowl(settings)
    search = list(gradient_free(bowl))[-1].search
    best = member(to_parameters(bowl.design, as_batch(search.best)), 0)
    start = {"length": 0.5, "gain": [0.0, 0.0]}
    found = {"length": best.design["length"], "gain": best.control["gain"]}
    free = ({*start} - {fixed}).pop()
    assert np.allclose(found[fixed], start[fixed])
    assert not np.allclose(found[free], start[free])


def test_the_best_place_has_the_best_loss():
    bowl = Bowl(without_gradient(method="cma"))
    last = list(gradient_free(bowl))[-1]
    place = to_parameters(bowl.design, as_batch(last.search.best))
    assert float(bowl.evaluate(place, Window()).loss[0]) == pytest.approx(last.best_loss, rel=1e-5)


def test_a_time_limit_ends_it():
    settings = without_gradient(method="random", iterations=100_000, time_limit=0.05)
    assert len(list(gradient_free(Bowl(settings)))) < 1000


@pytest.mark.parametrize("method", ["cma", "random"])
def test_small_steps_about_the_result_are_scored(method):
    bowl = Bowl(without_gradient(method=method))
    assert changes_by_scores(bowl, bowl_outcome(0.65)) == {}  # nothing is compiled yet
    list(gradient_free(bowl))
    changes = changes_by_scores(bowl, bowl_outcome(0.65))
    # 10 (x - 0.7)^2, and the radius does nothing.
    expected = [10 * (0.65 * f - 0.7) ** 2 - 10 * 0.05**2 for f in (0.99, 1.01)]
    assert changes["length"] == pytest.approx(expected, abs=2e-5)
    assert changes["radius"] == pytest.approx([0.0, 0.0], abs=1e-6)


def test_what_is_frozen_has_no_small_steps():
    bowl = Bowl(without_gradient(method="random", freeze="design"))
    list(gradient_free(bowl))
    assert changes_by_scores(bowl, bowl_outcome(0.65)) == {}


def bowl_outcome(length: float) -> Outcome:
    """A place, of which only the parameters count."""
    design = {name: jnp.asarray(x) for name, x in {"length": length, "radius": 0.05}.items()}
    parameters = Parameters(design, {"gain": jnp.array([1.0, -2.0])})
    nothing: Any = None
    return Outcome(parameters, 0.0, {}, {}, nothing, nothing)
