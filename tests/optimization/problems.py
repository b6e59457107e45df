"""A problem without physics: its optimum is known and its first start can be made to fail."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax.numpy as jnp

from robodiff.optimization.objective import Evaluation, Window
from robodiff.optimization.parameters import Parameters
from robodiff.optimization.schema import OptimizerSpec
from robodiff.robot.design import Design
from robodiff.robot.load import parse_robot

ROBOT = """
name: rod
parameters:
  length: {value: 0.5, min: 0.2, max: 1.0, unit: m}
  radius: {value: 0.04, min: 0.01, max: 0.1, unit: m}
links:
  rod:
    joint: {type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -length], radius: radius}, density: 1000}]
"""


@dataclass(frozen=True)
class Bowl:
    """Loss (length - 0.7)^2 + |gain - (1, -2)|^2 with a pit of NaN beyond `cliff`."""

    optimizer: OptimizerSpec
    cliff: float = 100.0
    name: str = "bowl"
    compiled: dict = field(default_factory=dict)
    design: Design = field(default_factory=lambda: Design.from_spec(parse_robot(ROBOT)))

    def initial_control(self, key):
        return {"gain": jnp.zeros(2)}

    def evaluate(self, parameters: Parameters, window: Window) -> Evaluation:
        gain = parameters.control["gain"] - jnp.array([[1.0], [-2.0]])
        size = 10 * (parameters.design["length"] - 0.7) ** 2 + 0 * parameters.design["radius"]
        gap = jnp.sum(gain**2, axis=0) * window.slip_speed
        loss = jnp.where(parameters.control["gain"][0] > self.cliff, jnp.nan, size + gap)
        terms = {"size": size, "gap": gap}
        return Evaluation(loss, terms, {"gap": gap}, jnp.isnan(loss))
