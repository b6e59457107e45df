"""Compiled programs that run one after another as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax


@dataclass(frozen=True)
class Plan:
    """Memory of a program, under XLA's own names [bytes]."""

    argument_size_in_bytes: int
    output_size_in_bytes: int
    temp_size_in_bytes: int


class Chain:
    """Two compiled programs as one: what the first gives is for the second alone."""

    def __init__(
        self, programs: Sequence[Any], takes: Sequence[Sequence[int]], arguments: Any, results: Any
    ):
        """Args: takes, of each program the places of its arguments, among those of the whole and,
        after them, what the first gives; arguments and results, their structures."""
        self.programs, self.takes = tuple(programs), tuple(takes)
        self._arguments, self._results = arguments, results

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """The value. Raises `TypeError` for arguments that it was not compiled for."""
        values, structure = jax.tree.flatten((arguments, keywords))
        if structure != self._arguments:
            raise TypeError(f"compiled for {self._arguments}, called with {structure}")
        first, second = self.programs
        values += first(*(values[place] for place in self.takes[0]))
        return jax.tree.unflatten(
            self._results, second(*(values[place] for place in self.takes[1]))
        )

    @property
    def input_shardings(self) -> Any:
        """Where its arguments lie, as of a compiled program."""
        return self.programs[0].input_shardings

    def memory_analysis(self) -> Plan | None:
        """The memory that both plan; what the first gives is neither argument nor result. None
        where XLA does not tell."""
        first, second = (each.memory_analysis() for each in self.programs)
        if first is None or second is None:
            return None
        between = first.output_size_in_bytes
        alone = second.argument_size_in_bytes - between
        return Plan(
            max(first.argument_size_in_bytes, alone),
            second.output_size_in_bytes,
            between + max(first.temp_size_in_bytes, second.temp_size_in_bytes),
        )
