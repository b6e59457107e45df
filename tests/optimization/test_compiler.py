"""What surrounds the compilation of an update."""

import gc

import jax
import jax.numpy as jnp
import pytest

from robodiff.optimization.compiler import (
    OLDER_OPTIONS,
    OPTIONS,
    compiler_options,
    without_collector,
)
from robodiff.physics.layout import settle


def test_options_are_all_known_to_this_jax():
    assert compiler_options() in (OPTIONS, OPTIONS | OLDER_OPTIONS)


def test_what_is_settled_is_computed_once():
    # Without the barrier each of 50 sums would compute x y + x again.
    def sums(weight, x, y):
        return jnp.sum(weight * settle(x * y + x), axis=1)

    wide, row = jnp.ones((50, 9, 64)), jnp.ones((1, 9, 64))
    program = jax.jit(sums).lower(wide, row, row).compile(compiler_options()).as_text()
    entry = program[program.index("ENTRY") :]
    assert entry.count(" fusion(") == 2, entry


@pytest.mark.parametrize("enabled", [True, False])
def test_collector_is_as_it_was_after_a_failure(enabled):
    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(ZeroDivisionError), without_collector():
            1 / gc.isenabled()  # False: tracing fails
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()
