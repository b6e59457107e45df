"""A model simulated by C MuJoCo, told as a robodiff `Trajectory`.

The contact solver, the integrator and the servos are MuJoCo's own. The motors keep the robot's
torque limits and torque-speed curves, which MJCF cannot say: they bound each force at the speed
where it acts. A command is held over `dt`, however many substeps MuJoCo takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from robodiff.io.mjcf import export_mjcf
from robodiff.physics.actuators import LEAST_TORQUE, NONE
from robodiff.physics.joint_rows import UNLIMITED, tendon_levers
from robodiff.physics.kinematics import link_poses
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model, State, Trajectory
from robodiff.physics.pair_layout import pair_layout
from robodiff.physics.pairs import pair_places
from robodiff.physics.shapes import point_layout, surface_of
from robodiff.physics.terrain import ground_points
from robodiff.physics.topology import Topology
from robodiff.robot.foreign.library import quiet_warnings, require_mujoco

Command = Callable[[int, np.ndarray, np.ndarray], np.ndarray]
"""(step, q [nq, B], v [nv, B]) -> command [nu, B]."""


@dataclass
class _Record:
    """What happens in each step: rows of arrays that are stacked at the end."""

    q: list[np.ndarray]
    v: list[np.ndarray]
    command: list[np.ndarray] = field(default_factory=list)
    torque: list[np.ndarray] = field(default_factory=list)
    touches: list[tuple] = field(default_factory=list)
    """(step, robot, geoms, place, force on the second) of each contact of each substep."""


def simulate_in_mujoco(
    model: Model, start: State, command: Command, *, dt: float, steps: int, substeps: int = 1
) -> Trajectory:
    """Simulate one model (no batch axis) from a batch of starts (q [nq, B], v [nv, B]).

    Returns a batched trajectory with `steps` steps of `dt`, each of `substeps` steps of MuJoCo.
    """
    mujoco = require_mujoco("replaying a robot")
    engine = mujoco.MjModel.from_xml_string(export_mjcf(model, timestep=dt / substeps))
    engine.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET
    motors = _Motors(model)
    starts = zip(np.asarray(start.q).T, np.asarray(start.v).T, strict=True)
    robots = [_robot(mujoco, engine, q, v) for q, v in starts]
    record = _Record([np.array(start.q, float)], [np.array(start.v, float)])
    with quiet_warnings(mujoco):
        for step in range(steps):
            now = np.array(command(step, record.q[-1], record.v[-1]), float)
            torque = np.zeros_like(now)
            for b, data in enumerate(robots):
                for _ in range(substeps):
                    torque[:, b] += motors.step(mujoco, engine, data, now[:, b]) / substeps
                    record.touches += _touches(mujoco, engine, data, (step, b), substeps)
            record.q.append(np.stack([data.qpos for data in robots], axis=-1))
            record.v.append(np.stack([data.qvel for data in robots], axis=-1))
            record.command.append(now)
            record.torque.append(torque)
    return _trajectory(model, record, dt)


class _Motors:
    """A robot's motors, and their limits."""

    def __init__(self, model: Model):
        actuators, topology = model.actuators, model.topology
        self.gear = np.asarray(actuators.gear, float)
        self._damping = np.asarray(actuators.damping, float)
        # d speed of what each drives / d velocity: a coordinate, or the levers of a tendon.
        self._rows = np.zeros((topology.nu, topology.nv))
        self._rows[range(topology.nu), topology.actuator_dofs] = 1.0
        for i, tendon in enumerate(topology.actuator_tendons):
            if tendon >= 0:
                self._rows[i] = np.asarray(tendon_levers(model))[tendon]
        self._upper = np.minimum(np.asarray(actuators.force_limit, float), UNLIMITED)
        self._lower = np.maximum(np.asarray(actuators.lower, float), -UNLIMITED)
        self._split = actuators.force_lower is not None
        self._no_load_speed = np.asarray(actuators.no_load_speed, float)
        self._torque = np.array([kind == "motor" for kind in topology.actuator_kinds], bool)

    def step(self, mujoco: Any, engine: Any, data: Any, command: np.ndarray) -> np.ndarray:
        """One step of MuJoCo; returns the torques at the joints."""
        speed = self.gear * (self._rows @ data.qvel)
        if len(command):
            self._apply(engine, data, command, speed)
        mujoco.mj_step(engine, data)
        # A servo's damping acts at the end of the step (`implicitfast`).
        gained = self.gear * (self._rows @ data.qvel) - speed
        force = data.actuator_force - self._damping * gained
        return self.gear * np.clip(force, *engine.actuator_forcerange.T)

    def _apply(self, engine: Any, data: Any, command: np.ndarray, speed: np.ndarray) -> None:
        """Set the controls and the range of each force at the present speeds."""
        ratio = speed / self._no_load_speed
        # A limit on the other side of 0 is no limit of driving.
        drive = np.where(self._upper > 0, np.clip(1.0 - ratio, LEAST_TORQUE, 1.0), 1.0)
        back = np.where(self._lower < 0, np.clip(1.0 + ratio, LEAST_TORQUE, 1.0), 1.0)
        upper, lower = self._upper * drive, self._lower * back
        engine.actuator_forcerange[:, 0], engine.actuator_forcerange[:, 1] = lower, upper
        # A motor saturates softly: x / (1 + (x / limit)^8)^(1/8), as in `physics/actuators.py`.
        middle, half = 0.5 * (upper + lower), 0.5 * (upper - lower)
        if self._split:
            middle = np.clip(0.0, lower, upper)
            half = np.maximum(np.where(command >= middle, upper - middle, middle - lower), NONE)
        r = np.clip((command - middle) / half, -1e4, 1e4)
        soft = middle + half * r * (1.0 + r**8) ** -0.125
        data.ctrl[:] = np.where(self._torque, soft, command)


