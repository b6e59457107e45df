"""A program as two: what both compute is what the whole does."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

from robodiff.optimization.chain import Chain
from robodiff.optimization.halves import LARGER, Half, cut
from robodiff.optimization.programs import Program

X, Y = np.linspace(0.1, 0.9, 4), np.arange(3.0)
SCALE = np.linspace(1.0, 2.0, 4)


def both_ways(x, y, unused):
    """A gradient: a loop forth, one back, and what goes through as it is."""
    step = lambda x, _: (jnp.sin(x * SCALE) + y[0], x.sum())  # noqa: E731
    total = lambda x: jax.lax.scan(step, x, length=5)[1].sum()  # noqa: E731
    return {"back": jax.grad(total)(x), "y": y, "one": 1.0, "forth": total(x)}


def traced(function, *arguments) -> ClosedJaxpr:
    return jax.make_jaxpr(function)(*arguments)


def halves(function, *arguments) -> tuple[Half, Half]:
    found = cut(traced(function, *arguments))
    assert found is not None
    return found


def value(half: Half, values: list) -> list:
    return jaxpr_as_fun(half.closed)(*(values[place] for place in half.takes))


def equations(closed: ClosedJaxpr) -> int:
    return str(closed).count(" = ")


def test_halves_compute_what_the_whole_does():
    first, second = halves(both_ways, X, Y, X)
    given = [X, Y, X]
    ours = value(second, given + value(first, given))
    theirs = jax.tree.leaves(both_ways(X, Y, X))
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6)


def test_the_first_gives_only_what_the_second_needs():
    first, second = halves(both_ways, X, Y, X)
    taken = [place for place in second.takes if place >= 3]
    assert taken == [3 + number for number in range(len(first.closed.out_avals))]
    assert 2 not in (*first.takes, *second.takes)  # which nothing reads


def test_neither_half_is_more_than_its_share():
    whole = equations(traced(both_ways, X, Y, X))
    shares = [equations(half.closed) / whole for half in halves(both_ways, X, Y, X)]
    assert max(shares) <= LARGER
    assert sum(shares) == pytest.approx(1.0, abs=0.1)


def loop(x):
    return jax.lax.scan(lambda x, _: (jnp.sin(jnp.cos(x) * x), None), x, length=5)[0] + 1.0


def told(x):
    jax.debug.print("{}", x.sum())
    return jnp.sin(x) + jnp.cos(x)


@pytest.mark.parametrize("function", [loop, told, jnp.sin, lambda x: x])
def test_what_cannot_be_halved_stays_whole(function):
    assert cut(traced(function, X)) is None


@pytest.fixture
def halved(monkeypatch):
    """Programs whose halves are compiled, whatever they call."""
    monkeypatch.setattr("robodiff.optimization.programs.call_alone", lambda _: True)


def test_a_program_of_halves_gives_the_same_and_is_found_again(halved, folder):
    for known in (False, True):
        program = Program(both_ways, X, Y, unused=X)
        assert program.is_known == known
        program = program.finish()
        assert isinstance(program, Chain)
        ours = program(X, Y, unused=X)
        jax.tree.map(np.testing.assert_allclose, ours, jax.jit(both_ways)(X, Y, X))


def test_other_arguments_than_it_was_compiled_for_are_refused(halved):
    program = Program(both_ways, X, Y, unused=X).finish()
    for wrong in ((X, Y, X), (X, (Y, Y)), (X[:3], Y)):
        with pytest.raises(TypeError, match="compiled"):
            program(*wrong) if len(wrong) == 3 else program(*wrong, unused=X)


def test_memory_of_both_is_planned_as_one(halved):
    program = Program(both_ways, X, Y, unused=X).finish()
    plan, (first, second) = program.memory_analysis(), program.programs
    assert plan.output_size_in_bytes == second.memory_analysis().output_size_in_bytes
    between = sum(each.nbytes for each in first(*([X, Y, X][place] for place in program.takes[0])))
    assert plan.temp_size_in_bytes >= between > 0
    assert 0 < plan.argument_size_in_bytes <= 2 * X.nbytes + Y.nbytes
