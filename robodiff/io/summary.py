"""The end of a run in numbers: what `result.json` and `optimize --json` say."""

from __future__ import annotations

import math
from typing import Any

from robodiff.experiment.experiment import Experiment
from robodiff.optimization.iteration import Result


def _sensitivity(slope: float | None, value: float, loss: float) -> float | None:
    """Per cent of the loss for a per cent of the parameter; None where that has no meaning."""
    if slope is None or loss == 0.0 or not math.isfinite(loss):
        return None
    return slope * value / abs(loss)


def summary(experiment: Experiment, result: Result) -> dict[str, Any]:
    """Loss, metrics and design before and after, with units and bounds; costs of the run."""
    before, after = result.before, result.after
    measured = experiment.task.units
    slopes, changes = result.slopes, result.changes if after.loss else {}
    bounds, units = experiment.design.bounds, experiment.design.units
    return {
        "method": experiment.optimizer.label,
        "seed": experiment.optimizer.seed,
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
                "gradient": slopes.get(name),
                "sensitivity": _sensitivity(slopes.get(name), after.design[name], after.loss),
                "change": [100.0 * gain / abs(after.loss) for gain in changes.get(name, ())],
            }
            for name, value in before.design.items()
        },
        "seconds": result.seconds,
        "iterations": result.iterations,
        "simulations": result.simulations,
        "interrupted": result.interrupted,
    }
