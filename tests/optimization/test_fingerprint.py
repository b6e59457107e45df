"""Fingerprints are the same for the same program, and for no other."""

import functools
import os
import sys
import threading
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import robodiff as rd
from robodiff.optimization import fingerprint as module
from robodiff.optimization.fingerprint import fingerprint
from robodiff.optimization.search import advance
from robodiff.optimization.trusted import UnknownIngredientError


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


WEIGHT = 2.0
TABLE = {"a": 1}


class Gain(NamedTuple):
    """A user's own data."""

    value: float = 1.0

    def times(self, x):
        return self.value * x


SOURCE = """
from dataclasses import dataclass
import jax
import jax.numpy as jnp
from robodiff.tasks.task import Task

@dataclass(frozen=True)
class OwnTask(Task):
    scale: float = {scale}

    def metric(self, x):
        return {sign}self.scale * jnp.add(x, x)

def helper(x):
    return [{sign}each for each in x]

def own(x, gain=Gain({default})):
    place = lambda: {constant}
    return gain.times(helper(x)[0]) * WEIGHT * place() + OwnTask().metric(x) + TABLE["a"]

@jax.jit
def jitted(x):
    return own(x)

@jax.custom_jvp
def ruled(x):
    return x

ruled.defjvp(lambda x, dx: (ruled(x[0]), {sign}dx[0]))
"""
NUMBERS = {"scale": 3.0, "sign": "+", "constant": 0.25, "default": 1.0}


def made(**changes):
    """A user's module, from its text."""
    place = {"Gain": Gain, "WEIGHT": WEIGHT, "TABLE": TABLE, "__name__": "somebody"}
    exec(SOURCE.format(**NUMBERS | changes), place)
    return place


@pytest.mark.parametrize("name", ["own", "jitted", "OwnTask", "ruled"])
def test_code_of_others_is_read_to_the_last_instruction(name):
    again, other = made(), made(sign="-")
    assert fingerprint(made()[name]) == fingerprint(again[name])
    assert fingerprint(made()[name]) != fingerprint(other[name])


@pytest.mark.parametrize("change", [{"scale": 4.0}, {"constant": 0.5}, {"default": 2.0}])
def test_all_that_a_function_of_others_refers_to_counts(change):
    assert fingerprint(made()["own"]) != fingerprint(made(**change)["own"])


@pytest.mark.parametrize(("name", "value"), [("WEIGHT", 3.0), ("TABLE", {"a": 2}), ("helper", len)])
def test_globals_that_a_function_reads_count(name, value):
    place = made()
    before, gradient = fingerprint(place["own"]), jax.value_and_grad(place["own"])
    own = fingerprint(gradient)
    place[name] = value
    assert fingerprint(place["own"]) != before
    assert fingerprint(gradient) != own


def test_globals_that_it_does_not_read_do_not_count():
    place = made()
    before = fingerprint(place["helper"])
    place["WEIGHT"] = 7.0
    assert fingerprint(place["helper"]) == before


def test_objects_of_others_are_what_they_hold():
    class Plain:
        def __init__(self, value):
            self.value = value

        def __call__(self, x):
            return self.value * x

    class Slotted:
        __slots__ = ("value",)

    full, other = Slotted(), Slotted()
    full.value, other.value = 1, 2
    assert fingerprint(Plain(1.0)) == fingerprint(Plain(1.0)) != fingerprint(Plain(2.0))
    assert fingerprint(full) != fingerprint(other)
    assert fingerprint(Gain(1.0)) != fingerprint(Gain(2.0))
    assert fingerprint(Plain([1]).__call__) != fingerprint(Plain([2]).__call__)


def test_attributes_count_wherever_they_lie():
    class Private:
        __slots__ = ("__value",)

        def __init__(self, value):
            self.__value = value

    class Single:
        __slots__ = "value"

    one, other = Single(), Single()
    one.value, other.value = 1, 2
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(Private(1)) == fingerprint(Private(1)) != fingerprint(Private(2))

    def scaled(x):
        return scaled.factor * x

    scaled.factor = 1.0
    before = fingerprint(scaled)
    scaled.factor = 2.0
    assert fingerprint(scaled) != before


@pytest.mark.parametrize("wrapper", [functools.cache, jax.jit, rd.jit])
def test_what_is_wrapped_counts(wrapper, monkeypatch):
    def module(sign):
        place = {"__name__": "somebody", "wrapper": wrapper}
        exec(
            f"@wrapper\ndef helper(x):\n    return {sign}x\ndef own(x):\n    return helper(x)",
            place,
        )
        return place

    found = [module("+"), module("-")]
    for place in found:  # where the wrapper says that it stands
        monkeypatch.setitem(sys.modules, "somebody", SimpleNamespace(**place))
    assert fingerprint(found[0]["own"]) == fingerprint(module("+")["own"])
    assert fingerprint(found[0]["own"]) != fingerprint(found[1]["own"])


def test_a_path_is_its_text():
    assert fingerprint(Path("a/b")) == fingerprint(Path("a") / "b") != fingerprint(Path("a/c"))


def test_a_variable_without_a_value_is_none():
    def own(x):
        return later(x) if x else x

    fingerprint(own)
    later = abs
    del later


def test_functions_that_call_themselves_have_a_fingerprint():
    def down(x):
        return x if x < 1 else down(x - 1)

    def up(x):
        return x if x < 1 else up(x + 1)

    assert fingerprint(down) != fingerprint(up)


def draws(x):
    return x + np.random.normal()


def waits(x):
    return x + time.time()


def reads(x):
    return x + float(os.environ["X"])


def brings(x):
    import random

    return x + random.random()


def looks_around(x):
    return x + globals()["WEIGHT"]


class Numbers(list):
    """Holds more than a `__dict__`, but that is read, too."""


class Odd(threading.local):
    """Of a class that is not written in Python."""


@pytest.mark.parametrize(
    "unknown",
    [draws, waits, reads, brings, looks_around, Odd(), np.array([draws]), threading.Lock()],
)
def test_what_cannot_be_told_has_no_fingerprint(unknown):
    for each in (unknown, partial(advance, unknown), {"metric": unknown}):
        with pytest.raises(UnknownIngredientError):
            fingerprint(each)


def test_a_list_of_ones_own_kind_is_read():
    assert fingerprint(Numbers([1])) != fingerprint(Numbers([2]))


def test_settings_and_code_count(monkeypatch):
    before = fingerprint("x")
    with jax.enable_x64(False):
        short = fingerprint("x")
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    flags = fingerprint("x")
    monkeypatch.setattr(module, "_own_code", lambda: "edited")
    assert len({before, short, flags, fingerprint("x")}) == 4
