"""The shipped quadruped stands: still where its feet carry weight alone, creeping where its servos
press them apart."""

from __future__ import annotations

import functools
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import mujoco
import numpy as np

from robodiff.physics.layout import drop_batch
from robodiff.physics.model import Model, State, Trajectory
from tests.oracle import Oracle
from tests.truth.row import Figure, Row
from tests.truth.rows_rest import STEP_SIZES
from tests.truth.simulate import G, robot, simulate, starts, with_friction

ROBOTS = Path(__file__).parents[2] / "assets" / "robots"
STEPS = 6000
"""At 1 ms the quadruped bounces for 5 s before its weight alone is on its feet."""
NUDGE = 1e-4
"""Largest speed that a coordinate of the robot at ease starts with [m/s, rad/s]."""


@functools.cache
def quadruped() -> Model:
    """The robot as it is shipped, as a batch of one."""
    return robot((ROBOTS / "quadruped.yaml").read_text())


def command(model: Model):
    """The servos hold the joint angles of the file's start."""
    angles = jnp.array([model.topology.q_start[link] for link in model.topology.actuator_links])
    return jnp.tile(model.start_q[angles][None], (STEPS, 1, 1))


def stand(model: Model, start: State, dt: float) -> Trajectory:
    """What the robot does while its servos hold."""
    return simulate(model, start, command(model), dt=dt, steps=STEPS)


def speeds(path: Trajectory) -> np.ndarray:
    """Largest speed of all coordinates over time."""
    return abs(np.asarray(path.v[..., 0])).max(axis=1)


def weight_error(path: Trajectory) -> float:
    """Ground force over weight less one, at the end."""
    weight = float(quadruped().links.mass.sum()) * G
    return abs(float(path.contact_force[-1, :, 2].sum()) / weight - 1)


@functools.cache
def at_ease() -> dict[float, Trajectory]:
    """Step size -> the robot nudged in the posture that it comes to on ground without friction."""
    model = quadruped()
    settled = stand(with_friction(model, jnp.zeros(1)), starts(model, 1), 0.005).q[-1]
    nudge = NUDGE * np.random.default_rng(0).uniform(-1, 1, (model.nv, 1))
    return {dt: stand(model, State(settled, jnp.asarray(nudge)), dt) for dt in STEP_SIZES}


@functools.cache
def pressed() -> dict[float, Trajectory]:
    """Step size -> the robot from the file's start, where the servos press the feet apart."""
    return {dt: stand(quadruped(), starts(quadruped(), 1), dt) for dt in STEP_SIZES}


def still(full: bool) -> list[Figure]:
    """Nothing moves where the feet carry no sideways load."""
    paths = at_ease().values()
    sideways = max(float(abs(path.contact_force[-1, :, :2]).max()) for path in paths)
    return [
        Figure("largest speed", max(speeds(path)[-1] for path in paths), 1e-8, "m/s, rad/s"),
        Figure("ground force / weight - 1", max(map(weight_error, paths)), 1e-6),
        Figure("(largest sideways force on a foot)", sideways, None, "N"),
    ]


def statics(path: Trajectory) -> tuple[np.ndarray, np.ndarray]:
    """Friction's share of its cone at each foot, from the balance of the joint torques in C
    MuJoCo, and how fast the foot creeps [m/s]; at the end."""
    model = quadruped()
    oracle = Oracle(drop_batch(model), "passive", "actuators")
    v = np.asarray(path.v[-1, :, 0])
    d = oracle.at(np.asarray(path.q[-1, :, 0]), v, ctrl=np.asarray(command(model)[0, :, 0]))
    feet = np.flatnonzero(oracle.model.geom_type == mujoco.mjtGeom.mjGEOM_SPHERE)
    columns = np.zeros((len(feet), 3, model.nv))
    for foot, J in zip(feet, columns, strict=True):
        lowest = d.geom_xpos[foot] - [0, 0, oracle.model.geom_size[foot, 0]]
        mujoco.mj_jac(oracle.model, d, J, None, lowest, oracle.model.geom_bodyid[foot])
    # J^T f = c - passive - servos, whose least solution has no squeeze that no joint feels
    torque = d.qfrc_bias - d.qfrc_passive - d.qfrc_actuator
    force = np.linalg.lstsq(columns.reshape(-1, model.nv).T, torque, rcond=1e-9)[0].reshape(-1, 3)
    friction = float(model.shapes.friction.max())
    share = np.linalg.norm(force[:, :2], axis=1) / (friction * force[:, 2])
    return share, np.linalg.norm((columns @ v)[:, :2], axis=1)


def creep_error(path: Trajectory) -> float:
    """Creep over that of the law, r eps / sqrt(1 - r^2) at a share r of the cone, less one."""
    eps = float(quadruped().contact.slip_speed[0])
    share, creep = statics(path)
    return float(abs(creep / (eps * share / np.sqrt(1 - share**2)) - 1).max())


def with_less_slip() -> float:
    """Largest speed of the pressed robot after 30 s at 5 ms, with a slip speed of 1e-7 m/s."""
    model = eqx.tree_at(lambda m: m.contact.slip_speed, quadruped(), jnp.array([1e-7]))
    return speeds(stand(model, starts(model, 1), 0.005))[-1]


def creeping(full: bool) -> list[Figure]:
    """Feet that the servos press apart creep by the law of friction, until nothing presses."""
    paths = pressed()
    eps = float(quadruped().contact.slip_speed[0])
    creep = max(statics(path)[1].max() for path in paths.values())
    why = (
        "regularized friction has no sticking: from the file's start the servos press the feet "
        "apart, and these creep at r eps / sqrt(1 - r^2), r the share of the cone, until the "
        "servos are at ease, with a time constant of a minute or two; "
        "contact: {slip_speed: 1e-7} reaches the bar, with a law that is as much steeper"
    )
    return [
        Figure("creep", creep / eps, 2, "eps"),
        Figure("creep over that of the law - 1", max(map(creep_error, paths.values())), 1e-3),
        Figure("ground force / weight - 1", max(map(weight_error, paths.values())), 1e-6),
        Figure("largest speed after 6 s (h = 1 ms)", speeds(paths[0.001])[-1], 1e-8,
               "m/s, rad/s", holds=1e-4, why=why),
        Figure("(slip_speed of 1e-7 m/s, after 30 s at 5 ms)", with_less_slip(), 1e-8,
               "m/s, rad/s"),
    ]  # fmt: skip


ROWS = (
    Row(
        "rest: standing quadruped",
        "the shipped robot in the posture that it comes to on ground without friction, then with "
        "friction, every coordinate nudged by up to 0.1 mm/s or mrad/s; h = 1, 2, 5, 10 and 20 ms, "
        "6000 steps",
        still,
        slow=True,
    ),
    Row(
        "creep: quadruped that presses its feet apart",
        "from the file's start, as before; friction's share of the cone at each foot from the "
        "balance of the joint torques in C MuJoCo",
        creeping,
        slow=True,
    ),
)
