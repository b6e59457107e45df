"""Metrics of what it costs: work, torque, smoothness, mass."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.joint_rows import driven_speeds
from robodiff.tasks.effort_schema import (
    CostOfTransportSpec,
    EffortSpec,
    EnergySpec,
    JointSpeedSpec,
    MassSpec,
    SmoothnessSpec,
    TorqueSpec,
)
from robodiff.tasks.evaluation import Evaluation
from robodiff.tasks.smooth import absolute, mean, relu, window

POWER_WIDTH = 0.1
"""Power over which |P| and max(P, 0) are rounded [W]."""


def energy(spec: EnergySpec, run: Evaluation) -> Float[Array, " B"]:
    """Integral of the power of all actuators."""
    return _work(run, spec.work, spec.after)


def cost_of_transport(spec: CostOfTransportSpec, run: Evaluation) -> Float[Array, " B"]:
    """E / (m g d), with d rounded to stay above half of `floor`."""
    place = run.position(spec.of)
    x = place.along(spec.direction)
    steps = window(place.time[:-1], spec.after)[:, None] * (x[1:] - x[:-1])
    travel = jnp.sum(steps, axis=0)
    travel = 0.5 * (travel + jnp.sqrt(travel * travel + spec.floor**2))
    return _work(run, spec.work, spec.after) / (run.weight * travel)


def torque(spec: TorqueSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean of (motor torque / limit)^2."""
    actuators = run.model.actuators
    # Limits may be infinite: keep them alone in their fraction, so that no gradient is 0 x inf.
    force = run.trajectory.torque / actuators.gear
    relative = force * (1.0 / actuators.force_limit)
    if actuators.force_lower is not None:
        least = jnp.where(actuators.force_lower < 0.0, actuators.force_lower, jnp.inf)
        most = jnp.where(actuators.force_limit > 0.0, actuators.force_limit, jnp.inf)
        relative = force * jnp.where(force < 0.0, 1.0 / least, 1.0 / most)
    square = jnp.mean(relative * relative, axis=1)
    return mean(square, window(run.step_time, spec.after))


def effort(spec: EffortSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean of the sum of squared joint torques."""
    square = jnp.sum(run.trajectory.torque**2, axis=1)
    return mean(square, window(run.step_time, spec.after))


def joint_speed(spec: JointSpeedSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean squared speed of the actuated joints."""
    square = jnp.mean(_actuated_speed(run) ** 2, axis=1)
    return mean(square, window(run.step_time, spec.after))


def smoothness(spec: SmoothnessSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean squared rate of the command."""
    rate = jnp.diff(run.trajectory.command, axis=0) / run.dt
    return mean(jnp.mean(rate * rate, axis=1), window(run.step_time[1:], spec.after))


def mass(spec: MassSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mass of the robot."""
    return jnp.broadcast_to(run.mass, (run.batch,))


def _work(run: Evaluation, kind: str, after: float) -> Float[Array, " B"]:
    """Work of the actuators [J]."""
    applied, speed = run.trajectory.torque, _actuated_speed(run)
    power = applied * speed
    if kind == "electrical":
        # P = tau omega + (tau_motor / K_m)^2, nothing flows back into the supply.
        actuators = run.model.actuators
        heat = (applied / actuators.gear * (1.0 / actuators.motor_constant)) ** 2
        power = relu(power + heat, POWER_WIDTH)
    elif kind == "positive":
        power = relu(power, POWER_WIDTH)
    elif kind == "absolute":
        power = absolute(power, POWER_WIDTH)
    counted = window(run.step_time, after)[:, None] * jnp.sum(power, axis=1)
    return jnp.sum(counted, axis=0) * run.dt


def _actuated_speed(run: Evaluation) -> Float[Array, "T nu B"]:
    """Mean speed of what each actuator drives, over each step [rad/s or m/s]."""
    v = driven_speeds(run.model, run.trajectory.v)
    return 0.5 * (v[1:] + v[:-1])
