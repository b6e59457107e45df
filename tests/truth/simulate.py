"""Robots from the text of their files, so at the shipped defaults, and compiled rollouts."""

from __future__ import annotations

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from robodiff.physics.compiler_options import compiler_options
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model, State, Trajectory
from robodiff.physics.rollout import rollout_batch
from robodiff.robot.build import build_model
from robodiff.robot.load import parse_robot

G = 9.81
OPTIONS = compiler_options()
"""As the command line compiles its rollouts; the tests compile in two thirds of the time."""


def robot(text: str) -> Model:
    """The model of a robot file's text, as a batch of one."""
    return add_batch(build_model(parse_robot(text)))


@functools.partial(jax.jit, static_argnames="steps", compiler_options=OPTIONS)
def simulate(model: Model, state: State, command=None, *, dt, steps: int) -> Trajectory:
    """`rollout_batch`, compiled; another dt compiles nothing anew."""
    return rollout_batch(model, state, command, dt=dt, steps=steps)


def starts(model: Model, count: int, q: dict | None = None, v: dict | None = None) -> State:
    """`count` copies of the start, with rows of q and v replaced: {row: value or values}."""

    def spread(start, rows):
        copies = np.tile(np.asarray(start), (1, count))
        for row, values in (rows or {}).items():
            copies[row] = values
        return jnp.asarray(copies)

    return State(spread(model.start_q, q), spread(model.start_v, v))


def with_gravity(model: Model, slope) -> Model:
    """Ground that falls towards +x by `slope` [rad, B]: gravity turns instead."""
    gravity = G * jnp.stack([jnp.sin(slope), 0 * slope, -jnp.cos(slope)])
    return eqx.tree_at(lambda m: m.gravity, model, gravity)


def with_friction(model: Model, friction) -> Model:
    """All shapes at `friction` [B]."""
    shapes = model.shapes.friction.shape[0]
    return eqx.tree_at(lambda m: m.shapes.friction, model, jnp.tile(friction, (shapes, 1)))
