"""Options for XLA: known to it, and barriers hold."""

import jax
import jax.numpy as jnp

from robodiff.physics.compiler_options import OLDER_OPTIONS, OPTIONS, compiler_options
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
