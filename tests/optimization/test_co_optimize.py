import itertools

import jax
import numpy as np
import pytest

from robodiff.optimization.co_optimize import co_optimize
from robodiff.optimization.schema import OptimizerSpec
from tests.optimization.problems import Bowl

RATES = {"design": 0.1, "control": 0.2}


def settings(**changes):
    known = {"iterations": 40, "starts": 3, "learning_rate": RATES, "normalise_gradient": False}
    return OptimizerSpec.model_validate(known | changes)


def run(problem, **options):
    return list(co_optimize(problem, **options))


def same(one, other):
    leaves = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b) for a, b in leaves)


def timeless(search):
    return jax.tree.leaves((search.population, search.best, search.best_loss, search.iteration))


def test_it_finds_the_optimum_of_design_and_control():
    history = run(Bowl(settings(iterations=150)))
    assert history[-1].best_loss < 1e-2
    assert history[-1].design["length"] == pytest.approx(0.7, abs=0.03)
    assert len(history) == 150
    assert history[-1].simulations == 450


def test_the_first_start_is_the_nominal_one():
    first = run(Bowl(settings(iterations=1)))[0]
    assert first.losses[0] == pytest.approx(10 * 0.2**2 + 5, rel=1e-5)
    assert len(set(first.losses.tolist())) == 3


def test_slopes_are_those_of_the_loss_per_metre():
    first = run(Bowl(settings(iterations=1, starts=1)))[0]
    # d/d(length) of 10 (length - 0.7)^2 at 0.5
    assert first.slopes["length"] == pytest.approx(20 * (0.5 - 0.7), rel=1e-4)
    assert first.slopes["radius"] == 0.0


def test_compilation_is_reported_apart():
    history = run(Bowl(settings(iterations=3)))
    assert history[0].compile_seconds > 10 * history[1].compile_seconds
    assert all(iteration.seconds < 0.1 for iteration in history)


def test_a_frozen_design_does_not_move_and_does_not_differ_between_starts():
    noise = {"design": 1.0, "control": 0.1}
    history = run(Bowl(settings(iterations=5, freeze="design", noise=noise)))
    design = history[-1].search.population.variables.design
    assert np.array_equal(design, np.broadcast_to(design[:, :1], design.shape))
    (length,) = {iteration.design["length"] for iteration in history}
    assert length == pytest.approx(0.5)


def test_a_frozen_control_does_not_move():
    history = run(Bowl(settings(iterations=5, freeze="control", noise={"design": 0.1})))
    assert not np.any(history[-1].search.population.variables.control["gain"])
    assert len({iteration.design["length"] for iteration in history}) > 1


def test_a_start_without_a_finite_gradient_does_not_spoil_the_others():
    noise = {"control": 1.0}
    safe = run(Bowl(settings(noise=noise, iterations=3, starts=6)))
    wide = run(Bowl(settings(noise=noise, iterations=3, starts=6), cliff=-0.6))
    lost = np.isnan(wide[0].losses)
    assert 0 < lost.sum() < 6
    assert wide[0].finite_starts == 6 - lost.sum()
    assert "skipped" in wide[0].notes[0]
    assert np.array_equal(wide[0].losses[~lost], safe[0].losses[~lost])
    assert np.all(np.isfinite(wide[-1].search.population.variables.control["gain"]))


def test_a_start_that_stays_lost_is_begun_anew_near_the_best():
    still = settings(
        noise={"control": 1.0}, starts=6, iterations=4, learning_rate={"design": 0, "control": 0}
    )
    history = run(Bowl(still, cliff=-0.6))
    before, after = (history[i].search.population.variables.control["gain"] for i in (1, 2))
    lost = np.isnan(history[0].losses)
    assert "begun anew" in history[2].notes[0]
    assert np.all(before[:, lost] != after[:, lost])
    assert np.array_equal(before[:, ~lost], after[:, ~lost])


def test_stages_drop_the_worst_starts_and_score_only_the_hard_window():
    stages = [{"iterations": 4, "contact": {"slip_speed": 2}}, {"iterations": 3, "starts": 2}]
    history = run(Bowl(settings(stages=stages)))
    assert [iteration.losses.size for iteration in history] == [3] * 4 + [2] * 3
    assert all(np.isinf(iteration.best_loss) for iteration in history[:4])
    assert np.isfinite(history[4].best_loss)
    assert history[-1].simulations == 18


def test_patience_ends_a_stage_early():
    history = run(Bowl(settings(patience=4, learning_rate={"design": 0, "control": 0})))
    assert len(history) == 5


def test_a_time_limit_ends_the_run():
    assert len(run(Bowl(settings(time_limit=1e-9)))) == 1


def test_it_resumes_bitwise_equal_to_the_unbroken_run():
    stages = [{"iterations": 3}, {"iterations": 4, "starts": 2}]
    problem = Bowl(settings(stages=stages, starts=6, noise={"control": 1.0}), cliff=-0.6)
    whole = run(problem)
    for stop in (2, 3, 5):
        part = list(itertools.islice(co_optimize(problem), stop))
        rest = run(problem, resume=part[-1].search)
        assert len(part) + len(rest) == 7
        assert same(timeless(rest[-1].search), timeless(whole[-1].search))


def test_normalised_gradients_are_reported_raw():
    raw = run(Bowl(settings(iterations=1)))[0].gradient_norm
    normalised = run(Bowl(settings(iterations=1, normalise_gradient=True)))[0].gradient_norm
    assert raw == normalised
    assert raw["control"] > 1


def test_a_start_that_no_longer_improves_goes_back_at_half_the_rate():
    wild = settings(iterations=60, retreat=3, learning_rate={"design": 0, "control": 3.0})
    history = run(Bowl(wild))
    population = history[-1].search.population
    assert np.any(population.rate < 1)
    assert (
        history[-1].best_loss < run(Bowl(wild.model_copy(update={"retreat": None})))[-1].best_loss
    )
