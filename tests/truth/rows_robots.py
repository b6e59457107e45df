"""The shipped robots: Jacobians of one step, long gradients, and thousands of random designs."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from robodiff.physics.dynamics import mass_matrix
from robodiff.physics.model import State
from robodiff.physics.rollout import rollout_batch
from robodiff.physics.scene import prepare
from robodiff.physics.step import advance
from robodiff.physics.topology import JOINT_NQ, Topology
from robodiff.robot.build import build_model
from robodiff.robot.design import Design
from robodiff.robot.load import load_robot
from robodiff.robot.spec import RobotSpec
from tests.truth.row import Figure, Row
from tests.truth.simulate import OPTIONS

FOLDER = Path(__file__).parents[2] / "assets" / "robots"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
BATCH = 192
DESIGNS = 10_000
DT = 0.002


@dataclass(frozen=True, eq=False)
class Stepper:
    """One compiled step of a shipped robot in (design, q, v, command), with its derivative."""

    design: Design
    topology: Topology
    start: np.ndarray
    """Design values, q, v and command at the file's start."""
    spec: RobotSpec

    @functools.cached_property
    def advance(self):
        """(columns [n, B], weights [nq + nv, B]) -> next q and v, gradient of weights . next."""
        return jax.jit(jax.grad(self._weighted, has_aux=True), compiler_options=OPTIONS)

    def models(self, columns):
        """The models of a batch of columns."""
        names = self.design.names
        values = dict(zip(names, columns[: len(names)], strict=True))
        return jax.vmap(self.build, in_axes=-1, out_axes=-1)(values)

    def build(self, values):
        """The model at some values of the parameters."""
        return build_model(self.spec, self.design.replace(**values))

    def _weighted(self, columns, weights):
        at = np.cumsum([len(self.design.names), self.topology.nq, self.topology.nv])
        _, q, v, command = jnp.split(columns, at)
        path = rollout_batch(self.models(columns), State(q, v), command[None], dt=DT, steps=1)
        after = jnp.concatenate([path.q[1], path.v[1]])
        return jnp.sum(weights * after), after


@functools.cache
def stepper(name: str) -> Stepper:
    """A shipped robot with all its bounded parameters free; servos commanded to the start."""
    spec = load_robot(FOLDER / f"{name}.yaml")
    design = Design.from_spec(spec)
    model = build_model(spec, design)
    topology, q = model.topology, np.asarray(model.start_q)
    command = [
        q[topology.q_start[link]] if kind == "position" else 0.1
        for link, kind in zip(topology.actuator_links, topology.actuator_kinds, strict=True)
    ]
    values = [float(design.values[parameter]) for parameter in design.names]
    start = np.concatenate([values, q, model.start_v, command])
    return Stepper(design, topology, start, spec)


def states(name: str) -> dict[str, np.ndarray]:
    """In flight (or away from the stops), and pressed 1 mm into the ground while sliding."""
    robot = stepper(name)
    rng, topology = np.random.default_rng(0), robot.topology
    first_v = len(robot.design.names) + topology.nq
    moving = robot.start.copy()
    moving[first_v : first_v + topology.nv] = 0.5 * rng.normal(size=topology.nv)
    roots = [k for k, kind in enumerate(topology.joint_types) if kind in ("free", "planar")]
    if not roots or not topology.has_ground:
        return {"moving": moving}
    height = len(robot.design.names) + topology.q_start[roots[0]]
    height += 2 if JOINT_NQ[topology.joint_types[roots[0]]] == 7 else 1
    flight, contact = moving.copy(), moving.copy()
    flight[height] += 0.5
    contact[height] -= 1e-3
    return {"flight": flight, "contact": contact}


