"""Options for XLA: known to it, and barriers hold."""

import jax
import jax.numpy as jnp

from robodiff.physics.compiler_options import (
    LEFT_OUT,
    OLDER_OPTIONS,
    OPTIONS,
    WHOLE_LOOPS,
    compiler_options,
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
    assert program
    entry = program[program.index("ENTRY") :]
    assert entry.count(" fusion(") == 2, entry


def test_loops_over_little_compile():
    # XLA of jax 0.10 has an emitter of its own for them, which knows no barriers.
    def halved(x):
        return jax.lax.fori_loop(0, 3, lambda _, x: settle(0.5 * x + 1.0), x)

    program = jax.jit(halved, compiler_options=compiler_options())
    assert program(jnp.zeros((2, 1)))[0, 0] == 1.75


def test_whole_loops_are_left_to_xla_unless_told_not_to():
    assert WHOLE_LOOPS in str(compiler_options(whole_loops=False)[LEFT_OUT])
    assert (WHOLE_LOOPS in str(compiler_options()[LEFT_OUT])) == (jax.__version_info__ < (0, 11))
