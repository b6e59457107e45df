"""Mass matrix, forward and inverse dynamics of random trees, two ways."""

from __future__ import annotations

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np

from robodiff.physics.dynamics import (
    forward_dynamics,
    inverse_dynamics,
    mass_matrix,
)
from tests.oracle import relative_error
from tests.trees import random_model, random_numbers, random_q
from tests.truth import newton_euler
from tests.truth.row import Figure, Row
from tests.truth.simulate import OPTIONS

DRAWS = 125
TREES = ((18, 3), (6, 0), (7, 0), (9, 0), (11, 0), (13, 0), (15, 3), (17, 4))
"""(links, seed) of the topologies, of 40, 14, 20, 26, 29, 33, 33 and 37 dof; each gets `DRAWS`
draws of every number."""


@functools.cache
def draws(tree: tuple[int, int]) -> tuple:
    """Models (draws lead), q, v and qdd of one topology."""
    links, seed = tree
    topology, rng = random_model(seed, links).topology, np.random.default_rng(seed)
    models = [random_numbers(rng, topology) for _ in range(DRAWS)]
    model = jax.tree.map(lambda *leaves: np.stack(leaves), *models)
    q = np.stack([random_q(rng, topology) for _ in range(DRAWS)])
    return model, q, *rng.normal(size=(2, DRAWS, topology.nv))


@functools.cache
def by_recursion(tree: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """M [B, nv, nv] by unit accelerations from rest without gravity, and tau [B, nv]."""
    model, q, v, qdd = draws(tree)
    weightless = dataclasses.replace(model, gravity=0 * model.gravity)
    columns = [
        newton_euler.inverse_dynamics(weightless, q, 0 * v, np.tile(unit, (DRAWS, 1)))
        for unit in np.eye(v.shape[1])
    ]
    return np.stack(columns, axis=2), newton_euler.inverse_dynamics(model, q, v, qdd)


def dynamics_of(model, q, v, qdd):
    """Mass matrix, inverse dynamics, and what forward dynamics makes of its torques."""
    tau = inverse_dynamics(model, q, v, qdd)
    return mass_matrix(model, q), tau, forward_dynamics(model, q, v, tau)


ours = jax.jit(dynamics_of)
as_in_rollouts = jax.jit(dynamics_of, compiler_options=OPTIONS)


def errors(tree: tuple[int, int], dtype, ours=ours) -> np.ndarray:
    """Relative errors of the mass matrix, of inverse dynamics and of forward dynamics."""
    inputs = jax.tree.map(lambda x: jnp.asarray(np.moveaxis(x, 0, -1), dtype), draws(tree))
    M, tau, qdd = (np.moveaxis(np.asarray(x), -1, 0) for x in ours(*inputs))
    M_recursive, tau_recursive = by_recursion(tree)
    found = relative_error(M, M_recursive), relative_error(tau, tau_recursive)
    return np.array([*found, relative_error(qdd, draws(tree)[3])])


def rounding_error(tree: tuple[int, int]) -> float:
    """Exact forward dynamics of the exact torque, rounded to float32."""
    M, tau = by_recursion(tree)
    qdd = draws(tree)[3]
    c = tau - np.einsum("bij,bj->bi", M, qdd)
    found = np.linalg.solve(M, (tau.astype(np.float32) - c)[..., None])
    return relative_error(found[..., 0], qdd)


@functools.cache
def worst(dtype: str, full: bool) -> np.ndarray:
    """Largest errors over the topologies."""
    return np.max([errors(tree, dtype) for tree in (TREES if full else TREES[:1])], axis=0)


def dynamics(full: bool) -> list[Figure]:
    """Float64 and, in full, float32."""
    names = ("mass matrix", "inverse dynamics", "forward dynamics of inverse dynamics")
    figures = [
        Figure(f"{name}, float64", value, 1e-12)
        for name, value in zip(names, worst("float64", full), strict=True)
    ]
    if full:
        mass, inverse, forward = worst("float32", True)
        figures += [
            Figure(f"{names[0]}, float32", mass, 1e-5),
            Figure(f"{names[1]}, float32", inverse, 1e-5),
            Figure(f"{names[2]}, float32", forward, 1e-5),
            Figure("(forward dynamics, float32, compiled as rollouts are)",
                   errors(TREES[0], "float32", as_in_rollouts)[2], None),
            Figure("(exact forward dynamics of the torque rounded to float32)",
                   max(rounding_error(tree) for tree in TREES), None),
        ]  # fmt: skip
    return figures


ROWS = (
    Row(
        "mass matrix, inverse and forward dynamics",
        "1000 random trees of all joint types, 14 to 40 dof; composite bodies against a textbook "
        "Newton-Euler recursion in numpy (columns of M from unit accelerations); compiled by plain "
        "jax.jit",
        dynamics,
        trusted="Pinocchio 1e-12",
        longer=True,
    ),
)
