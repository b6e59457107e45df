"""`Design`: the free parameters of a robot by name, with bounds, and the map to unbounded space."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.errors import InputError, Problem, did_you_mean
from robodiff.robot.spec import RobotSpec
from robodiff.robot.spec_links import ParameterSpec

NUDGE = 1e-3
"""A value this near to a bound (as a part of the range) starts this far from it, where the map
still has a slope."""


@dataclass(frozen=True)
class FreeParameter:
    """A parameter that may change; bounds in SI, infinite for none."""

    name: str
    """As in the robot file."""
    lower: float
    """Least value."""
    upper: float
    """Largest value."""
    unit: str
    """SI unit."""
    description: str = ""
    """For tables and plots."""
    scale: float = 1.0
    """Typical size, for parameters with one bound or none."""


@partial(jax.tree_util.register_dataclass, data_fields=["values"], meta_fields=["parameters"])
@dataclass(frozen=True)
class Design:
    """Values of the free parameters: a pytree whose only leaves are the values."""

    values: dict[str, Any]
    """Value of each parameter, in SI; arrays [B] in a batch."""
    parameters: tuple[FreeParameter, ...]
    """What they are, in the order of the file."""

    @staticmethod
    def from_spec(
        spec: RobotSpec, free: Mapping[str, Mapping[str, float] | None] | None = None
    ) -> Design:
        """Free parameters at the file's values.

        `free`: None for every parameter with min and max; else by name, with `min`, `max` and
        `value` in place of the file's. Raises `InputError` for unknown names and bad bounds.
        """
        if free is None:
            bounded = [p for p in spec.parameters.values() if None not in (p.lower, p.upper)]
            free = {parameter.name: None for parameter in bounded}
        problems: list[Problem] = []
        chosen = [_free_parameter(spec, name, free[name] or {}, problems) for name in free]
        if problems:
            raise InputError(problems)
        order = list(spec.parameters)
        pairs = sorted((pair for pair in chosen if pair), key=lambda p: order.index(p[0].name))
        return Design({p.name: value for p, value in pairs}, tuple(p for p, _ in pairs))

    @property
    def names(self) -> tuple[str, ...]:
        """Names, in the order of the file."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """(min, max) of each parameter, in SI; infinite for none."""
        return {p.name: (p.lower, p.upper) for p in self.parameters}

    @property
    def units(self) -> dict[str, str]:
        """SI unit of each parameter."""
        return {p.name: p.unit for p in self.parameters}

    def replace(self, **values: Any) -> Design:
        """The design with other values; raises `InputError` for names that are not free."""
        unknown = [name for name in values if name not in self.values]
        if unknown:
            raise InputError(
                Problem(f"{name!r} is not a free parameter", suggestion=self._near(name))
                for name in unknown
            )
        return replace(self, values={**self.values, **values})

    def _near(self, name: str) -> str:
        return did_you_mean(name, self.values)

    def to_unconstrained(self) -> Float[Array, "n ..."]:
        """The values as unbounded numbers; values on a bound are nudged inside by `NUDGE`."""
        rows = [_to_free(p, jnp.asarray(self.values[p.name], float)) for p in self.parameters]
        return jnp.stack(rows) if rows else jnp.zeros((0,))

    def stretch(self) -> dict[str, float]:
        """d(value) / d(unbounded number) of each parameter at these values, in its unit."""
        return {p.name: _stretch(p, float(self.values[p.name])) for p in self.parameters}

    def from_unconstrained(self, x: Float[Array, "n ..."]) -> Design:
        """The design at unbounded numbers; every value lies within its bounds."""
        rows = [_from_free(p, x[index]) for index, p in enumerate(self.parameters)]
        return replace(self, values=dict(zip(self.names, rows, strict=True)))


def _free_parameter(
    spec: RobotSpec, name: str, changes: Mapping[str, float], problems: list[Problem]
) -> tuple[FreeParameter, float] | None:
    """A parameter of the file with an experiment's changes, and its value."""
    known: ParameterSpec | None = spec.parameters.get(name)
    if known is None:
        near = did_you_mean(name, spec.parameters)
        problems.append(Problem(f"robot {spec.name!r} has no parameter {name!r}", suggestion=near))
        return None
    lower = changes.get("min", known.lower)
    upper = changes.get("max", known.upper)
    value = float(changes.get("value", known.value))
    lower = -float("inf") if lower is None else float(lower)
    upper = float("inf") if upper is None else float(upper)
    if lower >= upper:
        message = f"{name}: min {lower:g} must be less than max {upper:g}"
        problems.append(Problem(message, key=name))
    elif not lower <= value <= upper:
        message = f"{name}: value {value:g} lies outside its bounds [{lower:g}, {upper:g}]"
        problems.append(Problem(message, key=name))
    scale = abs(value) or 1.0
    return FreeParameter(name, lower, upper, known.unit, known.description, scale), value


def _to_free(p: FreeParameter, value: Array) -> Array:
    if p.lower > -jnp.inf and p.upper < jnp.inf:
        part = jnp.clip((value - p.lower) / (p.upper - p.lower), NUDGE, 1 - NUDGE)
        return jnp.log(part) - jnp.log1p(-part)
    if p.lower > -jnp.inf:
        return _inverse_softplus((value - p.lower) / p.scale)
    if p.upper < jnp.inf:
        return -_inverse_softplus((p.upper - value) / p.scale)
    return value / p.scale


def _from_free(p: FreeParameter, x: Array) -> Array:
    if p.lower > -jnp.inf and p.upper < jnp.inf:
        return p.lower + (p.upper - p.lower) * jax.nn.sigmoid(x)
    if p.lower > -jnp.inf:
        return p.lower + p.scale * jax.nn.softplus(x)
    if p.upper < jnp.inf:
        return p.upper - p.scale * jax.nn.softplus(-x)
    return p.scale * x


def _stretch(p: FreeParameter, value: float) -> float:
    """The derivative of `_from_free` where it gives `value`, which lies within its bounds."""
    below, above = value - p.lower, p.upper - value
    if below < math.inf and above < math.inf:
        return below * above / (p.upper - p.lower)
    # softplus'(x) = 1 - exp(-softplus(x))
    return p.scale * -math.expm1(-min(below, above) / p.scale)


def _inverse_softplus(y: Array) -> Array:
    y = jnp.maximum(y, NUDGE)
    return y + jnp.log(-jnp.expm1(-y))
