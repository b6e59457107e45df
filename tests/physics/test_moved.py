"""What is the same number moved is known for one, and found again by moving it."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.ad_checkpoint import checkpoint_name

from robodiff.physics.layout import components, settle
from robodiff.physics.moved import Value, move, unmoved, values

X = jnp.arange(12.0).reshape(4, 3)


def traced(function, *arguments):
    """The program, the values that it gets and those that it gives."""
    closed = jax.make_jaxpr(function)(*arguments)
    given = [Value() for _ in (*closed.consts, *arguments)]
    return closed, given, values(closed, given)


def test_a_value_behind_a_barrier_or_a_name_is_the_same():
    _, (x,), found = traced(lambda x: (x, settle(x), checkpoint_name(settle(x), "name")), X)
    assert found == [x, x, x]


def test_a_value_that_is_cut_twice_in_the_same_way_is_one():
    _, _, found = traced(lambda x: (*components(x), *components(settle(x))), X)
    assert found[:3] == found[3:]
    assert len(set(found)) == 3


def test_a_value_cut_inside_a_function_of_its_own_is_the_same_as_outside():
    inside = jax.jit(lambda x: settle(x[1:]))
    _, _, (one, other) = traced(lambda x: (inside(x), settle(x)[1:]), X)
    assert one is other


def test_what_is_computed_is_a_value_of_its_own():
    _, (x,), (double, double_again, left) = traced(lambda x: (2.0 * x, 2.0 * x, x[1:]), X)
    assert len({x, double, double_again, left}) == 4
    assert list(double.sources()) == []
    assert list(left.sources()) == [x]


def test_cuts_in_different_places_are_different_values():
    _, _, found = traced(lambda x: (x[1:], x[:-1], x[:, 0], x[:, 1], x.T, x.reshape(12)), X)
    assert len(set(found)) == 6


def test_a_constant_of_the_program_is_a_value_that_it_gets():
    table = np.arange(4.0)
    closed, given, (value, product) = traced(lambda x: (jnp.asarray(table), x * table), 1.0)
    assert len(closed.consts) == 1
    assert value is given[0]
    assert product not in given


def test_of_values_and_what_is_moved_from_them_the_first_are_unmoved():
    _, (x, y), found = traced(lambda x, y: (x[1:], 2.0 * y, settle(2.0 * y), y), X, X)
    assert unmoved(found, [x]) == [found[1], found[2], y]
    assert unmoved([*found, *found], [x, y]) == [found[1], found[2]]


def test_a_part_of_what_is_wanted_anyway_is_found_again():
    def function(x):
        whole = x + 1.0
        return whole, components(whole)[2], whole[1:, :2].reshape(6)

    closed, _, found = traced(function, X)
    (whole,) = unmoved(found, [])
    results = jax.core.eval_jaxpr(closed.jaxpr, closed.consts, X)
    known = {whole: results[0]}
    for value, expected in zip(found, results, strict=True):
        np.testing.assert_array_equal(move(value, known), expected)
