"""What a certificate needs to know of an experiment."""

from __future__ import annotations

from typing import Protocol

import equinox as eqx
from jaxtyping import Array, Float, PyTree

from robodiff.optimization.objective import Evaluation, Window
from robodiff.optimization.parameters import Parameters
from robodiff.robot.design import Design


class Horizons(eqx.Module):
    """One rollout, judged as if the task had ended early."""

    terms: dict[str, Float[Array, "horizons batch"]]
    """Weighted parts of the loss at each horizon."""
    command: Float[Array, "T nu batch"]
    """What the controller asked for."""
    q: Float[Array, "T+1 nq batch"]
    """Configurations."""
    v: Float[Array, "T+1 nv batch"]
    """Velocities."""


class Certifiable(Protocol):
    """An experiment, as its certificate sees it."""

    @property
    def name(self) -> str: ...

    @property
    def design(self) -> Design: ...

    @property
    def parameters(self) -> Parameters:
        """Where to certify (no batch axis)."""
        ...

    @property
    def steps(self) -> int:
        """Steps of the whole task."""
        ...

    def control_labels(self) -> PyTree:
        """Name of each scalar of the control, in its structure."""
        ...

    def evaluate(self, parameters: Parameters, window: Window) -> Evaluation:
        """Simulate and judge a batch."""
        ...

    def horizons(
        self, parameters: Parameters, fractions: tuple[float, ...], refinement: int
    ) -> Horizons:
        """Simulate a batch once and judge it at several fractions of the task."""
        ...

    def uses(self, name: str) -> tuple[str, ...]:
        """Places where the robot file uses a design parameter."""
        ...

    def divergence(self, parameters: Parameters) -> str:
        """Why a rollout is not finite, in words; empty when it is."""
        ...
