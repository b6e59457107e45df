"""Parameters as one column of named numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from robodiff.optimization.certificate.problem import Certifiable
from robodiff.optimization.parameters import Parameters


@dataclass(frozen=True)
class Flat:
    """Every free number of an experiment, in float64."""

    names: tuple[str, ...]
    """Unique names: `thigh_length`, `knots[motor, 3]`."""
    is_design: np.ndarray
    """Whether each belongs to the design."""
    values: np.ndarray
    """Where to differentiate."""
    scales: np.ndarray
    """Typical size of each: its range between finite bounds, or else its size, or else 1."""
    lower: np.ndarray
    """Least value; -inf for none."""
    upper: np.ndarray
    """Largest value; inf for none."""
    structure: Any
    """How to go back."""
    shapes: tuple[tuple[int, ...], ...]
    """Shape of each leaf."""

    def parameters(self, columns: Float[Array | np.ndarray, "n B"]) -> Parameters:
        """A batch of parameters, one a column."""
        leaves, first = [], 0
        for shape in self.shapes:
            size = int(np.prod(shape))
            leaves.append(columns[first : first + size].reshape(*shape, columns.shape[-1]))
            first += size
        return jax.tree.unflatten(self.structure, leaves)


def flatten(problem: Certifiable, parameters: Parameters) -> Flat:
    """The parameters of an experiment as one column."""
    leaves, structure = jax.tree.flatten(parameters)
    leaves = [np.asarray(leaf, np.float64) for leaf in leaves]
    values = np.concatenate([np.zeros(0), *(leaf.ravel() for leaf in leaves)])
    design = sorted(parameters.design)  # as the leaves of a dict stand
    names = [*design, *_control_names(problem)]
    bounds = [problem.design.bounds[name] for name in design]
    bounds += [(-np.inf, np.inf)] * (len(values) - len(design))
    lower, upper = np.array(bounds, float).reshape(-1, 2).T
    ranges = np.where(np.isfinite(upper - lower), upper - lower, np.abs(values))
    is_design = np.arange(len(values)) < len(design)
    small = ~is_design & (ranges < 1.0) | (ranges == 0.0)
    return Flat(
        names=_unique(names),
        is_design=is_design,
        values=values,
        scales=np.where(small, 1.0, ranges),
        lower=lower,
        upper=upper,
        structure=structure,
        shapes=tuple(leaf.shape for leaf in leaves),
    )


def _control_names(problem: Certifiable) -> list[str]:
    """Names of the control's scalars, those of a part of a sum after the part's name."""
    names = []
    for path, labels in jax.tree_util.tree_leaves_with_path(problem.control_labels()):
        parts = [str(getattr(key, "key", getattr(key, "idx", key))) for key in path[:-1]]
        names += [".".join([*parts, str(label)]) for label in np.ravel(labels)]
    return names


def _unique(names: list[str]) -> tuple[str, ...]:
    """Names with `control.` before those that a parameter of the robot has too."""
    seen: set[str] = set()
    result = []
    for name in names:
        while name in seen:
            name = f"control.{name}"
        seen.add(name)
        result.append(name)
    return tuple(result)
