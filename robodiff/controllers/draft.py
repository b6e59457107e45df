"""What all parts have in common, while one is being made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from robodiff.controllers.controller import Parameter, constant
from robodiff.controllers.names import KeyPath, Report, select, spread
from robodiff.controllers.schema import PartSpec
from robodiff.errors import did_you_mean
from robodiff.physics.topology import Topology


class Draft:
    """Looks up actuators and collects parameters; mistakes go to the report."""

    def __init__(self, spec: PartSpec, topology: Topology, report: Report, path: KeyPath):
        self.spec, self.topology, self.report, self.path = spec, topology, report, path
        names = topology.actuator_names
        self.rows = select(spec.actuators, names, report, (*path, "actuators"), "actuator")
        self.actuators = tuple(names[row] for row in self.rows)
        self.scale = constant(self.values("scale", spec.scale, 1.0))
        self.table: list[Parameter] = []
        self.known: list[str] = []

    def problem(self, place: KeyPath, message: str, suggestion: str = "") -> None:
        """Note a mistake at a key of this part."""
        self.report.add((*self.path, *place), message, suggestion)

    def values(self, key: str, values: Mapping[str, float], default: float = 0.0) -> np.ndarray:
        """One number for each actuator."""
        found = spread(values, self.actuators, default, self.report, (*self.path, key))
        return np.array(found, dtype=float)

    def outputs(self, key: str, values: Mapping[str, float]) -> np.ndarray:
        """One number for each actuator, in multiples of the part's scale."""
        return self.values(key, values) / self.scale[:, 0]

    def is_fixed(self, name: str) -> bool:
        """Whether the user fixed a parameter (or group of them); notes that the name exists."""
        self.known.append(name)
        return name in self.spec.fixed

    def add(
        self, name: str, value: Any, axes: tuple[tuple[str, ...], ...] = (),
        noise: float = 1.0, log: bool = False,
    ) -> None:  # fmt: skip
        """Add a parameter; `log`: kept positive as log_NAME; `noise`: relative to init_scale."""
        fixed, value = self.is_fixed(name), np.asarray(value, dtype=float)
        noise = noise * self.spec.init_scale
        if log:
            name, value = f"log_{name}", np.log(value)
        self.table.append(Parameter(name, value, axes, noise, fixed))

    def finish(self) -> dict[str, Any]:
        """The fields of `Part`; checks what could only be checked now."""
        for number, name in enumerate(self.spec.fixed):
            if name not in self.known:
                suggestion = did_you_mean(name, self.known)
                self.problem(("fixed", number), f"no parameter is named {name!r}", suggestion)
        limit = self.spec.limit
        return {
            "name": self.spec.name or getattr(self.spec, "type", "part"),
            "nu": self.topology.nu,
            "rows": self.rows,
            "scale": self.scale,
            "limit": None if limit is None else constant(self.values("limit", limit, np.inf)),
            "table": tuple(self.table),
        }
