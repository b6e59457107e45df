"""The `optimizer` block of an experiment file; no jax here."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import Field, model_validator

from robodiff.controllers.fields import Count, NonNegative, Number, Positive
from robodiff.robot.yaml_source import Section

AtLeastOne = Annotated[Count, Field(ge=1)]
Method = Literal["gradient", "cma", "random"]
BATCH = 16
"""Simulations side by side in the methods without gradients."""
Freeze = Literal["nothing", "design", "control"]


class Rates(Section):
    """Two numbers, one for the design and one for the control."""

    design: NonNegative = 0.02
    """For the robot's parameters, in unconstrained space (a logit of the place in the bounds)."""
    control: NonNegative = 0.05
    """For the controller's parameters, in their own units."""


class Noise(Section):
    """Standard deviations of what is added to the starts other than the first."""

    design: NonNegative = 0.0
    """For the robot's parameters, in unconstrained space."""
    control: NonNegative = 0.1
    """For the controller's parameters, in their own units."""


class Softness(Section):
    """Multipliers of the robot's contact parameters; 1 is the contact of the file."""

    dissipation_time: Positive = 1.0
    """Of how far ahead the gap is predicted."""
    slip_speed: Positive = 1.0
    """Of the speed at which friction saturates."""
    smoothing: Positive = 1.0
    """Of the half width of the normal force's onset."""


class StageSpec(Section):
    """One part of a curriculum; what it leaves out comes from the `optimizer` block."""

    iterations: AtLeastOne | None = None
    """Updates in this stage."""
    starts: AtLeastOne | None = None
    """Starts that go on from the stage before: the best ones."""
    duration: Annotated[Number, Field(gt=0, le=1)] = 1.0
    """Fraction of the task's duration that is simulated."""
    contact: Softness = Softness()
    """How soft the ground is."""
    learning_rate: Rates | None = None
    """Learning rates of this stage."""
    retreat: AtLeastOne | None = None
    """`retreat` of this stage."""
    memory: Positive | None = None
    """`memory` of this stage."""


class OptimizerSpec(Section):
    """How the design and the controller are improved."""

    method: Method = "gradient"
    """How: by gradients, or for comparison without them, by CMA-ES (`cma`) or random search. Those
    two look at the whole task from the start, with as many simulations as the stages would take."""
    iterations: AtLeastOne = 100
    """Updates, where no stage says otherwise."""
    starts: AtLeastOne = 8
    """Starts that are improved side by side in one batch; the first is the nominal one."""
    seed: Annotated[Count, Field(ge=0, lt=2**32)] = 0
    """Seed of every random number of the run."""
    learning_rate: Rates = Rates()
    """Learning rates of Adam."""
    schedule: Literal["constant", "cosine"] = "cosine"
    """Learning rates over each stage: constant, or falling to a tenth along half a cosine."""
    noise: Noise = Noise()
    """Spread of the starts."""
    normalise_gradient: bool = True
    """Whether each start's design and control gradients are scaled to norm one before Adam."""
    retreat: AtLeastOne | None = None
    """Updates without improvement after which a start goes back to its own best place and on from
    there at half the learning rates, which recover as it improves; null for never. It helps where
    the loss is rough or chaotic."""
    memory: Positive | None = None
    """Seconds in which gradients through the state fade to 1/e on their way back in time; null for
    never. Where motion is chaotic (walking over seconds), the true gradient grows beyond use; a
    faded one is no longer the derivative, but a direction that helps."""
    freeze: Freeze = "nothing"
    """What must not change: `design` gives the best controller of the robot as it is."""
    patience: AtLeastOne | None = None
    """Updates without an improvement of `tolerance` after which a stage ends; null for never."""
    tolerance: NonNegative = 1e-3
    """Relative improvement of the loss that counts for `patience`."""
    time_limit: Positive | None = None
    """Seconds, compile included, after which the run ends; null for none."""
    certify: bool = True
    """Whether a run begins with a short check of its gradient against differences."""
    stages: tuple[StageSpec, ...] = ()
    """Curriculum, in order; empty for one stage at the full duration."""

    @model_validator(mode="after")
    def _starts_never_grow(self) -> OptimizerSpec:
        counts = [self.starts, *(stage.starts for stage in self.stages if stage.starts)]
        if any(later > earlier for earlier, later in itertools.pairwise(counts)):
            raise ValueError(f"starts can only be dropped from stage to stage, not {counts}")
        return self

    @property
    def label(self) -> str:
        """The method in words: `gradient`, `control-only`, `cma`, `cma, design-only` and so on."""
        kept = {"nothing": "", "design": "control-only", "control": "design-only"}[self.freeze]
        if self.method == "gradient":
            return kept or self.method
        return ", ".join(word for word in (self.method, kept) if word)

    @property
    def simulations(self) -> int:
        """Simulations that the stages take in all."""
        stages = self.resolved_stages()
        return sum((stage.iterations or 0) * (stage.starts or 0) for stage in stages)

    @property
    def updates(self) -> int:
        """Updates of the whole run: of the stages, or batches where there are no gradients."""
        if self.method != "gradient":
            return -(-self.simulations // BATCH)
        return sum(stage.iterations or 0 for stage in self.resolved_stages())

    def resolved_stages(self) -> tuple[StageSpec, ...]:
        """The stages with nothing left out."""
        stages, starts = [], self.starts
        for stage in self.stages or (StageSpec(),):
            starts = stage.starts or starts
            known = {
                "iterations": stage.iterations or self.iterations,
                "starts": starts,
                "learning_rate": stage.learning_rate or self.learning_rate,
                "retreat": stage.retreat or self.retreat,
                "memory": stage.memory or self.memory,
            }
            stages.append(stage.model_copy(update=known))
        return tuple(stages)
