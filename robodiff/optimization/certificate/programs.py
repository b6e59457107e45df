"""The compiled programs of a certificate: forward mode and plain values in one, reverse mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from robodiff.optimization.certificate.flat import Flat
from robodiff.optimization.certificate.problem import Certifiable, Horizons
from robodiff.optimization.objective import Window
from robodiff.optimization.programs import Program

MEMORY = 4e8
"""Bytes that the trajectories of one chunk may take."""
LARGEST_CHUNK = 256


class Probe(eqx.Module):
    """Losses of a batch and their slopes along a direction for each member."""

    loss: Float[Array, "horizons B"]
    """At each horizon."""
    slope: Float[Array, "horizons B"]
    """Forward-mode derivative of the loss at each horizon."""
    terms: dict[str, Float[Array, " B"]]
    """Weighted parts of the loss over the whole task."""
    term_slopes: dict[str, Float[Array, " B"]]
    """Their derivatives."""
    command_slope: Float[Array, " B"]
    """Largest derivative of any command; nan when one is not finite."""
    motion_slope: Float[Array, " B"]
    """Largest derivative of any velocity or coordinate; nan when one is not finite."""
    bad_row: Int[Array, " B"]
    """First row of the trajectory with a derivative that is not finite; T + 1 for none."""
    bad_dofs: Bool[Array, "nv B"]
    """Velocity coordinates whose derivative is not finite there."""


@dataclass(frozen=True)
class ChunkedProbe:
    """`Probe` for any number of columns, in chunks of one size so that it compiles once."""

    compiled: Any
    chunk: int

    def __call__(self, at: np.ndarray, along: np.ndarray) -> Probe:
        """Values at the columns of `at` [n, B] and slopes along those of `along`."""
        count = at.shape[1]
        size = -(-count // self.chunk) * self.chunk
        order = np.arange(size) % count
        at, along = at[:, order], along[:, order]
        pieces = [
            jax.device_get(self.compiled(at[:, i : i + self.chunk], along[:, i : i + self.chunk]))
            for i in range(0, size, self.chunk)
        ]
        return jax.tree.map(lambda *parts: np.concatenate(parts, axis=-1)[..., :count], *pieces)


def compile_probe(
    problem: Certifiable,
    flat: Flat,
    fractions: tuple[float, ...],
    columns: int,
    refinement: int = 1,
) -> ChunkedProbe:
    """Compile one rollout with its tangent, judged at several horizons; call it in float64."""

    def horizons(at: Array) -> Horizons:
        return problem.horizons(flat.parameters(at), fractions, refinement)

    def probe(at: Array, along: Array) -> Probe:
        return _reduce(*jax.jvp(horizons, (at,), (along,)))

    one = jax.ShapeDtypeStruct((len(flat.values), 1), np.float64)
    shapes = jax.eval_shape(horizons, one)
    bytes_each = 4 * sum(leaf.size * 8 for leaf in jax.tree.leaves(shapes))
    most = max(1, min(LARGEST_CHUNK, int(MEMORY / max(bytes_each, 1))))
    chunk = min(columns, most) if columns <= most else -(-columns // -(-columns // most))
    shape = jax.ShapeDtypeStruct((len(flat.values), chunk), np.float64)
    return ChunkedProbe(Program(probe, shape, shape).finish(), chunk)


def compile_reverse(problem: Certifiable, flat: Flat, window: Window, term: str | None = None):
    """Compile loss and reverse-mode gradient of one column, of one term alone if it is named."""

    def total(at: Array) -> Array:
        evaluation = problem.evaluate(flat.parameters(at), window)
        return jnp.sum(evaluation.loss if term is None else evaluation.terms[term])

    shape = jax.ShapeDtypeStruct((len(flat.values), 1), np.float64)
    compiled = Program(jax.value_and_grad(total), shape).finish()

    def gradient(values: np.ndarray) -> tuple[float, np.ndarray]:
        loss, slope = jax.device_get(compiled(values[:, None]))
        return float(loss), np.asarray(slope)[:, 0]

    return gradient


def _reduce(value: Horizons, slope: Horizons) -> Probe:
    """What is worth keeping of a rollout and its tangent."""
    finite = jnp.isfinite(slope.q).all(axis=1) & jnp.isfinite(slope.v).all(axis=1)
    row = jnp.where(finite.all(axis=0), finite.shape[0], jnp.argmin(finite, axis=0))
    last = jnp.minimum(row, finite.shape[0] - 1)
    there = jnp.take_along_axis(slope.v, last[None, None], axis=0)[0]
    motion = jnp.maximum(_largest(slope.q), _largest(slope.v))
    return Probe(
        loss=sum(value.terms.values()),  # pyright: ignore[reportArgumentType]
        slope=sum(slope.terms.values()),  # pyright: ignore[reportArgumentType]
        terms={name: term[-1] for name, term in value.terms.items()},
        term_slopes={name: term[-1] for name, term in slope.terms.items()},
        command_slope=_largest(slope.command),
        motion_slope=motion,
        bad_row=row,
        bad_dofs=~jnp.isfinite(there),
    )


def _largest(x: Float[Array, "T n B"]) -> Float[Array, " B"]:
    return jnp.max(jnp.abs(x), axis=(0, 1), initial=0.0)
