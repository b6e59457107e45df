"""`python -m benchmarks [--quick] [--only PIECE ...] [--robots NAME ...] [--no-peers]`."""

from __future__ import annotations

import argparse
import json
import shutil
from importlib import import_module
from pathlib import Path

from benchmarks.machine import load, machine
from benchmarks.options import PEERS, Options, tell
from benchmarks.page import write_page
from benchmarks.robots import ROOT

PIECES = ("speed", "growth", "compilation", "memory", "differences", "command")
RESULTS = ROOT / "benchmarks" / "results"


def main(arguments: list[str] | None = None) -> None:
    """Measure, keep the figures, write the page."""
    asked = parser().parse_args(arguments)
    options = Options(
        quick=asked.quick,
        peers=() if asked.no_peers else tuple(asked.peers),
        robots=tuple(asked.robots),
        core=asked.core,
    )
    try:
        for piece in asked.only:
            measure(piece, options, asked.results)
    finally:
        shutil.rmtree(options.scratch, ignore_errors=True)
    print(write_page(asked.results, asked.page))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    result.add_argument("--quick", action="store_true", help="see that it runs: no real figures")
    result.add_argument("--only", nargs="*", choices=PIECES, default=PIECES,
                        help="these pieces; none to write the page alone")  # fmt: skip
    result.add_argument("--robots", nargs="+", default=(), help="these robots alone")
    result.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS)
    result.add_argument("--no-peers", action="store_true")
    result.add_argument("--core", type=int, default=Options.core, help="the core for run times")
    result.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON files")
    result.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md")
    result.add_argument("-v", action="store_true", help="show what the systems print")
    return result


def measure(piece: str, options: Options, results: Path) -> None:
    """One piece into its file; figures of robots that are not asked for stay as they are."""
    path = results / f"{piece}.json"
    old = json.loads(path.read_text()) if path.exists() and options.robots else {}
    about = machine() | {"quick": options.quick}
    results.mkdir(parents=True, exist_ok=True)

    def save(found: dict) -> None:
        robots = found.get("robots", {})
        versions = old.get("versions", {}) | found.get("versions", {})
        stamp = about | {"load_at_end": load()}
        merged = old | found | {"versions": versions, "machine": stamp}
        if robots:
            stamped = {name: {"machine": stamp, **rows} for name, rows in robots.items()}
            merged["robots"] = old.get("robots", {}) | stamped
        path.write_text(json.dumps(rounded(merged), indent=1) + "\n")

    tell(f"{piece} (load {load()})")
    import_module(f"benchmarks.pieces.{piece}").measure(options, save)


def rounded(value):
    """Numbers to five digits, at any depth."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
