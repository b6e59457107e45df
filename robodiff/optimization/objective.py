"""What the optimizer needs to know of a problem: how good each member of a batch is."""

from __future__ import annotations

import math
from typing import Any, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PyTree

from robodiff.optimization.parameters import Parameters, Variables, to_parameters
from robodiff.optimization.schema import OptimizerSpec, StageSpec
from robodiff.robot.design import Design


class Window(eqx.Module):
    """How much of the task is simulated, and how softly the ground is felt."""

    duration: float = eqx.field(static=True, default=1.0)
    """Fraction of the task's duration."""
    dissipation_time: Float[Array, ""] | float = 1.0
    """Multiplier of the contact's dissipation time."""
    slip_speed: Float[Array, ""] | float = 1.0
    """Multiplier of the contact's slip speed."""
    smoothing: Float[Array, ""] | float = 1.0
    """Multiplier of the contact's smoothing."""
    memory: Float[Array, ""] | float | None = None
    """Time in which gradients through the state fade to 1/e [s]; None or inf for never."""
    refinement: int = eqx.field(static=True, default=1)
    """Steps into which each step of the experiment is cut."""

    @classmethod
    def of(cls, stage: StageSpec) -> Window:
        """The window of a stage."""
        soft = stage.contact
        memory = math.inf if stage.memory is None else stage.memory
        return cls(stage.duration, soft.dissipation_time, soft.slip_speed, soft.smoothing, memory)

    @property
    def is_scored(self) -> bool:
        """Whether a loss in this window is the experiment's own loss."""
        soft = (self.dissipation_time, self.slip_speed, self.smoothing)
        whole = self.duration == 1.0 and self.refinement == 1
        return whole and all(value == 1.0 for value in soft)


class Evaluation(eqx.Module):
    """How good each member is."""

    loss: Float[Array, " batch"]
    """Sum of the terms."""
    terms: dict[str, Float[Array, " batch"]]
    """Weighted part of the loss by metric."""
    metrics: dict[str, Float[Array, " batch"]]
    """Metrics in their own units."""
    diverged: Bool[Array, " batch"]
    """Whether the simulation left the finite world."""


class Problem(Protocol):
    """An experiment, as the optimizer sees it."""

    @property
    def name(self) -> str: ...

    @property
    def design(self) -> Design: ...

    @property
    def optimizer(self) -> OptimizerSpec: ...

    @property
    def compiled(self) -> dict[Any, Any]:
        """Updates that were compiled for this problem so far."""
        ...

    def initial_control(self, key: Array | None) -> PyTree:
        """Controller parameters to start from (no batch axis): nominal without a key."""
        ...

    def evaluate(self, parameters: Parameters, window: Window) -> Evaluation:
        """Simulate and judge a batch."""
        ...


def value_and_gradient(
    problem: Problem, variables: Variables, window: Window
) -> tuple[Evaluation, Variables, dict[str, Float[Array, " batch"]]]:
    """Evaluation of a batch, each member's gradient in unconstrained space, and its design."""

    def total(variables: Variables) -> tuple[Array, tuple]:
        parameters = to_parameters(problem.design, variables)
        evaluation = problem.evaluate(parameters, window)
        # Members do not interact, so the gradient of the sum holds each member's own gradient.
        return jnp.sum(evaluation.loss), (evaluation, parameters.design)

    gradient, (evaluation, values) = jax.grad(total, has_aux=True)(variables)
    return evaluation, gradient, values
