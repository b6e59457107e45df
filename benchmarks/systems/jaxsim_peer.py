"""JaxSim, from URDF; position servos are written out, since it has none."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

os.environ.setdefault("JAX_ENABLE_X64", "0")
# Points that stand for each sphere: the default of 50 would make 600 of the walker's feet.
os.environ.setdefault("JAXSIM_COLLISION_SPHERE_POINTS", "4")

import jax.numpy as jnp
import jaxsim.api as js
import numpy as np
from jaxsim.rbda.contacts import SoftContacts

from benchmarks.case import Case, Job
from benchmarks.program import Program
from benchmarks.systems.compiled import scanned
from benchmarks.systems.sdf import plain, sdf_of

VERSIONS = ("jaxsim", "jax", "jaxlib")


def prepare(case: Case, job: Job) -> Program:
    """The program of a job."""
    model = _model(case.urdf, case.dt)
    theirs = list(model.joint_names())
    floating = 6 if model.floating_base() else 0
    ours = [plain(name) for name in case.joints[floating:]]
    order = np.array([ours.index(name) for name in theirs])
    back = np.array([theirs.index(name) for name in ours])
    driven = np.array([theirs.index(plain(servo.joint)) for servo in case.servos], int)
    kp = np.array([servo.kp for servo in case.servos], np.float32)
    kd = np.array([servo.kd for servo in case.servos], np.float32)

    def start(q, v):
        base = {}
        if floating:
            base = {
                "base_position": q[:3],
                "base_quaternion": q[3:7],
                "base_linear_velocity": v[:3],
                "base_angular_velocity": v[3:6],
            }
        return js.data.JaxSimModelData.build(
            model=model,
            joint_positions=q[floating and 7 :][order],
            joint_velocities=v[floating:][order],
            **base,
        )

    def step(data, command):
        s, ds = data.joint_positions, data.joint_velocities
        torque = jnp.zeros(len(theirs), s.dtype)
        if len(driven):
            torque = torque.at[driven].set(kp * (command - s[driven]) - kd * ds[driven])
        data = js.model.step(model=model, data=data, joint_force_references=torque)
        q, v = data.joint_positions[back], data.joint_velocities[back]
        if floating:
            q = jnp.concatenate([data.base_position, data.base_quaternion, q])
            v = jnp.concatenate([data.base_velocity, v])
        return data, (q, v)

    return scanned(case, job, start, step)


@cache
def _model(urdf: str, dt: float) -> Any:
    """The same object for every job: JAX cannot compare two that are equal."""
    return js.model.JaxSimModel.build_from_model_description(
        sdf_of(urdf), is_urdf=False, time_step=dt, contact_model=SoftContacts.build()
    )
