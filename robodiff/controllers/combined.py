"""The sum of several controllers."""

from __future__ import annotations

from dataclasses import dataclass

import jax
from jaxtyping import Array, Float

from robodiff.controllers.controller import Controller


@dataclass(frozen=True, eq=False)
class Sum(Controller):
    """Adds the commands of its parts; their parameters stand under the parts' names."""

    parts: tuple[Controller, ...]
    """Controllers with distinct names."""

    @property
    def open_loop(self) -> bool:
        return all(part.open_loop for part in self.parts)

    def initial(self, key=None) -> dict:
        keys = [None if key is None else jax.random.fold_in(key, n) for n in range(len(self.parts))]
        return {p.name: p.initial(k) for p, k in zip(self.parts, keys, strict=True)}

    def labels(self, parameters=None) -> dict:
        return {part.name: part.labels() for part in self.parts}

    def command(self, parameters, time, state) -> Float[Array, "nu B"]:
        commands = [part.command(parameters[part.name], time, state) for part in self.parts]
        total = commands[0]
        for command in commands[1:]:
            total = total + command
        return total
