"""The same again: bitwise."""

from __future__ import annotations

import jax
import numpy as np

from tests.truth.row import Figure, Row
from tests.truth.rows_contact import blocks, simulate_blocks


def repeated(full: bool) -> list[Figure]:
    """Differing numbers when the blocks slide a second time; in full, compiled anew too."""
    first = blocks()
    if full:
        jax.clear_caches()
    second = simulate_blocks()
    differ = sum(
        (np.asarray(a).tobytes() != np.asarray(b).tobytes())
        for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True)
    )
    return [Figure("arrays that differ", differ, 0)]


ROWS = (
    Row(
        "determinism",
        "406 sliding blocks again, compiled again, compared bit for bit; that a resumed "
        "optimization equals the unbroken one bitwise is held by tests/optimization",
        repeated,
    ),
)
