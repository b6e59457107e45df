"""`robodiff optimize --live`: the page of a run that goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.markup import escape

from robodiff.cli.console import messages

if TYPE_CHECKING:
    from robodiff.experiment.experiment import Experiment
    from robodiff.io.results import RunFolder
    from robodiff.optimization.iteration import Iteration
    from robodiff.viz.serve import PageServer

LIVE_EVERY, LIVE_SHARE = 1.0, 0.2
"""Seconds between pages that somebody looks at, and the share of them that a page may take."""


@contextmanager
def live_page(wanted: bool) -> Iterator[PageServer | None]:
    """A page at an address that is printed; None when it is not wanted."""
    if not wanted:
        yield None
        return
    from robodiff.viz.serve import PageServer

    with PageServer() as server:
        messages().print(f"live: [bold]{server.url}[/bold]")
        yield server


def show_robot(server: PageServer, experiment: Experiment) -> None:
    """Before the first update there is only the robot to show."""
    from robodiff.viz.view.content import Subject, view_content

    design = experiment.design
    start = {name: float(value) for name, value in design.values.items()}
    bounds = {name: design.bounds[name] for name in design.names}
    subject = Subject(experiment.name, experiment.robot, bounds, {"start": start})
    content = view_content(subject, "")
    server.publish({**content, "status": "Compiling the gradient; the report comes with it."})


def growing_report(
    experiment: Experiment,
    folder: RunFolder,
    server: PageServer | None,
    plots: bool,
    note: Callable[[str], None],
) -> Callable[[Iteration], None]:
    """What is to be told of every update. Whatever fails there only leaves a note."""
    if not plots and server is None:
        return lambda iteration: None
    from robodiff.viz.report.growing import GrowingReport

    report = GrowingReport(experiment, folder, write=plots)
    if server is not None:
        report = GrowingReport(experiment, folder, server.publish, LIVE_EVERY, LIVE_SHARE, plots)
    failed = False

    def update(iteration: Iteration) -> None:
        nonlocal failed
        if failed:
            return
        try:
            report.update(iteration)
        except Exception as error:
            failed = True
            note(f"no report on the way: {escape(str(error))}")

    return update
