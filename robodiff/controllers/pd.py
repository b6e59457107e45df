"""PD tracking of another controller's output by the joints."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.controllers.controller import Controller, Part
from robodiff.controllers.rows import select_rows


@dataclass(frozen=True, eq=False)
class Pd(Part):
    """kp (target - q) - kd v for the joint of each actuator."""

    target: Controller
    """Gives the target of each joint [rad or m]."""
    q_rows: tuple[int, ...]
    """Row of q of each actuator's joint."""
    v_rows: tuple[int, ...]
    """Row of v of each actuator's joint."""

    @property
    def open_loop(self) -> bool:
        return False

    def initial(self, key=None) -> dict:
        return {**super().initial(key), "target": self.target.initial(key)}

    def labels(self, parameters=None) -> dict:
        return {**super().labels(), "target": self.target.labels()}

    def command(self, parameters, time, state) -> Float[Array, "nu B"]:
        target = self.target.command(parameters["target"], time, state)
        own = {name: value for name, value in parameters.items() if name != "target"}
        return super().command({**own, "wanted": select_rows(target, self.rows)}, time, state)

    def output(self, values, time, state) -> Float[Array, "n B"]:
        error = values["wanted"] - select_rows(state.q, self.q_rows)
        speed = select_rows(state.v, self.v_rows)
        return jnp.exp(values["log_kp"]) * error - jnp.exp(values["log_kd"]) * speed
