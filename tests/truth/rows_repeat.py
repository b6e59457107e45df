"""The same again: bitwise."""

from __future__ import annotations

import tempfile
from pathlib import Path

import jax
import numpy as np

from robodiff.experiment.load import load_experiment
from robodiff.io.run import optimize
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


CARTPOLE = Path(__file__).parents[2] / "configs" / "cartpole.yaml"


def resumed(full: bool) -> list[Figure]:
    """Differing numbers after six iterations of the shipped cartpole, broken off after three."""

    def stop(iteration):
        if iteration.index == 2:
            raise KeyboardInterrupt

    def experiment():
        return load_experiment(CARTPOLE, ["optimizer.iterations=6"])

    with tempfile.TemporaryDirectory() as folder:
        whole = optimize(experiment(), Path(folder) / "whole")
        optimize(experiment(), Path(folder) / "broken", stop)
        rest = optimize(experiment(), Path(folder) / "broken", resume=True)
    ends = [
        jax.tree.leaves((run.history[-1].search.population, run.history[-1].search.best))
        for run in (whole, rest)
    ]
    differ = sum(
        np.asarray(a).tobytes() != np.asarray(b).tobytes() for a, b in zip(*ends, strict=True)
    )
    return [Figure("arrays that differ", differ, 0)]


ROWS = (
    Row(
        "determinism",
        "406 sliding blocks again, compiled again, compared bit for bit",
        repeated,
        longer=True,
    ),
    Row(
        "resume",
        "six iterations of the shipped cartpole, unbroken and broken off after three, through the "
        "files of a run folder; all starts, the optimizer's state and the best compared bit for "
        "bit",
        resumed,
        slow=True,
    ),
)
