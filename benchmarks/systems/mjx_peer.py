"""MJX with one iteration of its solver, without which it has no reverse-mode gradient."""

from __future__ import annotations

import jax.numpy as jnp
import mujoco
from mujoco import mjx

from benchmarks.case import Case, Job
from benchmarks.program import Program
from benchmarks.systems.compiled import scanned

VERSIONS = ("mujoco-mjx", "mujoco", "jax", "jaxlib")


def prepare(case: Case, job: Job) -> Program:
    """The program of a job."""
    model = mujoco.MjModel.from_xml_string(case.mjcf)
    model.opt.iterations, model.opt.ls_iterations = 1, 4
    device = mjx.put_model(model, impl="jax")
    empty = mjx.make_data(model, impl="jax")

    def start(q, v):
        return empty.replace(qpos=q, qvel=v)

    def step(data, command):
        data = mjx.step(device, data.replace(ctrl=jnp.asarray(command)))
        return data, (data.qpos, data.qvel)

    return scanned(case, job, start, step)
