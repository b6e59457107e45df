"""A gradient certificate as tables for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from robodiff.cli.tables import number
from robodiff.optimization.certificate.result import Certificate, Entry

STYLES = {
    "ok": "green",
    "zero": "yellow",
    "chaotic": "yellow",
    "non-finite": "bold red",
    "wrong": "bold red",
}
ROWS = 24
"""Most rows; of a longer list, the best are counted, those that are `ok` first."""
NAMED = 4
"""Most parameters that a shared remark names."""
ADVICE = {
    "wrong": "move off the kink, or mend the rule; no optimizer can follow a wrong slope",
    "non-finite": "look at what is named above: a root or a quotient at 0? Move off it",
    "chaotic": "the slope is exact, and useless over a step: shorter stages, optimizer.memory or "
    "task.start_noise.copies help",
}
"""What to do about a label."""
STILL = "no slope anywhere: this start rests, or is symmetric; --start 1 certifies a noisy one"


def parameter_table(certificate: Certificate) -> Table:
    """Every parameter with its three derivatives and its label, in 80 columns."""
    table = _table(
        "parameter", "label", "reverse", "forward", "difference", "error", "growth", "dt/2"
    )
    entries = certificate.parameters
    shown = _worth_showing(entries)
    for name, entry in entries.items():
        if name in shown:
            slopes = (entry.reverse, entry.forward, entry.difference)
            numbers = ("-" if slope is None else f"{slope:.3g}" for slope in slopes)
            style = STYLES[entry.label]
            row = (f"[{style}]{entry.label}[/{style}]", *numbers, f"{entry.relative_error:.1e}")
            growth, change = entry.growth, entry.half_step_change
            row += ("" if growth is None else f"x {growth:.2g}",)
            table.add_row(escape(name), *row, "" if change is None else f"{100 * change:.2g} %")
    hidden = Counter(entry.label for name, entry in entries.items() if name not in shown)
    for label, count in hidden.items():
        table.add_row(f"[dim]and {count} more[/dim]", label)
    return table


def remarks(certificate: Certificate) -> Iterator[str]:
    """What is to be known of single parameters; one line for all that share it."""
    shared: dict[tuple[str, str], list[str]] = {}
    for name, entry in certificate.parameters.items():
        if entry.note:
            shared.setdefault((entry.label, entry.note), []).append(name)
    for (label, note), names in shared.items():
        listed = ", ".join(names[:NAMED])
        if len(names) > NAMED:
            listed += f" and {len(names) - NAMED} more"
        style = STYLES[label]
        yield f"[{style}]{label}[/{style}] {escape(listed)}: {escape(note)}"
    labels = certificate.counts
    for label, advice in ADVICE.items():
        if label in labels:
            yield f"[dim]{label}: {escape(advice)}[/dim]"
    if [*labels] == ["zero"]:
        yield f"[dim]{escape(STILL)}[/dim]"


def horizon_table(certificate: Certificate) -> Table:
    """Gradient norm against horizon."""
    table = _table("steps simulated", "loss", "|gradient| design", "control")
    for row in certificate.horizons:
        norms = f"{row['design']:.3g}", f"{row['control']:.3g}"
        table.add_row(f"{row['steps']:.0f}", number(row["loss"]), *norms)
    return table


def verdict(certificate: Certificate) -> Iterator[str]:
    """The certificate in a few lines."""
    if change := certificate.half_step:
        yield (
            f"half the time step: loss {number(change['loss'])} -> "
            f"{number(change['loss_at_half_step'])}, gradient changes by "
            f"{100 * change['gradient_change']:.2g} %, cosine {change['cosine']:.4f}"
        )
    for text in certificate.notes:
        yield escape(text)
    counts = ", ".join(f"{count} {label}" for label, count in certificate.counts.items())
    seconds = certificate.seconds
    yield (
        f"[bold]{counts or 'nothing to certify'}[/bold]; worst relative error "
        f"{certificate.worst_relative_error:.1e}; {seconds['total']:.1f} s"
    )


def _worth_showing(entries: dict[str, Entry]) -> set[str]:
    def rank(name: str) -> tuple[bool, bool, float]:
        entry = entries[name]
        return entry.label == "ok", entry.group == "control", -entry.relative_error

    return set(sorted(entries, key=rank)[:ROWS])


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        side = "left" if heading in ("parameter", "label") else "right"
        # what is too long for the screen takes a second line, and numbers stay whole
        long = heading == "parameter"
        table.add_column(heading, justify=side, no_wrap=not long, overflow="fold")
    return table
