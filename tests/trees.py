"""Random robots that cover every joint, shape and actuator, made with numpy alone."""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
import numpy as np

from robodiff.physics.model import Actuators, Contact, Joints, Links, Model, Shapes, State
from robodiff.physics.topology import ACTUATOR_KINDS, JOINT_NQ, JOINT_NV, SHAPE_KINDS, Topology

INNER_JOINTS = ("hinge", "slide", "planar", "ball", "fixed")


def random_model(seed: int, links: int = 10, **options) -> Model:
    """A random forest of `links` links. From 6 links on, every joint type and shape occurs.

    `options` are fields of `Topology` such as `integrator` or `has_ground`.
    """
    rng = np.random.default_rng(seed)
    return random_numbers(rng, _random_topology(rng, links, options))


def random_numbers(rng: np.random.Generator, topology: Topology) -> Model:
    """Random values for every number of a robot of this topology."""
    return Model(
        topology=topology,
        links=_random_links(rng, topology.nlinks),
        joints=_random_joints(rng, topology),
        actuators=_random_actuators(rng, topology),
        shapes=_random_shapes(rng, topology),
        contact=Contact(*map(jnp.asarray, (1e4, 1e-2, 1e-3, 1e-5))),
        gravity=jnp.array([0.3, -0.2, -9.81]),
        start_q=random_q(rng, topology),
        start_v=jnp.asarray(rng.normal(size=topology.nv)),
    )


def random_state(model: Model, seed: int) -> State:
    """Unit quaternions, coordinates of order one."""
    rng = np.random.default_rng(seed)
    return State(random_q(rng, model.topology), jnp.asarray(rng.normal(size=model.nv)))


def random_q(rng: np.random.Generator, topology: Topology):
    """A configuration with unit quaternions."""
    parts = [_joint_q(rng, kind) for kind in topology.joint_types]
    return jnp.asarray(np.concatenate([*parts, []]))


