"""Many steps: one scan, checkpointed, for one robot or a batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from robodiff.physics.alone import compiled_alone
from robodiff.physics.fading import fade
from robodiff.physics.inputs import (
    expect_batch,
    expect_command,
    expect_robot,
    given_commands,
    one_each,
    same_batch,
    same_dtype,
)
from robodiff.physics.layout import add_batch, drop_batch
from robodiff.physics.linear import SOLUTION
from robodiff.physics.model import Model, State, Trajectory
from robodiff.physics.newton import Forces
from robodiff.physics.parts import join, kept_names, number_of_parts, pack, split
from robodiff.physics.scene import Prepared, prepare
from robodiff.physics.step import advance
from robodiff.physics.tape import TAPE, Taped, Untaped, are_few

Controller = Callable[[Array, State], Array] | Array | None
"""(time, state) -> command, an array of commands (one row a step), or None for zero."""


def rollout(
    model: Model,
    state: State,
    controller: Controller = None,
    *,
    dt: float = 0.002,
    steps: int = 1000,
) -> Trajectory:
    """Simulate one robot for `steps` steps of `dt` seconds.

    Args: controller, a callable (time, state) -> command (nu,), an array (steps, nu), or None for
    zero.

    Raises `InputError` where the state or the commands have another shape than the robot needs.
    """
    expect_robot(model, state)
    controller = given_commands(controller, steps, model.nu)
    run = _rollout_one if _is_new_each_time(controller, dt) else _compiled_rollout_one
    return run(model, state, controller, dt, steps)


def rollout_batch(
    model: Model,
    state: State,
    controller: Controller = None,
    *,
    dt: float,
    steps: int,
    memory: Array | float | None = None,
) -> Trajectory:
    """Simulate a batch; every array but `time` has the batch on its last axis. A model or an array
    of commands without that axis is one for all robots.

    Args: memory, the time [s] in which derivatives through the state fade to 1/e; None for never,
    which is the true derivative.

    Memory of its reverse-mode derivative grows as steps x state: each step is computed again on the
    way back, but for what it solved (`parts.kept_names`). Few robots (`tape.are_few`) keep more of
    it, up to 256 MiB in float32. Large batches go through in parts that
    fit a processor's cache, unless `controller` is a callable, which may hold numbers of each
    robot.

    Raises `InputError` where the state or the commands have another shape than the robot needs.
    """
    batch = expect_batch(model, state)
    controller = given_commands(controller, steps, model.nu, batch)
    run = _rollout_batch if _is_new_each_time(controller, dt) else _compiled_rollout_batch
    return run(model, state, controller, dt, steps, memory)


def _is_new_each_time(controller: Controller, dt: Any) -> bool:
    """Whether a rollout is traced at each call: what a callable reads may have changed."""
    return callable(controller) or not isinstance(dt, int | float)


def _rollout_one(
    model: Model, state: State, controller: Controller, dt: float, steps: int
) -> Trajectory:
    return _rollout(*same_dtype(model, state), controller, dt, steps, None)


def _rollout_batch(
    model: Model, state: State, controller: Controller, dt: float, steps: int, memory: Any
) -> Trajectory:
    model, state = same_batch(*same_dtype(model, state))
    if controller is not None and not callable(controller):
        controller = one_each(controller, state.q)
    batch = state.q.shape[-1]
    if batch == 1:
        return _alone(model, state, controller, dt, steps, memory)
    parts = number_of_parts(model.nv, batch)
    if parts == 1 or callable(controller) or not _is_one(memory):
        return _rollout(model, state, controller, dt, steps, memory)
    numbers, unpack = pack((model, state))
    divided = jax.tree.map(lambda leaf: split(leaf, parts), (numbers, controller))

    def one(part):
        numbers, controller = part
        model, state = unpack(numbers)
        return _rollout(model, state, controller, dt, steps, memory, (SOLUTION,))

    done = lax.map(one, divided)
    return replace(jax.tree.map(join, done), time=done.time[0])


def _alone(model: Model, state: State, controller: Controller, dt, steps, memory) -> Trajectory:
    """A batch of one as a single robot: a fifth faster, since XLA's loops over an axis of length 1
    are loops, too."""
    if callable(controller):
        asked = controller
        controller = lambda time, state: drop_batch(asked(time, add_batch(state)))  # noqa: E731
    elif controller is not None:
        controller = drop_batch(controller)
    if jnp.ndim(memory):
        memory = drop_batch(memory)
    model, state = drop_batch((model, state))
    trajectory = _rollout(model, state, controller, dt, steps, memory)
    return replace(add_batch(trajectory), time=trajectory.time)


def _is_one(memory: Array | float | None) -> bool:
    """Whether derivatives fade alike for all robots."""
    return memory is None or jnp.ndim(memory) == 0


def _rollout(
    model: Model,
    state: State,
    controller: Controller,
    dt: float,
    steps: int,
    memory: Array | float | None,
    names: tuple[str, ...] | None = None,
) -> Trajectory:
    """Simulate one robot or a batch in one piece, keeping what is named for the way back."""
    if names is None:
        names = kept_names(model.nv, math.prod(state.q.shape[1:]), steps)
    q, v = state.q, state.v
    step = _stepper(model, q, v, steps, _is_one(memory))
    times = dt * jnp.arange(steps, dtype=q.dtype)
    commands = None
    if controller is not None and not callable(controller):
        commands = jnp.asarray(controller, q.dtype)
    h = dt if isinstance(dt, int | float) else jnp.asarray(dt, q.dtype)
    kept = None if memory is None else jnp.exp(-dt / jnp.asarray(memory, q.dtype))
    policy = jax.checkpoint_policies.save_only_these_names(*names, TAPE)

    @partial(jax.checkpoint, policy=policy, prevent_cse=isinstance(step, Untaped))
    def one_step(state, now):
        if kept is not None:
            state = jax.tree.map(lambda part: fade(part, kept), state)
        time, command = now
        if callable(controller):
            command = jnp.asarray(controller(time, State(*step.state(state))), q.dtype)
            expect_command(command, model.nu)
        elif command is None:
            command = jnp.zeros((model.nu, *q.shape[1:]), q.dtype)
        state, told = step(state, command, h)
        return state, (state, command, told)

    _, (states, command, told) = lax.scan(one_step, step.start, (times, commands))
    (qs, vs), forces = step.history(states, told)
    finite = jnp.isfinite(qs).all(axis=1) & jnp.isfinite(vs).all(axis=1)
    first_bad = jnp.where(finite.all(axis=0), steps, jnp.argmin(finite, axis=0))
    return Trajectory(
        time=dt * jnp.arange(steps + 1, dtype=q.dtype),
        q=jnp.concatenate([q[None], qs]),
        v=jnp.concatenate([v[None], vs]),
        command=command,
        torque=forces.torque,
        contact_force=forces.contact,
        diverged=first_bad < steps,
        diverged_step=first_bad,
        pair_force=forces.pairs,
    )


def _stepper(model: Model, q: Array, v: Array, steps: int, one_memory: bool) -> Untaped | Taped:
    """The step from q and v on: of few robots with a tape, of more without."""
    prepared = prepare(model)
    if one_memory and are_few(math.prod(q.shape[1:]), model.nv):
        return Taped(_advanced, prepared, (q, v), steps)
    return Untaped(_advanced, prepared, (q, v))


def _advanced(
    prepared: Prepared, state: tuple[Array, Array], command: Array, dt: Array | float
) -> tuple[tuple[Array, Array], Forces]:
    q, v, forces = advance(prepared, *state, command, dt)
    return (q, v), forces


_compiled_rollout_one = compiled_alone(_rollout_one, static=("dt", "steps"))
_compiled_rollout_batch = compiled_alone(_rollout_batch, static=("dt", "steps"))
