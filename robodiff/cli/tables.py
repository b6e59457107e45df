"""Tables for people: metrics and design, before and after."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table


def metric_table(metrics: dict[str, dict[str, Any]], loss: dict[str, float]) -> Table:
    """Loss and metrics before and after; `metrics` as in `result.json`."""
    table = _table("metric", "before", "after", "change", "unit")
    table.add_row("[bold]loss[/bold]", *_pair(loss), "", end_section=True)
    for name, row in metrics.items():
        table.add_row(name, *_pair(row), row.get("unit", ""))
    return table


def design_table(design: dict[str, dict[str, Any]]) -> Table:
    """Every design parameter before and after, with its bounds; `design` as in `result.json`."""
    table = _table("parameter", "before", "after", "change", "unit", "min", "max", "")
    for name, row in design.items():
        bounds = (number(row["min"]), number(row["max"]))
        table.add_row(name, *_pair(row), row.get("unit", ""), *bounds, _at_bound(row))
    return table


def replay_table(metrics: dict[str, dict[str, Any]]) -> Table:
    """Every metric in both engines and the gap; `metrics` as in `replay.json`."""
    table = _table("metric", "robodiff", "MuJoCo", "dt / 4", "gap", "unit")
    for name, row in metrics.items():
        gap = "-" if row["gap"] is None else f"{100 * row['gap']:.1f} %"
        values = (number(row[key]) for key in ("robodiff", "engine", "fine"))
        table.add_row(name, *values, gap, row["unit"])
    return table


def comparison_tables(runs: list[dict[str, Any]]) -> list[Table]:
    """Losses and costs, then metrics and design of several runs; `runs` as in `comparison.json`."""
    costs = _table("", "run", "loss before", "after", "simulations", "seconds", "compiling")
    costs.columns[1].no_wrap = False
    for index, run in enumerate(runs, start=1):
        loss, seconds = run["loss"], run["seconds"]
        costs.add_row(
            str(index),
            escape(run["label"]),
            number(loss["before"]),
            f"[bold]{number(loss['after'])}[/bold]",
            str(run["simulations"]),
            f"{seconds['total']:.1f}",
            f"{seconds['compile']:.1f}",
        )
    return [costs, *(_side_by_side(runs, group) for group in ("metrics", "design"))]


def _side_by_side(runs: list[dict[str, Any]], group: str) -> Table:
    """What came out for each metric or parameter, a column a run."""
    units = {name: row.get("unit", "") for run in runs for name, row in run[group].items()}
    word = {"metrics": "metric", "design": "parameter"}[group]
    table = _table(word, "unit", *(str(index) for index in range(1, len(runs) + 1)))
    for name, unit in units.items():
        values = [number(run[group].get(name, {}).get("after")) for run in runs]
        table.add_row(name, unit, *values)
    return table


def value_table(rows: dict[str, float], units: dict[str, str]) -> Table:
    """Names, values and units."""
    table = _table("metric", "value", "unit")
    for name, value in rows.items():
        table.add_row(name, number(value), units.get(name, ""))
    return table


def number(value: float | None) -> str:
    """Four significant digits."""
    return "-" if value is None else f"{value:.4g}"


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    words = ("metric", "parameter", "run", "unit", "")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in words else "right", no_wrap=True)
    return table


def _pair(row: dict[str, Any]) -> tuple[str, str, str]:
    before, after = row.get("before"), row.get("after")
    return number(before), number(after), _change(before, after)


def _change(before: float | None, after: float | None) -> str:
    if before is None or after is None or abs(before) < 1e-9:
        return ""
    change = 100.0 * (after - before) / abs(before)
    return f"{change:+.1f} %" if abs(change) < 1000 else ""


def _at_bound(row: dict[str, Any]) -> str:
    low, high, value = row["min"], row["max"], row["after"]
    if None in (low, high, value):
        return ""
    near = 0.01 * (high - low)
    if value - low < near:
        return "[yellow]at its min[/yellow]"
    return "[yellow]at its max[/yellow]" if high - value < near else ""
