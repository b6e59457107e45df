"""A task cut short, for the first stages of a curriculum."""

from __future__ import annotations

from typing import Any

from robodiff.tasks.schema import TaskSpec


def shortened(spec: TaskSpec, fraction: float) -> TaskSpec:
    """The first part of a task: waits shrink with it, and later targets move to its end."""
    if fraction == 1.0:
        return spec
    duration = spec.duration * fraction
    metrics = {name: _metric(metric, fraction, duration) for name, metric in spec.metrics.items()}
    return spec.model_copy(update={"duration": duration, "metrics": metrics})


def _metric(metric: Any, fraction: float, duration: float) -> Any:
    changes: dict[str, Any] = {"after": metric.after * fraction}
    if targets := getattr(metric, "targets", ()):
        changes["targets"] = tuple(
            t if t.time is None else t.model_copy(update={"time": min(t.time, duration)})
            for t in targets
        )
    return metric.model_copy(update=changes)
