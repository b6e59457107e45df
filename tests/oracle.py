"""C MuJoCo as the independent answer to what robodiff computes."""

from __future__ import annotations

import mujoco
import numpy as np

from robodiff.io.mjcf import export_mjcf
from robodiff.physics.model import Model, State

PARTS = {
    "passive": mujoco.mjtDisableBit.mjDSBL_SPRING | mujoco.mjtDisableBit.mjDSBL_DAMPER,
    "actuators": mujoco.mjtDisableBit.mjDSBL_ACTUATION,
    "constraints": mujoco.mjtDisableBit.mjDSBL_CONSTRAINT,
}
"""Parts of MuJoCo that can be switched off."""


class Oracle:
    """MuJoCo's model of a robodiff model; only those of `PARTS` that are named are switched on."""

    def __init__(self, model: Model, *parts: str):
        self.model = mujoco.MjModel.from_xml_string(export_mjcf(model))
        self.model.opt.enableflags |= mujoco.mjtEnableBit.mjENBL_ENERGY
        for part, bits in PARTS.items():
            if part not in parts:
                self.model.opt.disableflags |= bits
        self.data = mujoco.MjData(self.model)

    def at(self, q, v, ctrl=0.0, tau=0.0) -> mujoco.MjData:
        """Everything at a state."""
        self.data.qpos[:], self.data.qvel[:] = q, v
        self.data.ctrl[:], self.data.qfrc_applied[:] = ctrl, tau
        mujoco.mj_forward(self.model, self.data)
        return self.data

    def mass_matrix(self) -> np.ndarray:
        """Dense M at the last state, [nv, nv]."""
        columns = [np.zeros(self.model.nv) for _ in range(self.model.nv)]
        for i, column in enumerate(columns):
            mujoco.mj_mulM(self.model, self.data, column, np.eye(self.model.nv)[i])
        return np.array(columns)

    def velocities(self) -> tuple[np.ndarray, np.ndarray]:
        """Linear and angular velocity of each link's frame in world axes, [links, 3] each."""
        result = np.zeros((self.model.nbody - 1, 6))
        for body, row in enumerate(result, start=1):
            kind = mujoco.mjtObj.mjOBJ_XBODY
            mujoco.mj_objectVelocity(self.model, self.data, kind, body, row, 0)
        return result[:, 3:], result[:, :3]

    def rollout(self, state: State, duration: float, dt: float) -> tuple[np.ndarray, np.ndarray]:
        """q and v after `duration` by fourth-order Runge-Kutta."""
        self.model.opt.integrator = mujoco.mjtIntegrator.mjINT_RK4
        self.model.opt.timestep = dt
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[:], self.data.qvel[:] = state.q, state.v
        for _ in range(round(duration / dt)):
            mujoco.mj_step(self.model, self.data)
        return self.data.qpos.copy(), self.data.qvel.copy()


def relative_error(ours, theirs) -> float:
    """Largest difference over the largest entry, the worst of all states (first axis)."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    axes = tuple(range(1, theirs.ndim))
    return float((abs(ours - theirs).max(axes) / abs(theirs).max(axes)).max())
