"""C MuJoCo by `mujoco.rollout` in one thread (float64); gradients by one-sided differences."""

from __future__ import annotations

import mujoco
import numpy as np
from mujoco import rollout

from benchmarks.case import Case, Job
from benchmarks.program import Program, finite

VERSIONS = ("mujoco",)
STEP = 1e-4
"""Of differences [rad]."""


def prepare(case: Case, job: Job) -> Program:
    """The program of a job: `forward`, or differences by parameters."""
    model = mujoco.MjModel.from_xml_string(case.mjcf)
    if job.what == "parameters":
        run = _differences(model, case, job)
    elif job.what == "forward":
        run = _rollouts(model, *case.starts(job.batch), case.commands(job.batch, job.steps))
    else:
        raise NotImplementedError("C MuJoCo has no gradients of rollouts")
    return Program(run, {"finite": finite(run())})


def _rollouts(model, q, v, commands):
    """Simulates all robots of a batch."""
    data, steps, batch = mujoco.MjData(model), *commands.shape[:2]
    size = mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_FULLPHYSICS)
    initial = np.zeros((batch, size))
    # Time, qpos, qvel, activations: no robot here has activations.
    initial[:, 1:] = np.concatenate([q, v], axis=1)
    controls = np.ascontiguousarray(commands.transpose(1, 0, 2), np.float64)
    if not model.nu:
        controls = None
    states = np.zeros((batch, steps, size))

    def run():
        rollout.rollout(model, data, initial, controls, nstep=steps, state=states)
        return [states]

    return run


def _differences(model, case: Case, job: Job):
    """The gradient of the loss by `count` parameters: `count` + 1 simulations."""
    shares = job.shares(model.nu)
    shifted = STEP * np.concatenate([np.zeros((1, job.count)), np.eye(job.count)])
    commands = shifted[:, shares].transpose(1, 0, 2)
    q, v = case.starts(1)
    members = job.count + 1
    simulate = _rollouts(model, np.tile(q, (members, 1)), np.tile(v, (members, 1)), commands)

    def run():
        (states,) = simulate()
        places, speeds = np.split(states[:, :, 1:], [model.nq], axis=2)
        loss = (places**2).mean(axis=(1, 2)) + 0.01 * (speeds**2).mean(axis=(1, 2))
        return [(loss[1:] - loss[0]) / STEP]

    return run
