"""One semi-implicit step: half a drift, an implicit kick in velocity (`newton`), half a drift."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.kinematics import drift
from robodiff.physics.layout import settle, takes_arrays
from robodiff.physics.model import Model, State
from robodiff.physics.momentum import keep_momentum, translations
from robodiff.physics.newton import (
    Forces,
    free_velocity,
    keep_inside_limits,
    resolve_contact,
)
from robodiff.physics.scene import Prepared, prepare, set_scene


@takes_arrays
def step(model: Model, state: State, command: Float[Array, " nu"], dt: float) -> State:
    """One step of one robot, with contact, actuators and joint limits.

    Args: command per actuator (N m, rad or rad/s by its kind), dt the step [s].
    """
    q, v, _ = advance(prepare(model), state.q, state.v, command, dt)
    return State(q, v)


def advance(prepared: Prepared, q, v, command, dt) -> tuple[Array, Array, Forces]:
    """One step of one robot or a batch: the next q and v, and the forces that led there."""
    model = prepared.model
    h = jnp.asarray(dt, q.dtype)
    before, after = (0.5 * h, 0.5 * h) if model.topology.integrator == "midpoint" else (0.0 * h, h)
    q_mid = settle(drift(model, q, v, before))
    scene = set_scene(prepared, q_mid, v, command, h, after)
    free = free_velocity(scene)
    kick = keep_inside_limits(scene, free, resolve_contact(scene, free))
    q_next, v_next = settle(drift(model, q_mid, kick.v, after)), kick.v
    if translations(model.topology):
        v_next = keep_momentum(scene, (q, v), (q_next, v_next), kick.c)
    return q_next, v_next, kick.forces
