"""Without contact: free fall, momentum and energy."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import mujoco
import numpy as np
from scipy.integrate import solve_ivp

from robodiff.physics.dynamics import mass_matrix
from robodiff.physics.kinematics import link_poses, link_velocities
from robodiff.physics.layout import drop_batch
from robodiff.physics.model import Model, State, Trajectory
from tests.oracle import Oracle
from tests.truth.row import Figure, Row
from tests.truth.simulate import G, robot, simulate, starts

STONE = """
name: stone
ground: false
links: {stone: {joint: {type: free}, shapes: [{box: {size: [0.1, 0.2, 0.3], center: [0.1, 0, 0]}}]}}
"""
TREE = """
name: tree
ground: false
gravity: [0, 0, 0]
links:
  trunk: {joint: {type: free}, shapes: [{box: {size: [0.3, 0.2, 0.1], center: [0.02, 0.01, 0.03]}}]}
  arm: {parent: trunk, position: [0.2, 0, 0], joint: {type: ball, damping: 0.02, stiffness: 0.5},
        shapes: [{capsule: {from: [0, 0, 0], to: [0.4, 0, 0], radius: 0.03}}]}
  leg: {parent: trunk, position: [-0.2, 0, 0],
        joint: {type: hinge, axis: [0, 1, 0], damping: 0.05, stiffness: 1},
        shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -0.4], radius: 0.03}}]}
  shin: {parent: leg, position: [0, 0, -0.4],
        joint: {type: hinge, axis: [1, 0, 0], damping: 0.05, stiffness: 1},
        shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -0.3], radius: 0.02}}]}
  rod: {parent: trunk, position: [0, 0.1, 0],
        joint: {type: slide, axis: [0, 1, 0], damping: 5, stiffness: 50},
        shapes: [{box: {size: [0.05, 0.3, 0.05]}}]}