def random_quaternions(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Uniform rotations, (w, x, y, z) on the last axis."""
    return _normalized(rng.normal(size=(*shape, 4)))


def _joint_q(rng, kind):
    if kind == "ball":
        return random_quaternions(rng)
    if kind == "free":
        return np.concatenate([rng.normal(size=3), random_quaternions(rng)])
    return rng.uniform(-1, 1, JOINT_NQ[kind])


def _random_topology(rng, links, options):
    parents, kinds = [], []
    first = [*rng.permutation(INNER_JOINTS), "free", "free"]
    for link in range(links):
        kind = first[link] if link < len(first) else rng.choice(INNER_JOINTS)
        parents.append(-1 if kind == "free" else _random_parent(rng, parents))
        kinds.append(str(kind))
    driven = [link for link, kind in enumerate(kinds) if kind in ("hinge", "slide")]
    carriers = [-1, *range(links)]
    topology = Topology(
        link_names=tuple(f"link{i}" for i in range(links)),
        parents=tuple(parents),
        joint_names=tuple(f"joint{i}" for i in range(links)),
        joint_types=tuple(kinds),
        shape_names=tuple(f"shape{i}" for i in range(len(carriers))),
        shape_links=tuple(carriers),
        shape_kinds=tuple(SHAPE_KINDS[i % len(SHAPE_KINDS)] for i in range(len(carriers))),
        shape_collides=tuple(i % 7 != 6 for i in range(len(carriers))),
        limited_joints=tuple(driven[::2]),
        actuator_names=tuple(f"{kind}{link}" for link in driven for kind in ACTUATOR_KINDS),
        actuator_links=tuple(link for link in driven for _ in ACTUATOR_KINDS),
        actuator_kinds=tuple(kind for _ in driven for kind in ACTUATOR_KINDS),
    )
    return dataclasses.replace(topology, **options)


def _random_parent(rng, parents):
    """The last link or one of its ancestors, so that the order stays depth-first."""
    chain, link = [], len(parents) - 1
    while link >= 0:
        chain.append(link)
        link = parents[link]
    return int(rng.choice([*chain, *chain[:2], -1]))


def _random_links(rng, links):
    axis = _normalized(rng.normal(size=(links, 3)))
    root = rng.normal(size=(links, 3, 3)) * rng.uniform(0.05, 0.2, (links, 1, 1))
    mass = rng.uniform(0.5, 3.0, links)
    # Second moments of mass S give an inertia tr(S) 1 - S that obeys the triangle inequality.
    second = mass[:, None, None] * (root @ root.transpose(0, 2, 1) + 1e-3 * np.eye(3))
    inertia = np.trace(second, axis1=1, axis2=2)[:, None, None] * np.eye(3) - second
    rows, columns = [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]
    return Links(
        position=jnp.asarray(rng.normal(size=(links, 3)) * 0.4),
        rotation=jnp.asarray(random_quaternions(rng, links)),
        axis=jnp.asarray(axis),
        mass=jnp.asarray(mass),
        center=jnp.asarray(rng.normal(size=(links, 3)) * 0.1),
        inertia=jnp.asarray(inertia[:, rows, columns]),
    )


def _random_joints(rng, topology):
    limited = len(topology.limited_joints)
    return Joints(
        armature=_by_joint(rng, topology, 0.01, 0.1),
        damping=_by_joint(rng, topology, 0.1, 1.0),
        stiffness=_by_joint(rng, topology, 1.0, 10.0),
        friction=jnp.zeros(topology.nv),
        rest=_random_rest(rng, topology),
        lower=jnp.asarray(rng.uniform(-2.0, -1.1, limited)),
        upper=jnp.asarray(rng.uniform(1.1, 2.0, limited)),
        limit_stiffness=jnp.full(limited, 1e3),
    )


def _by_joint(rng, topology, low, high):
    """One value a joint for ball and free, as MJCF has it; one a coordinate for the others."""
    parts = [
        np.full(JOINT_NV[kind], rng.uniform(low, high))
        if kind in ("ball", "free")
        else rng.uniform(low, high, JOINT_NV[kind])
        for kind in topology.joint_types
    ]
    return jnp.asarray(np.concatenate([*parts, []]))


def _random_rest(rng, topology):
    """MuJoCo's ball springs rest at the identity."""
    parts = [
        np.array([1.0, 0, 0, 0]) if kind == "ball" else _joint_q(rng, kind)
        for kind in topology.joint_types
    ]
    return jnp.asarray(np.concatenate([*parts, []]))


def _random_actuators(rng, topology):
    nu = topology.nu
    kinds = np.array(topology.actuator_kinds, dtype=str)
    return Actuators(
        gear=jnp.asarray(rng.uniform(0.5, 5.0, nu)),
        stiffness=jnp.asarray(np.where(kinds == "position", rng.uniform(5, 50, nu), 0.0)),
        damping=jnp.asarray(np.where(kinds == "motor", 0.0, rng.uniform(0.5, 2, nu))),
        force_limit=jnp.full(nu, jnp.inf),
        no_load_speed=jnp.full(nu, jnp.inf),
        motor_constant=jnp.full(nu, jnp.inf),
    )


def _random_shapes(rng, topology):
    count = len(topology.shape_links)
    used = {"sphere": 1, "capsule": 2, "cylinder": 2, "box": 3, "ellipsoid": 3}
    mask = np.array([[i < used[kind] for i in range(3)] for kind in topology.shape_kinds])
    return Shapes(
        size=jnp.asarray(rng.uniform(0.02, 0.2, (count, 3)) * mask),
        position=jnp.asarray(rng.normal(size=(count, 3)) * 0.1),
        rotation=jnp.asarray(random_quaternions(rng, count)),
        friction=jnp.asarray(rng.uniform(0.3, 1.2, count)),
    )


def _normalized(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)
