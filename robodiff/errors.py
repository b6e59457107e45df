"""The errors that robodiff raises on purpose: each names the place, the mistake and a remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class RobodiffError(Exception):
    """Base of every deliberate error; `exit_code` is what the command line returns for it."""

    exit_code = 1


@dataclass(frozen=True)
class Problem:
    """One mistake in an input file."""

    message: str
    """What is wrong, in words."""
    file: str = ""
    """The file as the user named it."""
    line: int = 0
    """Line, from 1; 0 when the place is unknown."""
    column: int = 0
    """Column, from 1; 0 when the place is unknown."""
    key: str = ""
    """Key path such as `links.torso.shapes[0].radius`."""
    suggestion: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}:{self.column}"
        head = ": ".join(part for part in (place, self.key, self.message) if part)
        return f"{head} ({self.suggestion})" if self.suggestion else head


class InputError(RobodiffError):
    """Bad usage or input. Carries every problem that was found, not just the first."""

    exit_code = 2

    def __init__(self, problems: Problem | str | Iterable[Problem]):
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: list[Problem] = (
            [problems] if isinstance(problems, Problem) else list(problems)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RobodiffWarning(UserWarning):
    """Something that the user should know of and that stops nothing."""


class DivergedError(RobodiffError):
    """The simulation left the finite world."""

    exit_code = 3


class CertificateError(RobodiffError):
    """A gradient certificate or a comparison between engines failed."""

    exit_code = 4


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """A suggestion that names the nearest valid choice, or lists them all when none is near."""
    known = sorted(str(choice) for choice in choices)
    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return "valid: " + ", ".join(known) if known else ""
