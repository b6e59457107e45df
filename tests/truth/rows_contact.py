"""Sliding, sticking and rolling on the ground, against rigid-body answers on paper."""

from __future__ import annotations

import functools
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np

from tests.truth.row import Figure, Row
from tests.truth.simulate import G, robot, simulate, starts, with_friction, with_gravity

BLOCK = """
name: block
links: {block: {joint: {type: free}, shapes: [{box: {size: [0.4, 0.4, 0.04]}, mass: 1 kg}]}}
start: {block.z: 0.01975}
"""
SPHERE = """
name: sphere
links: {sphere: {joint: {type: free}, shapes: [{sphere: {radius: 0.1}, mass: 1 kg}]}}
start: {sphere.z: 0.099}
"""
SLIP_SPEED = 1e-3
DT, STEPS = 0.002, 500
FRICTIONS, ANGLES = np.arange(1, 11) / 10, np.arange(3.0, 41.0)
STOPS = [(v, mu) for mu in (0.3, 0.8) for v in (0.5, 1.0, 1.5, 2.0, 2.5)]
DIRECTIONS = np.arange(16) * np.pi / 8 + 0.1
PUSH, PUSH_FRICTION = 1.5, 0.6


@functools.cache
def block_members() -> SimpleNamespace:
    """What each block of the batch does: slope [rad], friction, push [m/s] and its direction."""
    mu, angle = (x.ravel() for x in np.meshgrid(FRICTIONS, ANGLES, indexing="ij"))
    stops, pushes = np.array(STOPS), len(DIRECTIONS)
    none, flat = np.zeros(len(mu)), np.zeros(len(stops) + pushes)
    return SimpleNamespace(
        slope=np.radians(np.concatenate([angle, flat])),
        friction=np.concatenate([mu, stops[:, 1], np.full(pushes, PUSH_FRICTION)]),
        speed=np.concatenate([none, stops[:, 0], np.full(pushes, PUSH)]),
        direction=np.concatenate([none, 0 * stops[:, 0], DIRECTIONS]),
        grid=slice(0, len(mu)),
        stops=slice(len(mu), len(mu) + len(stops)),
        pushes=slice(len(mu) + len(stops), None),
    )


def simulate_blocks():
    """Every block in one batch, one second at 2 ms."""
    m = block_members()
    model = with_gravity(with_friction(robot(BLOCK), jnp.asarray(m.friction)), jnp.asarray(m.slope))
    velocity = {0: m.speed * np.cos(m.direction), 1: m.speed * np.sin(m.direction)}
    return simulate(model, starts(model, len(m.slope), v=velocity), dt=DT, steps=STEPS)


blocks = functools.cache(simulate_blocks)


@functools.cache
def incline_grid() -> SimpleNamespace:
    """Speed down the slope after a second, mean acceleration of its second half, and the cone."""
    m, v = block_members(), np.asarray(blocks().v[:, 0])
    slope, mu = m.slope[m.grid], m.friction[m.grid]
    return SimpleNamespace(
        beyond=np.degrees(slope - np.arctan(mu)),
        speed=abs(v[-1, m.grid]),
        acceleration=(v[-1, m.grid] - v[STEPS // 2, m.grid]) / (DT * STEPS / 2),
        expected=G * (np.sin(slope) - mu * np.cos(slope)),
        share=np.tan(slope) / mu,
    )


def incline(full: bool) -> list[Figure]:
    """Wrong sides of the cone, creep of what sticks, acceleration of what slides."""
    g = incline_grid()
    sticks, slides = g.beyond <= -1, g.beyond >= 1
    wrong = (sticks & (g.speed > 0.01)).sum() + (slides & (g.speed < 0.01)).sum()
    inner = g.share <= 0.89
    acceleration = abs(g.acceleration / g.expected - 1)[slides].max()
    return [
        Figure("slopes beyond 1 degree of the cone on its wrong side", float(wrong), 0),
        Figure("creep, up to 0.89 of the cone", g.speed[inner].max() / SLIP_SPEED, 2, "eps"),
        Figure(
            "creep, up to 1 degree inside the cone", g.speed[sticks].max() / SLIP_SPEED, 2, "eps"
        ),
        Figure("acceleration", acceleration, 0.01),
    ]


def stopping(full: bool) -> list[Figure]:
    """v^2 / (2 mu g)."""
    m = block_members()
    v, mu = m.speed[m.stops], m.friction[m.stops]
    expected = v**2 / (2 * mu * G)
    error = abs(np.asarray(blocks().q[-1, 0, m.stops]) / expected - 1)
    return [
        Figure("stopping distance", error[v >= 1].max(), 1e-3),
        Figure("from 0.5 m/s", error[v < 1].max(), 1e-3),
    ]


def isotropy(full: bool) -> list[Figure]:
    """Pushes in 16 directions end on their lines, equally far."""
    m, q = block_members(), np.asarray(blocks().q[-1, :2])[:, block_members().pushes]
    c, s = np.cos(m.direction[m.pushes]), np.sin(m.direction[m.pushes])
    along, across = c * q[0] + s * q[1], c * q[1] - s * q[0]
    return [
        Figure("sideways", abs(across).max(), 1e-9, "m"),
        Figure("spread of the distances", np.ptp(along) / along.mean(), 1e-3),
    ]


def rolling(full: bool) -> list[Figure]:
    """A solid sphere rolls down with 5/7 g sin(slope)."""
    slope = np.radians([2.0, 5.0, 10.0, 20.0, 30.0])
    model = with_gravity(robot(SPHERE), jnp.asarray(slope))
    path = simulate(model, starts(model, len(slope), q={2: 0.1 - 1e-3 * np.cos(slope)}),
                    dt=DT, steps=STEPS)  # fmt: skip
    expected = 5 / 7 * G * np.sin(slope)
    distance = abs(np.asarray(path.q[-1, 0]) / (0.5 * expected * (DT * STEPS) ** 2) - 1)
    v = np.asarray(path.v)
    acceleration = (v[-1, 0] - v[STEPS // 2, 0]) / (DT * STEPS / 2)
    slip = abs(v[-1, 0] - 0.1 * v[-1, 4])
    return [
        Figure("distance after 1 s", distance.max(), 1e-3),
        Figure("acceleration", abs(acceleration / expected - 1).max(), 1e-3),
        Figure("slip", slip.max() / SLIP_SPEED, 2, "eps"),
    ]


ROWS = (
    Row(
        "incline grid",
        "380 blocks in one batch: friction 0.1 to 1, slopes of 3 to 40 degrees, 1 s at 2 ms",
        incline,
    ),
    Row("stopping distance", "blocks at 0.5 to 2.5 m/s, friction 0.3 and 0.8", stopping),
    Row("isotropy", "1.5 m/s in 16 directions oblique to the block's sides", isotropy),
    Row(
        "rolling sphere",
        "solid sphere from rest, slopes of 2 to 30 degrees, 1 s at 2 ms",
        rolling,
        trusted="Drake 5.5e-4",
        slow=True,
    ),
)
