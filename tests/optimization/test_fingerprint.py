"""Fingerprints are the same for the same program, and for no other."""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import robodiff as rd
from robodiff.optimization import fingerprint as module
from robodiff.optimization.fingerprint import UnknownIngredientError, fingerprint
from robodiff.optimization.search import advance
from robodiff.tasks.task import Task


def load(*overrides: str) -> rd.Experiment:
    return rd.load_experiment("configs/hopper.yaml", list(overrides))


def test_an_experiment_read_twice_has_one_fingerprint():
    assert fingerprint(partial(advance, load(), True)) == fingerprint(
        partial(advance, load(), True)
    )


def test_every_number_counts():
    files = ["configs/cartpole.yaml", "configs/hopper.yaml", "configs/arm_reach.yaml"]
    experiments = [rd.load_experiment(file) for file in files]
    experiments += [
        load("simulation.dt=0.0041"),
        load("task.duration=2.5"),
        load("optimizer.seed=9"),
    ]
    found = {fingerprint(each) for each in experiments}
    assert len(found) == len(experiments)


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(values, values)
def test_different_values_differ(one, other):
    # Python's 1 == True == 1.0 are three values here, as 0.0 and -0.0 are two; so are two orders of
    # one dictionary, in which a program may be written.
    assert (fingerprint(one) == fingerprint(other)) == (repr(one) == repr(other))


def test_arrays_are_read_to_the_last_bit():
    x = np.array([1.0, 2.0], np.float32)
    others = [np.nextafter(x, 3, dtype=x.dtype), x.astype(float), x[:, None], jnp.asarray(x), x[:1]]
    assert len({fingerprint(each) for each in [x, *others]}) == 6


def test_what_a_function_holds_on_to_counts():
    near, far = load(), load("simulation.dt=0.0041")
    assert fingerprint(partial(advance, 1.0)) != fingerprint(partial(advance, 2.0))
    assert fingerprint(near.evaluate) != fingerprint(far.evaluate)
    assert fingerprint(jax.grad(near.loss)) == fingerprint(jax.grad(load().loss))
    assert fingerprint(jax.grad(near.loss)) != fingerprint(jax.grad(far.loss))
    assert fingerprint(jax.grad(near.loss)) != fingerprint(jax.grad(near.loss, has_aux=True))


@dataclass(frozen=True)
class OwnTask(Task):
    """A user's task: its methods are not robodiff's."""


def test_code_of_others_has_no_fingerprint():
    def own(x):
        return x

    for unknown in (own, partial(advance, own), OwnTask, {"metric": own}, np.array([own])):
        with pytest.raises(UnknownIngredientError):
            fingerprint(unknown)


def test_settings_and_code_count(monkeypatch):
    before = fingerprint("x")
    with jax.enable_x64(False):
        short = fingerprint("x")
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    flags = fingerprint("x")
    monkeypatch.setattr(module, "_own_code", lambda: "edited")
    assert len({before, short, flags, fingerprint("x")}) == 4
