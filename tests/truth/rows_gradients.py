"""Derivatives through contact against physics on paper, and against differences."""

from __future__ import annotations

import functools
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np

from robodiff.physics.model import State
from robodiff.physics.rollout import rollout_batch
from tests.truth.row import Figure, Row
from tests.truth.rows_contact import BLOCK
from tests.truth.simulate import OPTIONS, G, robot, with_friction

DT, STEPS = 0.002, 500
MANY = 41
LANDING_SPEED, LANDING_FRICTION = 2.0, 0.5


def block_starts() -> np.ndarray:
    """Height above rest, speed and friction of thrown and of pushed blocks, [3, 3 x 41]."""
    one = np.ones(MANY)
    landing = [np.linspace(0.05, 0.45, MANY), LANDING_SPEED * one, LANDING_FRICTION * one]
    faster = [0 * one, np.linspace(0.5, 2.0, MANY), 0.5 * one]
    rougher = [0 * one, one, np.linspace(0.2, 1.0, MANY)]
    return np.concatenate([landing, faster, rougher], axis=1)


@functools.partial(jax.jit, compiler_options=OPTIONS)
def travelled(numbers, step):
    """x of each block after `step` steps, and its gradient in height, speed and friction."""
    model = robot(BLOCK)
    q, v = (jnp.tile(x, (1, numbers.shape[1])) for x in (model.start_q, model.start_v))

    def total(numbers):
        height, speed, friction = numbers
        thrown = State(q.at[2].add(height), v.at[0].set(speed))
        path = rollout_batch(with_friction(model, friction), thrown, dt=DT, steps=STEPS)
        x = path.q[step, 0]
        return x.sum(), x

    gradient, x = jax.grad(total, has_aux=True)(numbers)
    return x, gradient


@functools.cache
def physics() -> SimpleNamespace:
    """Slopes of the final place, ours over those of rigid bodies, and where they were taken."""
    numbers = block_starts()
    x, (by_height, by_speed, by_friction) = map(np.asarray, travelled(numbers, STEPS))
    landing, faster, rougher = (slice(k * MANY, (k + 1) * MANY) for k in range(3))
    height, v, mu = numbers
    # Friction takes mu times every normal impulse: x = v^2 / (2 mu g) + mu height.
    return SimpleNamespace(
        height=height[landing],
        speed=v[faster],
        friction=mu[rougher],
        x=x[landing],
        exact_x=(v**2 / (2 * mu * G) + mu * height)[landing],
        landing=by_height[landing] / mu[landing],
        dv=by_speed[faster] / (v / (mu * G))[faster],
        dmu=by_friction[rougher] / (-(v**2) / (2 * mu**2 * G))[rougher],
    )


def against_physics(full: bool) -> list[Figure]:
    """Medians, shares within 20 % and signs."""
    p, figures = physics(), []
    names = {"landing": "d landing place / d drop height", "dv": "d stop / d speed",
             "dmu": "d stop / d friction"}  # fmt: skip
    for key, name in names.items():
        ratio = getattr(p, key)
        within = (abs(ratio - 1) <= 0.2).mean()
        figures += [
            Figure(f"{name}: median ratio - 1", abs(np.median(ratio) - 1), 5e-3),
            Figure(f"{name}: within 20 %", 100 * within, 95, "%", at_least=True),
            Figure(f"{name}: wrong signs", float((ratio <= 0).sum()), 0),
        ]
    return figures


def block_differences(full: bool) -> list[Figure]:
    """Reverse mode against central differences of the thrown and pushed blocks."""
    numbers, width = block_starts(), 1e-6
    figures = []
    for step in (200, 500):
        gradient = np.asarray(travelled(numbers, step)[1])
        difference = np.stack([
            (np.asarray(travelled(numbers + shift, step)[0])
             - np.asarray(travelled(numbers - shift, step)[0])) / (2 * width)
            for shift in width * np.eye(3)[:, :, None]
        ])  # fmt: skip
        scale = abs(difference).max(axis=1, keepdims=True)
        error = abs(gradient - difference) / scale
        figures.append(Figure(f"blocks, {step} steps", error.max(), 1e-5))
    return figures


ROWS = (
    Row(
        "gradient against physics",
        "41 drop heights, 41 speeds, 41 frictions; 500 steps of 2 ms through landing, sliding and "
        "stopping; rigid answers mu, v / (mu g) and -v^2 / (2 mu^2 g)",
        against_physics,
        trusted="MJX: 3.24 where 0.17 is true (cube toss, 1 ms)",
    ),
    Row(
        "rollout gradient against differences",
        "the same 123 blocks, reverse mode against central differences of 1e-6, error over the "
        "largest derivative",
        block_differences,
        slow=True,
    ),
)
