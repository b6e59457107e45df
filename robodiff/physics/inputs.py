"""What a rollout is given: shapes that it needs, one type, and one size of batch."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from robodiff.errors import InputError, Problem
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model, State


def expect_robot(model: Model, state: State) -> None:
    """Raises `InputError` unless q is (nq,) and v is (nv,), of one robot's model."""
    remedy = "rollout_batch takes a batch"
    _expect_rows(model, state, "", remedy)
    if jnp.ndim(model.gravity) > 1:
        raise _unlike("model.gravity", jnp.shape(model.gravity), "one robot needs (3,)", remedy)


def expect_batch(model: Model, state: State) -> int:
    """The size B of a batch. Raises `InputError` unless q is (nq, B) and v is (nv, B), as many as
    there are models, or one."""
    _expect_rows(model, state, " batch", "the batch is the last axis")
    shapes = (jnp.shape(array)[1:] for array in (state.q, state.v, model.gravity))
    sizes = sorted({size for shape in shapes for size in shape} - {1})
    if len(sizes) > 1:
        told = " and ".join(map(str, sizes))
        raise InputError(f"model and state are batches of {told} robots")
    return sizes[0] if sizes else 1


def _expect_rows(model: Model, state: State, batch: str, remedy: str) -> None:
    for name, array, rows in (("q", state.q, model.nq), ("v", state.v, model.nv)):
        shape = _shape(f"state.{name}", array)
        if len(shape) != 1 + bool(batch) or shape[0] != rows:
            needed = f"this robot needs ({rows},{batch})"
            raise _unlike(f"state.{name}", shape, needed, remedy)


def given_commands(controller: Any, steps: int, nu: int, batch: int | None = None) -> Any:
    """A controller; commands as an array, where they are lists, too. Raises `InputError` unless
    there is one row of nu commands a step, of all robots or of each."""
    if controller is None or callable(controller):
        return controller
    shape, needed = _shape("the array of commands", controller), (steps, nu)
    if shape not in {needed} | ({(*needed, 1), (*needed, batch)} if batch else set()):
        told = f"{steps} steps with {nu} actuators need {needed}"
        remedy = f"or {(*needed, batch)}" if batch else "rollout_batch takes a batch"
        raise _unlike("the array of commands", shape, told, remedy)
    return jnp.asarray(controller)


def expect_command(command: Any, nu: int) -> None:
    """Raises `InputError` unless a controller returned nu numbers."""
    shape = _shape("what the controller returned", command)
    if shape[:1] != (nu,):
        needed = f"{nu} actuators need ({nu},)"
        raise _unlike("what the controller returned", shape, needed, "a batch is a second axis")


def same_dtype(model: Model, state: State) -> tuple[Model, State]:
    """Everything in the widest float type of model and state, so that the scan carries one type."""
    leaves = jax.tree.leaves((model, state))
    dtype = jnp.result_type(*leaves)
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), (model, state))


def same_batch(model: Model, state: State) -> tuple[Model, State]:
    """Everything at one batch size: a sum over the batch in every kernel of the derivative costs
    more."""
    if model.gravity.ndim == 1:
        model = add_batch(model)
    size = max(model.gravity.shape[-1], state.q.shape[-1])
    return jax.tree.map(
        lambda leaf: jnp.broadcast_to(leaf, (*leaf.shape[:-1], size)), (model, state)
    )


def one_each(commands: Array, q: Array) -> Array:
    """An array of commands as one of each robot, (steps, nu, B)."""
    commands = jnp.asarray(commands, q.dtype)
    commands = commands if commands.ndim == 3 else commands[..., None]
    return jnp.broadcast_to(commands, (*commands.shape[:2], q.shape[-1]))


def _shape(name: str, array: Any) -> tuple[int, ...]:
    """The shape of an array, or of a list in the place of one."""
    try:
        return np.shape(array)
    except ValueError:  # numpy names neither the argument nor the remedy
        suggestion = "give as many numbers in each row"
        raise InputError(
            Problem(f"{name} has rows of unlike lengths", suggestion=suggestion)
        ) from None


def _unlike(name: str, shape: tuple[int, ...], needed: str, remedy: str) -> InputError:
    return InputError(Problem(f"{name} has the shape {shape}; {needed}", suggestion=remedy))