def jacobian_error(name: str, at: np.ndarray) -> float:
    """Largest difference of reverse mode and central differences over each row's largest entry."""
    robot, n = stepper(name), len(at)
    rows = robot.topology.nq + robot.topology.nv
    weights = np.zeros((rows, BATCH))
    weights[:, :rows] = np.eye(rows)
    reverse = np.asarray(robot.advance(np.tile(at[:, None], (1, BATCH)), weights)[0])[:, :rows].T
    best = np.full((rows, n), np.inf)
    for width in (1e-5, 1e-6, 1e-7):
        columns = np.tile(at[:, None], (1, BATCH))
        columns[:, :n] += width * np.eye(n)
        columns[:, n : 2 * n] -= width * np.eye(n)
        after = np.asarray(robot.advance(columns, weights)[1])
        best = np.minimum(best, abs((after[:, :n] - after[:, n : 2 * n]) / (2 * width) - reverse))
    return float((best / np.maximum(abs(reverse).max(axis=1, keepdims=True), 1.0)).max())


def jacobians(full: bool) -> list[Figure]:
    """Every shipped robot, every derivative of one step."""
    found: dict[str, float] = {}
    for name in NAMES:
        for state, at in states(name).items():
            found[state] = max(found.get(state, 0.0), jacobian_error(name, at))
    return [Figure(f"worst, {state}", error, 1e-6) for state, error in found.items()]


@functools.cache
def random_designs(name: str) -> np.ndarray:
    """Design values, uniform within their bounds, [parameters, DESIGNS]."""
    low, high = np.array(list(stepper(name).design.bounds.values())).T
    return np.random.default_rng(0).uniform(low, high, (DESIGNS, len(low))).T


def built(name: str) -> dict[str, float]:
    """Smallest mass, principal moment, slack of the triangle inequality and eigenvalue of M."""
    robot, designs = stepper(name), random_designs(name)

    @functools.partial(jax.jit, compiler_options=OPTIONS)
    def build(designs):
        models = robot.models(designs)
        return models.links, mass_matrix(models, models.start_q)

    links, M = build(designs)
    six = np.moveaxis(np.asarray(links.inertia), -1, 0)
    full = six[..., [0, 3, 4, 3, 1, 5, 4, 5, 2]].reshape(*six.shape[:-1], 3, 3)
    heavy = np.asarray(links.mass).min(axis=1) > 0
    moments = np.linalg.eigvalsh(full[:, heavy])
    return {
        "mass": float(np.asarray(links.mass)[heavy].min()),
        "moment": float(moments.min()),
        "triangle": float(((moments[..., 0] + moments[..., 1]) / moments[..., 2]).min() - 1),
        "mass matrix": float(np.linalg.eigvalsh(np.moveaxis(np.asarray(M), -1, 0)).min()),
    }


def non_finite(name: str) -> int:
    """Designs whose first step or its gradient has an entry that is not finite."""
    robot, designs, bad = stepper(name), random_designs(name), 0
    weights = np.ones((robot.topology.nq + robot.topology.nv, BATCH))
    n = len(robot.design.names)
    for first in range(0, DESIGNS, BATCH):
        columns = np.tile(robot.start[:, None], (1, BATCH))
        chunk = designs[:, first : first + BATCH]
        columns[:n, : chunk.shape[1]] = chunk
        gradient, after = robot.advance(columns, weights)
        bad += int((~np.isfinite(np.concatenate([gradient, after])).all(axis=0)).sum())
    return bad


def designs(full: bool) -> list[Figure]:
    """10,000 random designs of each shipped robot."""
    found = [built(name) for name in NAMES]
    least = {key: min(values[key] for values in found) for key in found[0]}
    return [
        Figure("least mass", least["mass"], 1e-6, "kg", at_least=True),
        Figure("least principal moment", least["moment"], 1e-12, "kg m^2", at_least=True),
        Figure("least (I1 + I2) / I3 - 1", least["triangle"], -1e-9, at_least=True),
        Figure("least eigenvalue of M", least["mass matrix"], 1e-9, at_least=True),
        Figure("steps or gradients not finite", sum(map(non_finite, NAMES)), 0),
    ]


HOPS = 1000
HORIZONS = (200, 500, 1000)


