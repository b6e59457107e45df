"""Looks at a run while it goes: is its gradient right, and why was a start lost?"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from robodiff.experiment.experiment import Experiment
from robodiff.io.files import write_json
from robodiff.io.results import RunFolder
from robodiff.optimization.certificate.directional import check_directions
from robodiff.optimization.iteration import Iteration
from robodiff.optimization.parameters import as_batch, member, to_parameters
from robodiff.physics.divergence import diagnose


class Inspector:
    """Told of every update; certifies the first gradient and explains the first lost start."""

    def __init__(
        self, experiment: Experiment, folder: RunFolder | None, notify: Callable[[str], None]
    ):
        self._experiment = experiment
        self._folder = folder
        self._notify = notify
        self._explained = False

    def look(self, iteration: Iteration) -> None:
        """Look at one update."""
        if iteration.index == 0 and self._experiment.optimizer.certify:
            self._certify(iteration)
        if iteration.finite_starts < len(iteration.losses) and not self._explained:
            self._explained = True
            self._notify(explain_lost_start(self._experiment, iteration))

    def _certify(self, iteration: Iteration) -> None:
        settings = self._experiment.optimizer
        certificate = check_directions(
            self._experiment,
            iteration.search.population,
            settings.resolved_stages()[iteration.stage],
            settings.normalise_gradient,
        )
        if self._folder:
            write_json(self._folder.file("certificate.json"), certificate.to_dict())
        self._notify(str(certificate))


def explain_lost_start(experiment: Experiment, iteration: Iteration) -> str:
    """Why a start has no finite gradient, from a simulation of it over the whole task."""
    population = iteration.search.population
    lost = np.flatnonzero(np.asarray(population.strikes) > 0)
    if not len(lost):
        return "a start that was lost has been begun anew"
    start = int(lost[0])
    place = as_batch(member(population.variables, start))
    outcome = experiment.outcome(member(to_parameters(experiment.design, place), 0))
    found = diagnose(outcome.model, outcome.trajectory)
    return f"start {start}: {found or _without_divergence(iteration.losses[start])}"


def _without_divergence(loss: float) -> str:
    """What is wrong with a start that moves as it should."""
    if math.isfinite(loss):
        return (
            "its motion and loss are finite, its gradient is not: motion this chaotic (a fall?) has"
            " slopes beyond float32. A shorter optimizer.memory or duration tames them"
        )
    return "its motion is finite, its loss is not"
