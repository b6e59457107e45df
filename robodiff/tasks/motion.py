"""Metrics of where a robot goes: distance, velocity, height, targets."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.controllers.names import matches
from robodiff.tasks.evaluation import Evaluation
from robodiff.tasks.motion_schema import (
    ClearanceSpec,
    DistanceSpec,
    FallSpec,
    HeightSpec,
    ReachSpec,
    VelocitySpec,
    VelocityTrackingSpec,
)
from robodiff.tasks.smooth import excess_squared, largest, mean, window

TINY = 1e-3
"""Distance over which |x| is rounded at 0 [m]."""


def distance(spec: DistanceSpec, run: Evaluation) -> Float[Array, " B"]:
    """Sum of the displacements after `after`."""
    place = run.position(spec.of)
    steps = place.along(spec.direction)[1:] - place.along(spec.direction)[:-1]
    return jnp.sum(window(place.time[:-1], spec.after)[:, None] * steps, axis=0)


def velocity(spec: VelocitySpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean velocity."""
    speed = run.velocity(spec.of)
    # Steps between samples may differ by one: each counts for as long as it lasts.
    lengths = jnp.diff(run.position(spec.of).time)
    return mean(speed.along(spec.direction), lengths * window(speed.time, spec.after))


def velocity_tracking(spec: VelocityTrackingSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean squared velocity error."""
    speed = run.velocity(spec.of)
    error = speed.along(spec.direction) - spec.target
    return mean(error * error, window(speed.time, spec.after))


def height(spec: HeightSpec, run: Evaluation) -> Float[Array, " B"]:
    """Height reduced over time."""
    place = run.position(spec.of)
    z, weights = place.parts[2], window(place.time, spec.after)
    start = z[0] if spec.relative else 0.0
    if spec.reduce == "final":
        return z[-1] - start
    if spec.reduce == "mean":
        return mean(z, weights) - start
    sign = 1.0 if spec.reduce == "max" else -1.0
    return sign * largest(sign * z, weights, spec.sharpness) - start


def fall(spec: FallSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean squared relative lack of height."""
    place = run.position(spec.of)
    lack = excess_squared((spec.below - place.parts[2]) / spec.below)
    return mean(lack, window(place.time, spec.after))


def reach(spec: ReachSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean distance to the targets, each over its own window."""
    place = run.position(spec.link, spec.point)
    spacing = jnp.max(jnp.diff(place.time))
    total, count = jnp.zeros(()), len(spec.targets)
    for number, target in enumerate(spec.targets):
        time = target.time or run.duration * (number + 1) / count
        squares = [(p - x) ** 2 for p, x in zip(place.parts, target.position, strict=True)]
        gap = jnp.sqrt(sum(squares) + TINY**2) - TINY
        start = jnp.minimum(time - spec.hold, place.time[-1])
        weights = window(place.time, start - 0.5 * spacing, time + 0.5 * spacing)
        total = total + mean(gap, weights)
    return total / count


def clearance(spec: ClearanceSpec, run: Evaluation) -> Float[Array, " B"]:
    """Mean over feet of exp(-z / height) (vx^2 + vy^2)."""
    names = run.topology.link_names
    feet = [names[i] for i in sorted({i for p in spec.links for i in matches(p, names)})]
    total = jnp.zeros(())
    for foot in feet:
        place, speed = run.position(foot), run.velocity(foot)
        low = jnp.exp(-jnp.maximum(place.parts[2][1:], 0.0) / spec.height)
        cost = low * (speed.parts[0] ** 2 + speed.parts[1] ** 2)
        total = total + mean(cost, window(speed.time, spec.after))
    return total / len(feet)
