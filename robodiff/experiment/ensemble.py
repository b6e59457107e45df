"""Copies of a batch that start a little differently, judged as one: a robust objective.

Copies lie one after another on the batch axis; the first starts exactly as the task says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import jax
import jax.numpy as jnp

from robodiff.optimization.objective import Evaluation
from robodiff.physics.model import Trajectory

Tree = TypeVar("Tree")


def repeat(tree: Tree, copies: int) -> Tree:
    """A batch, `copies` times."""
    if copies == 1:
        return tree
    return jax.tree.map(lambda leaf: jnp.concatenate([leaf] * copies, axis=-1), tree)


def average(evaluation: Evaluation, copies: int) -> Evaluation:
    """Mean of loss, terms and metrics over the copies; diverged where any copy did."""
    if copies == 1:
        return evaluation

    def mean(rows):
        return rows.reshape(copies, -1).mean(axis=0)

    diverged = evaluation.diverged.reshape(copies, -1).any(axis=0)
    terms, metrics = jax.tree.map(mean, (evaluation.terms, evaluation.metrics))
    return Evaluation(mean(evaluation.loss), terms, metrics, diverged)


def first_copy(tree: Tree, copies: int) -> Tree:
    """The copy that starts exactly as the task says."""
    if copies == 1:
        return tree
    if isinstance(tree, Trajectory):  # its time has no batch axis
        rest = {name: leaf for name, leaf in vars(tree).items() if name != "time"}
        return replace(tree, **first_copy(rest, copies))
    return jax.tree.map(lambda leaf: leaf[..., : leaf.shape[-1] // copies], tree)