def hop_height(columns, step, plain: bool = False):
    """A hopper driven by sines: one number after `step` steps, per column of (design, swings)."""
    robot = stepper("hopper")
    n = len(robot.design.names)
    models = robot.models(columns)
    times = DT * jnp.arange(HOPS)[:, None, None]
    rest = robot.start[n + models.nq + models.nv :][:, None]
    command = rest + columns[n:] * jnp.sin(2 * jnp.pi * times)
    q, v = (jnp.tile(x[:, None], (1, columns.shape[1])) for x in np.split(
        robot.start[n : n + models.nq + models.nv], [models.nq]))  # fmt: skip
    if plain:
        qs = _plain_rollout(models, q, v, command)
    else:
        qs = rollout_batch(models, State(q, v), command, dt=DT, steps=HOPS).q[1:]
    return jnp.sum(qs[step - 1] * jnp.array([1.0, 1.0, 0.5, 0.2, 0.2, 0.2])[:, None], axis=0)


def _plain_rollout(models, q, v, command):
    """The scan of `rollout_batch` without checkpoints."""
    prepared = prepare(models)

    def one_step(carry, command):
        q, v, _ = advance(prepared, carry[0], carry[1], command, DT)
        return (q, v), q

    return jax.lax.scan(one_step, (q, v), command)[1]


@functools.cache
def long_gradients() -> dict[str, np.ndarray]:
    """Gradients at each horizon by reverse mode, forward mode, without checkpoints, differences."""
    n = len(stepper("hopper").design.names)
    base = np.concatenate([stepper("hopper").start[:n], [0.15, 0.2, 0.1]])[:, None]
    size, width = base.shape[0], 1e-6
    eye = np.eye(size)

    def reverse_of(plain):
        def total(columns, step):
            values = hop_height(columns, step, plain)
            return values.sum(), values

        return jax.jit(jax.grad(total, has_aux=True), compiler_options=OPTIONS)

    reverse, plain = reverse_of(False), reverse_of(True)
    columns = np.concatenate([base + width * eye, base - width * eye, base], axis=1)

    @functools.partial(jax.jit, compiler_options=OPTIONS)
    def forward(columns, step):
        return jax.jvp(lambda x: hop_height(x, step), (columns,), (jnp.asarray(eye),))[1]

    found: dict[str, list] = {"reverse": [], "differences": [], "forward": [], "plain": []}
    for step in HORIZONS:
        gradient, values = map(np.asarray, reverse(columns, step))
        found["reverse"].append(gradient[:, -1])
        found["differences"].append((values[:size] - values[size : 2 * size]) / (2 * width))
        found["forward"].append(np.asarray(forward(np.tile(base, (1, size)), step)))
        found["plain"].append(np.asarray(plain(columns, step)[0])[:, -1])
    return {key: np.array(rows) for key, rows in found.items()}


def rollouts(full: bool) -> list[Figure]:
    """Errors over the largest derivative."""
    found = long_gradients()
    scale = abs(found["reverse"]).max(axis=1)

    def error(key):
        return abs(found[key] - found["reverse"]).max(axis=1) / scale

    differences = zip(HORIZONS, error("differences"), strict=True)
    return [
        *(Figure(f"against differences, {T} steps", e, 1e-5) for T, e in differences),
        Figure("forward against reverse mode", error("forward").max(), 1e-10),
        Figure(
            "checkpointed against plain",
            error("plain").max(),
            0,
            holds=1e-12,
            why="the same operations in two programs, whose fusions contract and order sums in "
            "their own ways; unoptimized by the compiler (--xla_backend_optimization_level=0), all "
            "derivatives but one are equal bit for bit and that one differs in its last digit",
        ),
        Figure("largest derivative at 1000 steps", scale[-1], None),
    ]


ROWS = (
    Row(
        "Jacobians of one step",
        "every shipped robot, reverse mode in q, v, command and every free parameter against "
        "central differences (best of 1e-5, 1e-6, 1e-7), over the row's largest entry or 1",
        jacobians,
        trusted="Dojo 1e-7",
        slow=True,
    ),
    Row(
        "rollout gradients of a robot",
        "the shipped hopper on its foot, sines to its servos, in all its parameters and swings; "
        "200, 500 and 1000 steps of 2 ms",
        rollouts,
        slow=True,
    ),
    Row(
        "10,000 random designs of each shipped robot",
        f"uniform within the bounds of {', '.join(NAMES)}",
        designs,
        slow=True,
    ),
)
