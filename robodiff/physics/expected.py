"""The shapes that a rollout needs, said before the trace of a step fails on them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from robodiff.errors import InputError, Problem
from robodiff.physics.model import Model, State


def expect_state(model: Model, state: State, batched: bool) -> None:
    """Raises `InputError` unless q is (nq,) and v is (nv,), in a batch (nq, B) and (nv, B)."""
    remedy = "the batch is the last axis" if batched else "rollout_batch takes a batch"
    for name, array, rows in (("q", state.q, model.nq), ("v", state.v, model.nv)):
        shape = jnp.shape(array)
        if len(shape) != 1 + batched or shape[0] != rows:
            needed = f"({rows}, batch)" if batched else f"({rows},)"
            raise _unlike(f"state.{name}", shape, f"this robot needs {needed}", remedy)


def expect_commands(commands: Any, steps: int, nu: int) -> None:
    """Raises `InputError` unless there is one row of nu commands a step."""
    shape = jnp.shape(commands)
    if shape[:2] != (steps, nu):
        needed = f"{steps} steps with {nu} actuators need ({steps}, {nu})"
        raise _unlike("the array of commands", shape, needed, "a batch is a third axis")


def expect_command(command: Any, nu: int) -> None:
    """Raises `InputError` unless a controller returned nu numbers."""
    shape = jnp.shape(command)
    if shape[:1] != (nu,):
        needed = f"{nu} actuators need ({nu},)"
        raise _unlike("what the controller returned", shape, needed, "a batch is a second axis")


def _unlike(name: str, shape: tuple[int, ...], needed: str, remedy: str) -> InputError:
    return InputError(Problem(f"{name} has the shape {shape}; {needed}", suggestion=remedy))
