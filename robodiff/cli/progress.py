"""The live display of an optimization: compile time apart, then one line for where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Timer
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from rich.console import Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from robodiff.cli.console import Settings, messages
from robodiff.cli.tables import number

if TYPE_CHECKING:
    from robodiff.optimization.iteration import Iteration

Item = TypeVar("Item")


LONG = 2.0
"""Seconds after which a file or a pipe, too, is told what goes on."""


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """A spinner while something short goes on; without a terminal a line once it takes long."""
    screen = messages()
    if Settings.quiet:
        yield
    elif screen.is_terminal:
        with screen.status(text):
            yield
    else:
        timer = Timer(LONG, lambda: screen.print(f"{text} ..."))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


@contextmanager
def stages(text: str) -> Iterator[Callable[[str], None]]:
    """A function that tells which stage of something long has begun."""
    screen = messages()
    if Settings.quiet:
        yield lambda stage: None
    elif screen.is_terminal:
        with screen.status(text) as status:
            yield lambda stage: status.update(f"{text}: {stage}")
    else:
        yield lambda stage: screen.print(f"{text}: {stage}")


@contextmanager
def counting(text: str, items: Iterable[Item], total: int) -> Iterator[Iterator[Item]]:
    """The items, with a bar that tells how many of them have come."""
    bar = Progress(
        TextColumn(text),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=messages(),
        transient=True,
        disable=Settings.quiet or not messages().is_terminal,
    )
    if not messages().is_terminal and not Settings.quiet:
        messages().print(f"{text}: {total}")
    with bar:
        yield iter(bar.track(items, total))


class OptimizationDisplay:
    """A context manager whose `note` and `update` are handed to the optimizer."""

    def __init__(self, total: int):
        self._total = total
        self._screen = messages()
        self._spinner = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
        )
        self._bar = Progress(
            TextColumn("optimizing"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("ETA"),
            TimeRemainingColumn(),
        )
        self._status = Text()
        self._live = Live(
            Group(self._spinner, self._bar, self._status),
            console=self._screen,
            refresh_per_second=8,
            transient=True,
        )
        self._waiting: TaskID | None = None
        self._progress: TaskID | None = None

    def __enter__(self) -> OptimizationDisplay:
        if not Settings.quiet:
            self._waiting = self._spinner.add_task("compiling")
        if not Settings.quiet and self._screen.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def note(self, text: str) -> None:
        """A line that stays on the screen."""
        if Settings.quiet:
            return
        if self._waiting is not None and text.startswith("compiling"):
            self._spinner.update(self._waiting, description=text)
            if self._screen.is_terminal:
                return  # which shows the spinner
        self._screen.print(f"[dim]{text}[/dim]")

    def update(self, iteration: Iteration) -> None:
        """Take in one update of the optimizer."""
        if Settings.quiet:
            return
        self._end_compiling(iteration)
        for text in iteration.notes:
            self.note(f"iteration {iteration.index}: {text}")
        assert self._progress is not None
        self._bar.update(self._progress, completed=iteration.index + 1)
        self._status.plain = "\n".join(_describe(iteration))
        if not self._screen.is_terminal:
            self._print_sparsely(iteration)

    def _end_compiling(self, iteration: Iteration) -> None:
        seconds = iteration.compile_seconds
        if self._waiting is not None:
            self._spinner.remove_task(self._waiting)
            self._waiting = None
            self._progress = self._bar.add_task("", total=self._total)
        if seconds >= 0.5:
            self._screen.print(f"compiled in {seconds:.1f} s")

    def _print_sparsely(self, iteration: Iteration) -> None:
        """Without a terminal to redraw: a line every tenth of the run."""
        every = max(1, self._total // 10)
        if iteration.index % every == 0 or iteration.index + 1 == self._total:
            line = "  ".join(_describe(iteration))
            self._screen.print(f"{iteration.index + 1}/{self._total}  {line}")


def _describe(iteration: Iteration) -> list[str]:
    terms = "  ".join(f"{name} {number(value)}" for name, value in iteration.terms.items())
    norm = iteration.gradient_norm
    best = number(iteration.best_loss) if math.isfinite(iteration.best_loss) else "-"
    lines = [
        f"loss {number(iteration.loss)}  best {best}",
        f"terms  {terms}",
    ]
    if norm:
        text = f"|gradient|  design {norm['design']:.2g}  control {norm['control']:.2g}"
        lines.insert(1, text)
    if iteration.finite_starts < len(iteration.losses):
        lines[0] += f"  finite starts {iteration.finite_starts} of {len(iteration.losses)}"
    return lines
