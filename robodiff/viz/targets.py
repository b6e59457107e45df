"""The places that a task wants reached, to mark in pictures."""

from __future__ import annotations

from robodiff.experiment.experiment import Experiment
from robodiff.tasks.metric_schema import ReachSpec


def reach_targets(experiment: Experiment) -> list[tuple[float, float, float]]:
    """Every target of every `reach` metric, in the world [m]."""
    metrics = experiment.spec.task.metrics.values()
    reaches = [metric for metric in metrics if isinstance(metric, ReachSpec)]
    return [target.position for reach in reaches for target in reach.targets]