actuators: {leg: {}, shin: {}, rod: {}}
"""
LINK = "shapes: [{{capsule: {{from: [0, 0, 0], to: [0, 0, -{0}], radius: 0.02}}}}]"
HINGE = "joint: {type: hinge, axis: [0, 1, 0]}"
TREES = {"pendulum": 1, "double pendulum": 2, "chain of five": 5}
BOX = """
name: box
ground: false
gravity: [0, 0, 0]
links: {box: {joint: {type: free}, shapes: [{box: {size: [0.1, 0.2, 0.3]}}]}}
"""


def free_fall(full: bool) -> list[Figure]:
    """A stone thrown without spin, for 10 s."""
    model = robot(STONE)
    path = simulate(model, starts(model, 1, v={0: 3.0, 2: 20.0}), dt=0.01, steps=1000)
    t = np.asarray(path.time)
    x, z = np.asarray(path.q[:, 0, 0]), np.asarray(path.q[:, 2, 0])
    error = max(abs(x - 3.0 * t).max(), abs(z - (20.0 * t - 0.5 * G * t**2)).max())
    turn = abs(np.asarray(path.q[:, 4:, 0])).max()
    farthest = abs(z).max()
    return [
        Figure("position error / distance", error / farthest, 1e-12),
        Figure("rotation", turn, 1e-11, "rad"),
    ]


def momenta(model: Model, path: Trajectory) -> tuple[np.ndarray, np.ndarray]:
    """Linear momentum, and angular momentum about the centre of mass, [T+1, 3]; sums over links."""
    q, v = jnp.moveaxis(path.q[..., 0], 0, -1), jnp.moveaxis(path.v[..., 0], 0, -1)
    poses, speeds = link_poses(model, q), link_velocities(model, q, v)
    R = np.asarray(poses.rotation).reshape(-1, 3, 3, q.shape[-1])
    mass, center, six = (np.asarray(x)[..., 0] for x in
                         (model.links.mass, model.links.center, model.links.inertia))  # fmt: skip
    inertia = six[:, [0, 3, 4, 3, 1, 5, 4, 5, 2]].reshape(-1, 3, 3)
    arm = np.einsum("nijt,nj->nit", R, center)
    spin = np.asarray(speeds.angular)
    linear = mass[:, None, None] * (np.asarray(speeds.linear) + np.cross(spin, arm, axis=1))
    at = np.asarray(poses.position) + arm
    at = at - np.einsum("n,nit->it", mass, at) / mass.sum()
    own = np.einsum("nijt,njk,nlkt,nlt->nit", R, inertia, R, spin)
    return linear.sum(0).T, (np.cross(at, linear, axis=1) + own).sum(0).T


@functools.cache
def momentum_drifts(full: bool) -> dict[float, tuple[float, float]]:
    """Step -> relative drift of linear and angular momentum of a tree that flails for 10 s."""
    model, drifts = robot(TREE), {}
    v = {0: 0.3, 1: -0.2, 2: 0.1, 3: 1.0, 4: 2.0, 5: -1.5, 6: 1.0, 7: -0.5, 8: 0.5, 9: 1.0}
    longest = 4000 if full else 2000  # the others run on, so that all are one program
    for steps in (1000, 2000, 4000) if full else (1000, 2000):
        dt = 10.0 / steps
        t = np.arange(longest) * dt + 0.5 * dt
        waves = [0.3 * np.sin(2 * t), 0.2 * np.sin(3 * t + 1), 2.0 * np.cos(2 * np.pi * t)]
        command = jnp.asarray(np.stack(waves, axis=1)[..., None])
        path = simulate(model, starts(model, 1, v=v), command, dt=dt, steps=longest)
        drifts[dt] = tuple(
            float(abs(p - p[0])[: steps + 1].max() / np.linalg.norm(p[0]))
            for p in momenta(model, path)
        )
    return drifts


def momentum(full: bool) -> list[Figure]:
    """At 10 ms, and the slope of the angular drift in dt."""
    drifts = momentum_drifts(full)
    steps = np.array(list(drifts))
    linear, angular = np.array(list(drifts.values())).T
    slope = np.log(angular[-2] / angular[-1]) / np.log(steps[-2] / steps[-1])
    return [
        Figure("linear drift at 10 ms", linear[0], 1e-10),
        Figure("angular drift at 10 ms", angular[0], None),
        Figure("slope of the angular drift in dt", slope, 1.9, at_least=True),
    ]  # fmt: skip


def pendulums() -> str:
    """Every tree of `TREES`, side by side in one file."""
    lines = ["name: pendulums", "ground: false", "links:"]
    for length in TREES.values():
        for k in range(length):
            frame = f"parent: n{length}_{k - 1}, position: [0, 0, {-1.0 / length}], " if k else ""
            shape = LINK.format(1.0 / length)
            lines.append(f"  n{length}_{k}: {{{frame}{HINGE}, {shape}}}")
    return "\n".join(lines)


ENERGY_STEPS = 10_000
"""Of one program; a shorter step runs it again from where it ended."""


@functools.cache
def energies(dt: float = 0.002) -> dict[str, np.ndarray]:
    """Tree -> total energy over 20 s, relative to its start above the lowest configuration."""
    model = robot(pendulums())
    start = starts(model, 1, q=dict(enumerate([2.0, 2.0, 1.0, 2.0, 0.5, 0.5, 0.5, 0.5])))
    paths = []
    for _ in range(round(20 / dt / ENERGY_STEPS)):
        paths.append(simulate(model, start, dt=dt, steps=ENERGY_STEPS))
        start = State(paths[-1].q[-1], paths[-1].v[-1])
    q, v = (jnp.concatenate([first, *(part[1:] for part in rest)])[..., 0].T for first, *rest in
            ([path.q for path in paths], [path.v for path in paths]))  # fmt: skip
    M, result, first = np.asarray(jax.jit(mass_matrix)(model, q)), {}, 0
    height, lowest = (_weighted_heights(model, at) for at in (q, 0 * q[:, :1]))
    for name, count in TREES.items():
        own = slice(first, first + count)
        kinetic = 0.5 * np.einsum("it,ijt,jt->t", v[own], M[own, own], v[own])
        total = kinetic + height[own].sum(0) - lowest[own].sum(0)
        result[name], first = total / total[0] - 1, first + count
    return result


def _weighted_heights(model: Model, q) -> np.ndarray:
    """m g z of each link."""
    poses = link_poses(model, q)
    R = np.asarray(poses.rotation).reshape(-1, 3, 3, q.shape[-1])
    center = np.asarray(model.links.center)[..., 0]
    z = np.asarray(poses.position)[:, 2] + np.einsum("njt,nj->nt", R[:, 2], center)
    return np.asarray(model.links.mass) * G * z


def finer() -> list[Figure]:
    """The chain at a quarter of the step, and all pendulums in C MuJoCo at the same step."""
    chain = abs(energies(0.0005)["chain of five"]).max()
    return [Figure("(chain of five at 0.5 ms)", chain, None), *mujoco_energy()]


def mujoco_energy() -> list[Figure]:
    """The same pendulums in C MuJoCo at the same step: energy of all of them together."""
    model, figures = drop_batch(robot(pendulums())), []
    oracle = Oracle(model)
    for name, kind in (("Euler", mujoco.mjtIntegrator.mjINT_EULER),
                       ("RK4", mujoco.mjtIntegrator.mjINT_RK4)):  # fmt: skip
        oracle.model.opt.integrator, oracle.model.opt.timestep = kind, 0.002
        mujoco.mj_resetData(oracle.model, oracle.data)
        mujoco.mj_forward(oracle.model, oracle.data)
        lowest = oracle.data.energy[0]
        oracle.data.qpos[:] = [2.0, 2.0, 1.0, 2.0, 0.5, 0.5, 0.5, 0.5]
        energy = []
        for _ in range(10_000):
            mujoco.mj_step(oracle.model, oracle.data)
            energy.append(oracle.data.energy.sum() - lowest)
        error = abs(np.array(energy) / energy[0] - 1).max()
        figures.append(Figure(f"(all of them in C MuJoCo, {name})", error, None))
    return figures


@functools.cache
def flips() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kinetic energy over its start less one; times at which the box turns over, ours and true."""
    model = robot(BOX)
    omega = np.array([0.01, 10.0, 0.01])
    path = simulate(model, starts(model, 1, v=dict(zip((3, 4, 5), omega, strict=True))),
                    dt=0.002, steps=10_000)  # fmt: skip
    I = np.asarray(model.links.inertia)[0, :3, 0]  # noqa: E741
    spin = np.asarray(path.v[:, 3:, 0])
    kinetic = spin**2 @ I

    def euler(t, w):
        return [(I[1] - I[2]) / I[0] * w[1] * w[2], (I[2] - I[0]) / I[1] * w[2] * w[0],
                (I[0] - I[1]) / I[2] * w[0] * w[1]]  # fmt: skip

    def over(t, w):
        return w[1]

    exact = solve_ivp(euler, (0, 20), omega, method="DOP853", rtol=1e-12, atol=1e-12, events=over)
    t, w = np.asarray(path.time), spin[:, 1]
    i = np.flatnonzero(w[:-1] * w[1:] < 0)
    crossings = t[i] + (t[i + 1] - t[i]) * w[i] / (w[i] - w[i + 1])
    return kinetic / kinetic[0] - 1, crossings, exact.t_events[0]


