"""What is to be reached, and whether it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.program import MEMORY

CLOCK = "cpu"
"""Ratios are of CPU seconds: they hold on a shared machine, too."""
BRAX = ("brax:generalized", "brax:spring", "brax:positional")
Results = dict[str, dict]
"""Piece -> what it found."""


@dataclass(frozen=True)
class Bar:
    """One figure against what it should reach."""

    figure: str
    limit: float
    value: float
    unit: str = ""
    at_least: bool = True
    note: str = ""

    @property
    def reached(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> list[str]:
        """Figure, to reach, measured, reached?"""
        sign = "≥" if self.at_least else "≤"
        unit = self.unit if self.unit == "x" else f" {self.unit}".rstrip()
        if math.isnan(self.value):
            limit = "-" if math.isnan(self.limit) else f"{sign} {self.limit:g}{unit}"
            return [self.figure, limit, "not measured", "-"]
        measured = f"{self.value:.3g}{unit}" + (f" ({self.note})" if self.note else "")
        verdict = "yes" if self.reached else "**no**"
        return [self.figure, f"{sign} {self.limit:g}{unit}", measured, verdict]


def bars(results: Results) -> list[Bar]:
    """All bars; those that were not measured have a value of NaN."""
    found: list[Bar] = []
    for piece, rule in RULES.items():
        missing = [Bar(f"everything of `--only {piece}`", math.nan, math.nan)]
        found += rule(results[piece]) if piece in results else missing
    return found


def rate(rows: dict, label: str) -> float:
    """Steps per CPU second; NaN where it was not measured."""
    return rows.get(label, {}).get(f"steps_per_{CLOCK}_second", math.nan)


def speed(found: dict) -> Iterator[Bar]:
    """Ratios to C MuJoCo and to the peers."""
    for robot, batched in (("walker", 3), ("quadruped", 2)):
        sizes = found["robots"].get(robot, {})
        one, many, most = (sizes.get(size, {}) for size in ("1", "256", "1024"))
        ours, theirs, gradient = "robodiff forward", "mujoco forward", "robodiff gradient"
        given = [
            ("forward, batch 256 / C MuJoCo", batched, rate(many, ours) / rate(many, theirs)),
            ("forward, batch 1024 / batch 256", 1, rate(most, ours) / rate(many, ours)),
            ("gradient, batch 256 / C MuJoCo forward", 0.5,
             rate(many, gradient) / rate(many, theirs)),
            ("forward, batch 1 / C MuJoCo", 0.7, rate(one, ours) / rate(one, theirs)),
            ("gradient, batch 1 / MJX", 8, rate(one, gradient) / rate(one, "mjx gradient")),
            ("gradient, batch 1 / JaxSim", 5, rate(one, gradient) / rate(one, "jaxsim gradient")),
            ("gradient, batch 1 / best of Brax", 3, rate(one, gradient) / _best_brax(one)),
        ]  # fmt: skip
        for figure, limit, value in given:
            yield Bar(f"{robot}: {figure}", limit, value, "x")
    for robot in ("walker", "quadruped", "humanoid"):
        for size in ("1", "256"):
            rows = found["robots"].get(robot, {}).get(size, {})
            value = rate(rows, "robodiff forward") / rate(rows, "robodiff gradient")
            figure = f"{robot}: value and gradient / forward, batch {size}"
            yield Bar(figure, 4, value, "x", at_least=False)


def _best_brax(rows: dict) -> float:
    rates = [rate(rows, f"{pipeline} gradient") for pipeline in BRAX]
    return max((one for one in rates if not math.isnan(one)), default=math.nan)


def differences(found: dict) -> Iterator[Bar]:
    """The gradient against differences."""
    rows = found["counts"].get("100")
    if rows is None:
        return
    theirs = rows["mujoco"][CLOCK]
    name = "100 parameters, 500 steps: differences in C MuJoCo / gradient"
    yield Bar(f"{name}, batch 1", 8, theirs / rows["robodiff"][CLOCK], "x")
    member = rows["robodiff batch"][CLOCK] / found["batch"]
    yield Bar(f"{name}, a member of a batch of {found['batch']}", 40, theirs / member, "x")


def compilation(found: dict) -> Iterator[Bar]:
    """Seconds to trace and compile, and memory."""
    for robot, limit in (("walker", 7), ("quadruped", 9), ("humanoid", 12)):
        rows = found["robots"].get(robot, {})
        for kind, bar in (("cold", limit), ("warm", 1.5)):
            if kind not in rows:
                continue
            wall, cpu = seconds_of(rows[kind], "wall"), seconds_of(rows[kind], "cpu")
            figure = f"{robot}: trace and compile the gradient, {kind}"
            yield Bar(figure, bar, wall, "s", at_least=False, note=f"CPU {cpu:.3g} s")
        if "cold" in rows:
            after, peak = (rows["cold"][key] * 2**20 / 1e6 for key in MEMORY)
            figure, note = f"{robot}: process memory after it", f"{peak:,.0f} MB at its peak"
            yield Bar(figure, 900, after, "MB", at_least=False, note=note)
    for robot, limit in (("walker", 7), ("quadruped", 9)):
        rows = found.get("experiments", {}).get(robot, {})
        for kind, bar in (("cold", limit), ("warm", 1.5)):
            if kind in rows:
                ready = rows[kind]["ready"]
                figure = f"{robot}: first value and gradient of its experiment, {kind}"
                note = f"CPU {ready['cpu']:.3g} s"
                yield Bar(figure, bar, ready["wall"], "s", at_least=False, note=note)


def seconds_of(facts: dict, clock: str) -> float:
    """Tracing and compilation together."""
    return facts["trace"][clock] + facts["compile"][clock]


def memory(found: dict) -> Iterator[Bar]:
    """Most memory of the process for a long horizon and for a large batch [GiB]."""
    for steps, batch, limit in ((10_000, 1, 1.5), (1000, 1024, 8.0)):
        figure = f"{found['robot']}: memory, horizon {steps}, batch {batch}"
        sizes = [one for one in found["sizes"] if (one["steps"], one["batch"]) == (steps, batch)]
        peak, note = math.nan, ""
        for one in sizes:
            peak = one["resident_peak_mib"] / 1024
            note = f"arrays {one['planned_mib'] / 1024:.2g} GiB; the process, "
            note += "program from cache" if one["from_cache"] else "compilation included"
        yield Bar(figure, limit, peak, "GiB", at_least=False, note=note)


def growth(found: dict) -> Iterator[Bar]:
    """The exponent of the cost of a step between the shortest and the longest chain."""
    sizes = {int(name.removeprefix("chain_")): rows for name, rows in found["robots"].items()}
    if len(sizes) < 2:
        return
    least, most = min(sizes), max(sizes)
    for batch in sorted(set(sizes[least]) & set(sizes[most]) - {"machine"}, key=int):
        for what in ("forward", "gradient"):
            small, large = (rate(sizes[n][batch], f"robodiff {what}") for n in (least, most))
            value = math.log(small / large) / math.log(most / least)
            figure = (
                f"chains of {least} to {most} hinges: exponent of the cost, {what}, batch {batch}"
            )
            yield Bar(figure, 1.5, value, at_least=False)


def command(found: dict) -> Iterator[Bar]:
    """Start-up."""
    for name, one in found["starts"].items():
        yield Bar(
            f"`{name}`", 0.3, one["wall"], "s", at_least=False, note=f"CPU {one['cpu']:.2g} s"
        )


RULES = {
    "speed": speed,
    "differences": differences,
    "compilation": compilation,
    "memory": memory,
    "growth": growth,
    "command": command,
}