def _robot(mujoco: Any, engine: Any, q: np.ndarray, v: np.ndarray) -> Any:
    data = mujoco.MjData(engine)
    data.qpos[:], data.qvel[:] = q, v
    mujoco.mj_forward(engine, data)
    return data


def _touches(mujoco: Any, engine: Any, data: Any, when: tuple[int, int], substeps: int) -> list:
    """Place and force of each contact; the ground is always the first geom of its pairs."""
    found, wrench = [], np.zeros(6)
    for i in range(data.ncon):
        contact = data.contact[i]
        mujoco.mj_contactForce(engine, data, i, wrench)
        # Rows of the frame: normal from the first to the second, then two tangents.
        force = wrench[:3] @ contact.frame.reshape(3, 3)
        found.append((*when, contact.geom.tolist(), contact.pos.copy(), force / substeps))
    return found


def _trajectory(model: Model, record: _Record, dt: float) -> Trajectory:
    q, v = np.stack(record.q), np.stack(record.v)
    steps = len(q) - 1
    bad = ~(np.isfinite(q).all(axis=1) & np.isfinite(v).all(axis=1))
    diverged = bad.any(axis=0)
    arrays = {
        "time": dt * np.arange(steps + 1),
        "q": q,
        "v": v,
        "command": np.stack(record.command),
        "torque": np.stack(record.torque),
        "contact_force": _contact_force(model, record.touches, q[:-1]),
        "diverged": diverged,
        "diverged_step": np.where(diverged, np.maximum(bad.argmax(axis=0) - 1, 0), steps),
    }
    pairs = _pair_force(model, record.touches, q[:-1])
    return Trajectory(
        **{name: jnp.asarray(value) for name, value in arrays.items()},
        pair_force=None if pairs is None else jnp.asarray(pairs),
    )


def _contact_force(model: Model, touches: list, q: np.ndarray) -> np.ndarray:
    """Each contact's force at the nearest of robodiff's contact points of its shape."""
    layout = point_layout(model.topology)
    force = np.zeros((len(q), len(layout.links), 3, q.shape[-1]))
    if not touches or not layout.links:
        return force
    places, owners = _places(model, q, _point_places), np.array(layout.shapes)
    for step, robot, (first, second), place, exerted in touches:
        if _shape(model.topology, first) < 0:
            own = np.flatnonzero(owners == _shape(model.topology, second))
            distance = np.abs(places[own, :, step, robot] - place).sum(axis=1)
            force[step, own[distance.argmin()], :, robot] += exerted
    return force


def _pair_force(model: Model, touches: list, q: np.ndarray) -> np.ndarray | None:
    """The same between bodies; None where they do not touch each other."""
    if not model.topology.pairs:
        return None
    layout = pair_layout(model.topology)
    force = np.zeros((len(q), len(layout.of), 3, q.shape[-1]))
    places = _places(model, q, _pair_places) if touches else force
    of, to = np.array(layout.of), np.array(layout.to)
    for step, robot, geoms, place, exerted in touches:
        one, other = (_shape(model.topology, geom) for geom in geoms)
        if one >= 0:
            own = np.flatnonzero(((of == one) & (to == other)) | ((of == other) & (to == one)))
            distance = np.abs(places[own, :, step, robot] - place).sum(axis=1)
            nearest = own[distance.argmin()]
            force[step, nearest, :, robot] += exerted if of[nearest] == other else -exerted
    return force


def _shape(topology: Topology, geom: int) -> int:
    """The shape of a geom; -1 is the ground. Geoms follow the ground link by link, in the order of
    the shapes of each."""
    if topology.has_ground and geom == 0:
        return -1
    order = np.argsort(np.array(topology.shape_links), kind="stable")
    return int(order[geom - topology.has_ground])


def _places(model: Model, q: np.ndarray, measure: Callable) -> np.ndarray:
    """World positions [points, 3, steps, robots] of contact points."""
    flat = jnp.asarray(np.nan_to_num(q.transpose(1, 0, 2).reshape(q.shape[1], -1)), float)
    return np.asarray(measure(add_batch(model), flat)).reshape(-1, 3, len(q), q.shape[-1])


@jax.jit
def _point_places(model: Model, q: jax.Array) -> jax.Array:
    """World position of each contact point at many configurations, [points, 3, n]."""
    poses = link_poses(model, q)
    origin = jnp.zeros((1, 3, 1), q.dtype)
    return ground_points(model, surface_of(model), poses, origin).arm


@jax.jit
def _pair_places(model: Model, q: jax.Array) -> jax.Array:
    """The same of contact points between bodies."""
    return pair_places(model, link_poses(model, q))
