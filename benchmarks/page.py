"""The figures as tables, between the markers of docs/performance.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.bars import RULES, Results, bars, rate, seconds_of
from benchmarks.program import MEMORY

PROCESS = ("process [MiB]", "at its peak")
BEGIN, END = "<!-- figures of python -m benchmarks -->", "<!-- end of figures -->"


def write_page(folder: Path, page: Path) -> str:
    """Put the tables of all results into the page; returns the table of bars.

    Raises ValueError when the page has no markers.
    """
    results = {
        piece: json.loads((folder / f"{piece}.json").read_text())
        for piece in RULES
        if (folder / f"{piece}.json").exists()
    }
    text = page.read_text()
    if BEGIN not in text or END not in text:
        raise ValueError(f"{page} has no line {BEGIN} with a line {END} below it")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{tables(results)}\n{END}{after}")
    return _bars(results)


def tables(results: Results) -> str:
    """Every table, with a heading each."""
    parts = [("Against what is to be reached", _bars(results))]
    parts += [(title, make(results[piece])) for piece, title, make in SECTIONS if piece in results]
    return "\n\n".join(f"### {title}\n\n{text}" for title, text in parts if text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; numbers stand as they are given."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _bars(results: Results) -> str:
    rows = [bar.row() for bar in bars(results)]
    return table(("figure", "to reach", "measured", "reached"), rows)


def number(value: float) -> str:
    """Three digits, thousands with commas, a dash for what is not known."""
    if value != value:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _taken(machine: dict) -> str:
    load = f"{machine['load']:g} to {machine['load_at_end']:g}"
    return f"{machine['processor']}, {machine['cores']} cores, {machine['commit']}, load {load}"


def _speed(found: dict) -> str:
    rows = []
    for robot, sizes in found["robots"].items():
        for batch, cells in sizes.items():
            if batch == "machine":
                continue
            theirs = rate(cells, "mujoco forward")
            forward, gradient = (
                rate(cells, f"robodiff {what}") for what in ("forward", "gradient")
            )
            values = [theirs, forward, forward / theirs, gradient, gradient / theirs]
            rows.append([robot, batch, *map(number, [*values, forward / gradient])])
    head = ("robot", "batch", "C MuJoCo", "robodiff", "ratio", "gradient", "to C MuJoCo forward",
            "forward / gradient")  # fmt: skip
    loads = "; ".join(f"{name}: {_taken(one['machine'])}" for name, one in found["robots"].items())
    return table(head, rows) + f"\n\nSteps per CPU second on one core. {loads}."


def _peers(found: dict) -> str:
    rows, notes = [], []
    for robot, sizes in found["robots"].items():
        if len(sizes.get("1", {})) <= len(ALONE):
            continue
        for label, cells in sizes["1"].items():
            system, what = label.rsplit(" ", 1)
            if system not in ("mujoco", "robodiff") and "why" in cells:
                notes.append(f"- {robot}, {label}: {cells['why']}")
            elif what == "gradient":
                facts = [rate(sizes["1"], f"{system} forward"), rate(sizes["1"], label)]
                seconds = seconds_of(cells, "cpu")
                compile_ = "from cache" if cells["from_cache"] else f"{seconds:.1f}"
                finite = "yes" if cells["finite"] else "**no**"
                peak = number(cells["resident_peak_mib"])
                rows.append([robot, system, *map(number, facts), compile_, peak, finite])
    head = ("robot", "system", "forward", "gradient", "compile gradient [CPU s]",
            "process [MiB]", "finite")  # fmt: skip
    versions = ", ".join(f"{name} {version}" for name, version in sorted(found["versions"].items()))
    return "\n\n".join(filter(None, [table(head, rows), "\n".join(notes), f"{versions}."]))


def _compilation(found: dict) -> str:
    rows = [
        [robot, kind, *(number(facts[part][clock]) for part in ("trace", "compile")
                        for clock in ("wall", "cpu")), *(number(facts[key]) for key in MEMORY)]
        for robot, kinds in found["robots"].items()
        for kind, facts in kinds.items()
        if kind != "machine"
    ]  # fmt: skip
    head = ("robot", "cache", "trace, wall [s]", "CPU", "compile, wall [s]", "CPU", *PROCESS)
    return "\n\n".join(
        filter(None, [table(head, rows), _first_gradients(found), f"{_taken(found['machine'])}."])
    )


def _first_gradients(found: dict) -> str:
    rows = [
        [robot, kind, *(number(facts["ready"][clock]) for clock in ("wall", "cpu")),
         *(number(facts[key]) for key in MEMORY)]
        for robot, kinds in found.get("experiments", {}).items()
        for kind, facts in kinds.items()
    ]  # fmt: skip
    if not rows:
        return ""
    told = (
        "What precedes the first `experiment.value_and_gradient` of a shipped experiment (programs"
    )
    head = ("experiment", "cache", "until the first gradient, wall [s]", "CPU", *PROCESS)
    return f"{told} that robodiff keeps are not traced again):\n\n" + table(head, rows)


def _memory(found: dict) -> str:
    rows = [
        [*(number(one[key]) for key in ("steps", "batch", "planned_mib", "resident_peak_mib")),
         "no" if one["from_cache"] else "yes"]
        for one in found["sizes"]
    ]  # fmt: skip
    head = ("horizon", "batch", "arrays by XLA's plan [MiB]", "process at its peak [MiB]",
            "compilation included")  # fmt: skip
    return table(head, rows) + f"\n\nGradient of the {found['robot']}; {_taken(found['machine'])}."


def _differences(found: dict) -> str:
    rows = []
    for count, systems in found["counts"].items():
        theirs = systems["mujoco"]["cpu"]
        for system, one in systems.items():
            share = one["cpu"] / (found["batch"] if system == "robodiff batch" else 1)
            rows.append([count, system, f"{1e3 * share:.3g}", f"{theirs / share:.3g}"])
    head = ("parameters", "system", "CPU time of one gradient [ms]", "faster than differences")
    note = f"{found['steps']} steps of the {found['robot']}; `robodiff batch` is a member of a "
    note += f"batch of {found['batch']}"
    return table(head, rows) + f"\n\n{note}; {_taken(found['machine'])}."


def _growth(found: dict) -> str:
    rows = []
    for robot, sizes in found["robots"].items():
        for batch, cells in sizes.items():
            if batch == "machine":
                continue
            rates = [rate(cells, label) for label in ("mujoco forward", *OURS)]
            compile_ = [seconds_of(cells[label], "cpu") for label in OURS]
            cached = any(cells[label]["from_cache"] for label in OURS)
            seconds = ["from cache"] * 2 if cached else [f"{one:.1f}" for one in compile_]
            rows.append([robot, batch, *map(number, rates), *seconds])
    head = ("robot", "batch", "C MuJoCo", "robodiff", "gradient", "compile [CPU s]",
            "compile gradient [CPU s]")  # fmt: skip
    return table(head, rows) + f"\n\nSteps per CPU second; {_taken(found['machine'])}."


ALONE = ("mujoco forward", "robodiff forward", "robodiff gradient")
"""What is measured where there are no peers."""
OURS = ("robodiff forward", "robodiff gradient")


def _command(found: dict) -> str:
    rows = [[f"`{name}`", "", "", number(one["wall"]), number(one["cpu"])]
            for name, one in found["starts"].items()]  # fmt: skip
    for kind, one in found["optimize"].items():
        name = f"`robodiff optimize configs/{found['experiment']}.yaml`, cache {kind}"
        keys = ("first", "last", "wall", "cpu")
        rows.append([name, *(number(one.get(key, float("nan"))) for key in keys)])
    head = ("command", "first iteration [s]", "last iteration [s]", "all [s]", "CPU [s]")
    return table(head, rows) + f"\n\n{_taken(found['machine'])}."


SECTIONS = (
    ("speed", "Steps per second", _speed),
    ("speed", "Other differentiable simulators, batch 1", _peers),
    ("differences", "Gradient against finite differences", _differences),
    ("compilation", "Compilation of the gradient", _compilation),
    ("memory", "Memory", _memory),
    ("growth", "Growth with the number of bodies", _growth),
    ("command", "At the command line", _command),
)
