"""An experiment without physics whose loss is any function of a design and a control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np

from robodiff.optimization.certificate.problem import Horizons
from robodiff.optimization.objective import Evaluation, Window
from robodiff.optimization.parameters import Parameters
from robodiff.robot.design import Design
from robodiff.robot.load import parse_robot
from robodiff.robot.mentions import mentions
from tests.optimization.problems import ROBOT

Terms = Callable[[dict, object, int], dict]


@dataclass(frozen=True)
class Formula:
    """`terms(design, gain, steps)` gives the parts of the loss; gain is [2, B]."""

    terms: Terms
    gain: tuple[float, float] = (0.3, -0.4)
    name: str = "formula"
    steps: int = 40
    design: Design = field(default_factory=lambda: Design.from_spec(parse_robot(ROBOT)))

    @property
    def parameters(self) -> Parameters:
        design = {name: jnp.asarray(value) for name, value in self.design.values.items()}
        return Parameters(design, {"gain": jnp.array(self.gain)})

    def control_labels(self):
        return {"gain": np.array(["gain[0]", "gain[1]"])}

    def uses(self, name):
        return mentions(parse_robot(ROBOT), name)

    def divergence(self, parameters):
        return ""

    def evaluate(self, parameters: Parameters, window: Window) -> Evaluation:
        terms = self._terms(parameters, window.duration)
        loss = sum(terms.values())
        return Evaluation(loss, terms, terms, jnp.zeros(loss.shape, bool))

    def horizons(self, parameters, fractions, refinement):
        each = [self._terms(parameters, fraction) for fraction in fractions]
        terms = {name: jnp.stack([terms[name] for terms in each]) for name in each[0]}
        motion = jnp.tile(parameters.control["gain"][None], (self.steps + 1, 1, 1))
        return Horizons(terms, motion[1:], motion, motion)

    def _terms(self, parameters, fraction):
        steps = round(fraction * self.steps)
        return self.terms(parameters.design, parameters.control["gain"], steps)