def energy(full: bool) -> list[Figure]:
    """Largest relative change over 20 s at 2 ms."""
    chain = "chain of five"
    figures = [Figure(name, abs(e).max(), 1e-3) for name, e in energies().items() if name != chain]
    figures.append(
        Figure(
            chain,
            abs(energies()[chain]).max(),
            1e-3,
            holds=0.1,
            why="its light end whips round at up to 160 rad/s, where 2 ms is a long step: energy "
            "wanders with the square of the step, but does not drift; the motion is chaotic, and "
            "starts nearby have largest errors of 0.014 to 0.06; [what was tried]"
            "(physics.md#one-step)",
        )
    )
    return figures + finer() + tumbling() if full else figures


def tumbling() -> list[Figure]:
    """The box that flips about its middle axis."""
    change, ours, exact = flips()
    period = np.diff(ours).mean() / np.diff(exact).mean() - 1
    return [
        Figure("tumbling box", abs(change).max(), 1e-3),
        Figure("time between flips", abs(period), 0.01),
        Figure("missed flips", abs(len(ours) - len(exact)), 0),
    ]


ROWS = (
    Row(
        "free fall and projectile",
        "off-centre box, 10 s at 10 ms, against paper",
        free_fall,
        slow=True,
    ),
    Row(
        "momentum of a floating tree",
        "free trunk with ball, hinge and slide limbs on springs and dampers, motors at work, 10 s; "
        "without ground, where alone it is held to rounding",
        momentum,
        trusted="Dojo 1e-8",
        slow=True,
    ),
    Row(
        "energy",
        "20 s at 2 ms from large angles, relative to the energy above rest; flips of a box about "
        "its middle axis against Euler's equations by DOP853 at 1e-12",
        energy,
        longer=True,
    ),
)
