"""The world and the state in which a task begins."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from robodiff.controllers.names import matches
from robodiff.physics.kinematics import link_poses
from robodiff.physics.layout import add_batch, drop_batch
from robodiff.physics.model import Model, State
from robodiff.physics.shapes import point_layout, surface_of
from robodiff.physics.terrain import ground_points
from robodiff.physics.topology import Topology
from robodiff.tasks.schema import TaskSpec

DESCENTS = 10
"""Times that a robot is lowered onto hills by its distance from them."""


def prepare(spec: TaskSpec, model: Model) -> Model:
    """The model with the task's gravity, slope, friction and ground (batched or single)."""
    changes = {}
    if spec.gravity is not None or spec.slope:
        changes["gravity"] = _gravity(spec, model)
    if spec.friction is not None:
        friction = jnp.full_like(model.shapes.friction, spec.friction)
        changes["shapes"] = replace(model.shapes, friction=friction)
    if spec.ground is not None:
        changes["topology"] = replace(model.topology, has_ground=spec.ground)
    return replace(model, **changes) if changes else model


def initial_state(spec: TaskSpec, model: Model, key=None, copies: int = 1) -> State:
    """Where a prepared model (batched or single) starts.

    A key adds the start noise to every member. Without one, the batch is so many copies in a row,
    of which all but the first start noisily.
    """
    if model.gravity.ndim == 1:
        return drop_batch(initial_state(spec, add_batch(model), key, copies))
    topology = model.topology
    q = _override(model.start_q, topology.q_names, spec.start)
    v = _override(model.start_v, topology.v_names, spec.start_velocity)
    size = q.shape[-1]
    if key is not None:
        key_q, key_v = jax.random.split(key)
        noise = [
            jax.random.normal(key, (rows.shape[0], size), q.dtype)
            for key, rows in ((key_q, q), (key_v, v))
        ]
        q, v = _perturb(spec, topology, q, v, noise)
    elif copies > 1:
        q, v = _perturb(spec, topology, q, v, _noise_of_copies(spec, (q, v), copies))
    if spec.clearance is not None and point_layout(topology).links:
        q = _put_on_ground(model, q, spec.clearance)
    return State(q, v)


def base_heights(topology: Topology) -> list[int]:
    """Rows of q that hold the height of a floating base."""
    rows = zip(topology.parents, topology.joint_types, topology.q_start, strict=False)
    offset = {"planar": 1, "free": 2}
    return [row + offset[kind] for parent, kind, row in rows if parent < 0 and kind in offset]


def _gravity(spec: TaskSpec, model: Model) -> Float[Array, "3 B"]:
    """Gravity seen from ground that rises along x: turned about y by the slope."""
    x, y, z = model.gravity
    if spec.gravity is not None:
        x, y, z = (jnp.full_like(x, value) for value in spec.gravity)
    cos, sin = np.cos(spec.slope), np.sin(spec.slope)
    return jnp.stack([cos * x + sin * z, y, cos * z - sin * x])


def _override(x: Float[Array, "n B"], names: tuple[str, ...], values: dict[str, float]) -> Array:
    if not values:
        return x
    rows = {row: value for name, value in values.items() for row in matches(name, names)}
    chosen = np.array([[row in rows] for row in range(len(names))])
    wanted = np.array([[rows.get(row, 0.0)] for row in range(len(names))])
    return jnp.where(chosen, wanted, x).astype(x.dtype)


def _noise_of_copies(spec: TaskSpec, start: tuple, copies: int) -> list[np.ndarray]:
    """Unit noise of q and v, none for the first copy and the same for all members of each other
    one. From numpy: what never changes needs no compiled generator."""
    random = np.random.default_rng(spec.start_noise.seed)

    def noise(x: Array) -> np.ndarray:
        drawn = random.standard_normal((x.shape[0], copies))
        drawn[:, 0] = 0.0
        return np.repeat(drawn, x.shape[-1] // copies, axis=1).astype(x.dtype)

    return [noise(x) for x in start]


def _perturb(spec: TaskSpec, topology: Topology, q: Array, v: Array, noise) -> tuple[Array, Array]:
    """Unit noise of q and v, scaled, everywhere but on x and y of floating bases; quaternions stay
    unit."""
    quiet = {".x": ("planar", "free"), ".y": ("free",)}
    still = {name + end for end, kinds in quiet.items()
             for name, kind in zip(topology.joint_names, topology.joint_types, strict=True)
             if kind in kinds}  # fmt: skip
    moved = np.array([[name not in still] for name in topology.q_names], dtype=float)
    q = q + spec.start_noise.position * moved.astype(q.dtype) * noise[0]
    v = v + spec.start_noise.velocity * noise[1]
    for kind, row in zip(topology.joint_types, topology.q_start, strict=False):
        if kind in ("ball", "free"):
            first = row + (3 if kind == "free" else 0)
            turn = q[first : first + 4]
            unit = turn / jnp.sqrt(jnp.sum(turn * turn, axis=0))
            q = jnp.concatenate([q[:first], unit, q[first + 4 :]])
    return q, v


def _put_on_ground(model: Model, q: Float[Array, "nq B"], clearance: float) -> Array:
    """Raise or lower the floating bases until the lowest contact point has its clearance."""
    rows = base_heights(model.topology)
    lifted = np.isin(np.arange(model.nq), rows)[:, None]
    origin = jnp.zeros((1, 3, 1), q.dtype)

    def lower(_, q: Array) -> Array:
        gap = ground_points(model, surface_of(model), link_poses(model, q), origin).gap
        lowest = jnp.min(gap, axis=0)
        return q + jnp.where(lifted, clearance - lowest, 0.0)

    # On a plane once is enough; on a slope the distance is less than the height.
    return lower(0, q) if model.terrain is None else lax.fori_loop(0, DESCENTS, lower, q)
