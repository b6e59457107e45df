"""Small robots written down by hand, for tests whose answer is known on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from robodiff.physics.model import Actuators, Contact, Joints, Links, Model, Shapes, State
from robodiff.physics.topology import JOINT_NV, Topology

START = {"planar": (0, 0, 0), "ball": (1, 0, 0, 0), "free": (0, 0, 0, 1, 0, 0, 0), "fixed": ()}


@dataclass(frozen=True)
class Body:
    """A link with its joint, at most one shape and at most one actuator; SI units."""

    joint: str = "free"
    parent: int = -1
    axis: tuple = (0.0, 1.0, 0.0)
    position: tuple = (0.0, 0.0, 0.0)
    rotation: tuple = (1.0, 0.0, 0.0, 0.0)
    mass: float = 1.0
    center: tuple = (0.0, 0.0, 0.0)
    inertia: tuple = (0.01, 0.01, 0.01, 0.0, 0.0, 0.0)
    armature: float = 0.0
    damping: float = 0.0
    stiffness: float = 0.0
    friction: float = 0.0
    limits: tuple | None = None
    limit_stiffness: float = 1e3
    shape: str | None = None
    size: tuple = (0.1, 0.0, 0.0)
    shape_position: tuple = (0.0, 0.0, 0.0)
    shape_rotation: tuple = (1.0, 0.0, 0.0, 0.0)
    shape_friction: float = 0.8
    actuator: str | None = None
    gear: float = 1.0
    kp: float = 0.0
    kd: float = 0.0
    force_limit: float = np.inf
    no_load_speed: float = np.inf


def build(
    *bodies: Body,
    gravity: Sequence[float] = (0.0, 0.0, -9.81),
    contact: Sequence[float] = (1e4, 1e-2, 1e-3, 1e-5),
    ground: bool = True,
    integrator: str = "midpoint",
) -> Model:
    """A model of the bodies, at rest in its zero configuration."""
    limited = [i for i, body in enumerate(bodies) if body.limits]
    shaped = [i for i, body in enumerate(bodies) if body.shape]
    driven = [i for i, body in enumerate(bodies) if body.actuator]
    topology = Topology(
        link_names=tuple(f"link{i}" for i in range(len(bodies))),
        parents=tuple(body.parent for body in bodies),
        joint_names=tuple(f"joint{i}" for i in range(len(bodies))),
        joint_types=tuple(body.joint for body in bodies),
        shape_names=tuple(f"shape{i}" for i in shaped),
        shape_links=tuple(shaped),
        shape_kinds=tuple(bodies[i].shape for i in shaped),
        shape_collides=tuple(True for _ in shaped),
        limited_joints=tuple(limited),
        actuator_names=tuple(f"motor{i}" for i in driven),
        actuator_links=tuple(driven),
        actuator_kinds=tuple(bodies[i].actuator for i in driven),
        has_ground=ground,
        integrator=integrator,
    )
    start = jnp.array([x for body in bodies for x in START.get(body.joint, (0,))], float)

    everywhere = range(len(bodies))

    def column(name, rows=everywhere, width=()):
        values = [getattr(bodies[i], name) for i in rows]
        return jnp.asarray(np.array(values, float).reshape(-1, *width))

    def per_coordinate(name):
        return jnp.array(
            [getattr(b, name) for b in bodies for _ in range(JOINT_NV[b.joint])], float
        )

    limits = column("limits", limited, (2,))
    return Model(
        topology=topology,
        links=Links(
            position=column("position", width=(3,)),
            rotation=column("rotation", width=(4,)),
            axis=column("axis", width=(3,)),
            mass=column("mass"),
            center=column("center", width=(3,)),
            inertia=column("inertia", width=(6,)),
        ),
        joints=Joints(
            armature=per_coordinate("armature"),
            damping=per_coordinate("damping"),
            stiffness=per_coordinate("stiffness"),
            friction=per_coordinate("friction"),
            rest=start,
            lower=limits[:, 0],
            upper=limits[:, 1],
            limit_stiffness=column("limit_stiffness", limited),
        ),
        actuators=Actuators(
            gear=column("gear", driven),
            stiffness=column("kp", driven),
            damping=column("kd", driven),
            force_limit=column("force_limit", driven),
            no_load_speed=column("no_load_speed", driven),
            motor_constant=jnp.full(len(driven), jnp.inf),
        ),
        shapes=Shapes(
            size=column("size", shaped, (3,)),
            position=column("shape_position", shaped, (3,)),
            rotation=column("shape_rotation", shaped, (4,)),
            friction=column("shape_friction", shaped),
        ),
        contact=Contact(*(jnp.asarray(float(value)) for value in contact)),
        gravity=jnp.array(gravity, float),
        start_q=start,
        start_v=jnp.zeros(topology.nv),
    )


def state(model: Model, q=None, v=None) -> State:
    """The start, with q and v replaced where given."""
    q = model.start_q if q is None else jnp.array(q, float)
    return State(q, model.start_v if v is None else jnp.array(v, float))
