"""Names that a user writes, with wildcards, matched against the names that a robot has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeVar

from robodiff.errors import InputError, Problem, did_you_mean
from robodiff.robot.yaml_source import Source, dotted

T = TypeVar("T")
KeyPath = tuple[str | int, ...]


@dataclass
class Report:
    """Collects the mistakes of one pass over a specification."""

    source: Source | None = None
    """Where the specification was read, for file:line:column."""
    problems: list[Problem] = field(default_factory=list)
    """Every mistake so far."""

    def add(self, path: KeyPath, message: str, suggestion: str = "", at_key: bool = False) -> None:
        """Note a mistake at a key path; `at_key`: at the key rather than its value."""
        if self.source is None:
            self.problems.append(Problem(message, key=dotted(path), suggestion=suggestion))
        else:
            self.problems.append(self.source.problem(path, message, suggestion, at_key=at_key))

    def finish(self) -> None:
        """Raise `InputError` with every mistake, if there is any."""
        if self.problems:
            raise InputError(self.problems)


def matches(pattern: str, names: Sequence[str]) -> list[int]:
    """Indices of the names that a pattern fits."""
    return [index for index, name in enumerate(names) if fnmatchcase(name, pattern)]


def select(
    patterns: Iterable[str], names: Sequence[str], report: Report, path: KeyPath, what: str
) -> tuple[int, ...]:
    """Indices (in the robot's order) of the names that any pattern fits."""
    found: set[int] = set()
    for number, pattern in enumerate(patterns):
        fits = matches(pattern, names)
        if not fits and not (pattern == "*" and not names):
            place = (*path, number)
            report.add(place, f"no {what} is named {pattern!r}", did_you_mean(pattern, names))
        found.update(fits)
    return tuple(sorted(found))


def spread(
    values: Mapping[str, T],
    names: Sequence[str],
    default: T,
    report: Report,
    path: KeyPath,
    what: str = "actuator",
) -> list[T]:
    """The value of each name; a later key wins where several patterns fit."""  # fmt: skip
    result = [default] * len(names)
    for pattern, value in values.items():
        fits = matches(pattern, names)
        if not fits and pattern != "*":
            suggestion = did_you_mean(pattern, names)
            report.add((*path, pattern), f"no {what} is named {pattern!r}", suggestion, at_key=True)
        for index in fits:
            result[index] = value
    return result
