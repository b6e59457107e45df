"""The order of the links: depth first, children in file order; missing parents and cycles found."""

from __future__ import annotations

from robodiff.errors import did_you_mean
from robodiff.robot.numbers import NumberReader


def depth_first(reader: NumberReader, parents: dict[str, str]) -> list[str]:
    """Links so that every parent comes before its children; mistakes go to the reader."""
    children: dict[str, list[str]] = {name: [] for name in ("world", *parents)}
    for name, parent in parents.items():
        if parent not in children:
            choices = did_you_mean(parent, children)
            reader.fail(("links", name, "parent"), f"there is no link {parent!r}", choices)
            parent = "world"
        children[parent].append(name)
    order: list[str] = []
    stack = children["world"][::-1]
    while stack:
        name = stack.pop()
        order.append(name)
        stack += children[name][::-1]
    _report_cycles(reader, parents, set(parents) - set(order))
    return order


def _report_cycles(reader: NumberReader, parents: dict[str, str], lost: set[str]) -> None:
    """One problem for each circle of parents."""
    for name in [name for name in parents if name in lost]:
        path: list[str] = []
        while name in lost and name not in path:
            path.append(name)
            name = parents[name]
        if name in path:
            circle = path[path.index(name) :]
            message = "parents go in a circle: " + " -> ".join([*circle, name])
            suggestion = "let one of them hang on world"
            reader.fail(("links", name, "parent"), message, suggestion)
            lost -= set(circle)
        lost -= set(path)
