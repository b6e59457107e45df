"""The end of a run in numbers: what `result.json` and `optimize --json` say."""

from __future__ import annotations

from typing import Any

from robodiff.experiment.experiment import Experiment
from robodiff.optimization.iteration import Result


def summary(experiment: Experiment, result: Result) -> dict[str, Any]:
    """Loss, metrics and design before and after, with units and bounds; costs of the run."""
    before, after = result.before, result.after
    measured = experiment.task.units
    bounds, units = experiment.design.bounds, experiment.design.units
    return {
        "loss": {"before": before.loss, "after": after.loss},
        "metrics": {
            name: {
                "before": value,
                "after": after.metrics[name],
                "unit": measured[name],
            }
            for name, value in before.metrics.items()
        },
        "terms": {
            name: {"before": value, "after": after.terms[name]}
            for name, value in before.terms.items()
        },
        "design": {
            name: {
                "before": value,
                "after": after.design[name],
                "min": bounds[name][0],
                "max": bounds[name][1],
                "unit": units[name],
            }
            for name, value in before.design.items()
        },
        "seconds": result.seconds,
        "iterations": result.iterations,
        "simulations": result.simulations,
        "interrupted": result.interrupted,
    }
