"""What a rollout is given: shapes that it needs, one type, and one size of batch."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from robodiff.errors import InputError, Problem
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model, State


def expect_state(model: Model, state: State, batched: bool) -> None:
    """Raises `InputError` unless q is (nq,) and v is (nv,), in a batch (nq, B) and (nv, B), as many
    as there are models, or one."""
    remedy = "the batch is the last axis" if batched else "rollout_batch takes a batch"
    for name, array, rows in (("q", state.q, model.nq), ("v", state.v, model.nv)):
        shape = jnp.shape(array)
        if len(shape) != 1 + batched or shape[0] != rows:
            needed = f"({rows}, batch)" if batched else f"({rows},)"
            raise _unlike(f"state.{name}", shape, f"this robot needs {needed}", remedy)
    sizes = {jnp.shape(array)[-1] for array in (state.q, state.v)} if batched else set()
    sizes |= set(jnp.shape(model.gravity)[1:])
    if not batched and sizes:
        raise _unlike("model.gravity", jnp.shape(model.gravity), "one robot needs (3,)", remedy)
    if len(sizes - {1}) > 1:
        told = " and ".join(map(str, sorted(sizes)))
        raise InputError(f"model and state are batches of {told} robots")


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


def as_array(controller: Any) -> Any:
    """Commands as one array, where they are lists, too."""
    return controller if controller is None or callable(controller) else jnp.asarray(controller)


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


def one_each(commands: Array, steps: int, nu: int, q: Array) -> Array:
    """An array of commands as one of each robot, (steps, nu, B)."""
    expect_commands(commands, steps, nu)
    commands = jnp.asarray(commands, q.dtype)
    commands = commands if commands.ndim == 3 else commands[..., None]
    return jnp.broadcast_to(commands, (steps, nu, q.shape[-1]))


def _unlike(name: str, shape: tuple[int, ...], needed: str, remedy: str) -> InputError:
    return InputError(Problem(f"{name} has the shape {shape}; {needed}", suggestion=remedy))
