"""robodiff: batch-last rollouts; the gradient by every number of each model and all commands."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp

import robodiff as rd
from benchmarks.case import Case, Job
from benchmarks.program import Program
from benchmarks.systems.compiled import compiled, loss_of
from robodiff.optimization.programs import Program as KeptProgram

VERSIONS = ("robodiff", "jax", "jaxlib")


def prepare(case: Case, job: Job) -> Program:
    """The program of a job."""
    spec = rd.parse_robot(case.yaml, case.name)
    model = rd.build_model(spec, rd.Design.from_spec(spec))
    # Each robot of the batch has a design of its own, as in an optimization.
    models = jax.tree.map(
        lambda leaf: jnp.broadcast_to(jnp.asarray(leaf)[..., None], (*leaf.shape, job.batch)), model
    )
    numbers, rest = eqx.partition(models, eqx.is_inexact_array)
    q, v = case.starts(job.batch)
    state = rd.State(jnp.asarray(q.T), jnp.asarray(v.T))
    shares = job.shares(model.nu) if job.count else None
    dt, steps = case.dt, job.steps  # all that the program needs, so that it is kept

    def states(numbers, state, commands):
        if shares is not None:
            commands = commands[shares]
        trajectory = rd.rollout_batch(
            eqx.combine(numbers, rest), state, commands, dt=dt, steps=steps
        )
        return trajectory.q, trajectory.v

    def loss(numbers, state, commands):
        return loss_of(*states(numbers, state, commands))

    if job.count:
        commands = jnp.zeros((job.count, job.batch), jnp.float32)
    else:
        commands = jnp.asarray(case.commands(job.batch, job.steps).transpose(0, 2, 1))
    function = states if job.what == "forward" else jax.value_and_grad(loss, argnums=(0, 2))
    return compiled(function, (numbers, state, commands), KeptProgram)
