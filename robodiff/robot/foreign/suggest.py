"""Design parameters that a person would name: lengths of limbs, radii; left and right share one.

A rod's length becomes a parameter where the rod begins near its link's frame: its ends, and what
stands near its far end in the same link (child frames, other shapes), move in proportion.
The length is that to the next link's frame, if one is there, else to the rod's own end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from robodiff.robot.foreign.numbers import tidy

SIDES = re.compile(r"(?i)(?<![a-z])(left|right|l|r)(?![a-z])")
NEAR = 1e-9
"""Points closer than this are one [m]."""
AT_END = 0.25
"""Share of a rod's length within which a point belongs to its end."""


def suggest_parameters(
    links: dict[str, dict[str, Any]], couplings: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Parameters by name; writes them into links and couplings in place of the numbers."""
    parameters: dict[str, Any] = {}
    limbs = _limbs(links)
    for name, link in links.items():
        children = [child for child in links.values() if child.get("parent") == name]
        for shape, rod in _rods(link):
            names = [limbs[name], _without_side(shape["name"]), name, shape["name"]]
            held = list(_held_points(couplings, name))
            _name_length(parameters, names, rod, children, [*_points(link, children), *held])
        for shape in link.get("shapes", ()):
            names = [limbs[name], _without_side(shape["name"]), name, shape["name"]]
            _name_radius(parameters, names, shape)
    return parameters


def _rods(link: dict[str, Any]) -> Iterator[tuple[dict, dict]]:
    for shape in link.get("shapes", ()):
        rod = shape.get("capsule") or shape.get("cylinder")
        start = _numbers(rod["from"]) if rod else None
        end = _numbers(rod["to"]) if rod else None
        if start is None or end is None:
            continue
        if np.linalg.norm(start) < AT_END * np.linalg.norm(end):
            yield shape, rod


def _points(link: dict[str, Any], children: list[dict]) -> Iterator[tuple[dict, str]]:
    """Everything in a link's frame that has a place: (holder, key)."""
    for child in children:
        if "position" in child:
            yield child, "position"
    for shape in link.get("shapes", ()):
        for kind in ("capsule", "cylinder", "sphere", "box", "ellipsoid"):
            for key in ("from", "to", "center"):
                if key in shape.get(kind, {}):
                    yield shape[kind], key


def _held_points(couplings: dict[str, dict[str, Any]], link: str) -> Iterator[tuple[dict, str]]:
    """Points of couplings in a link's frame: (holder, key)."""
    for coupling in couplings.values():
        for owner, key in zip(coupling.get("links", ()), ("at", "to"), strict=False):
            if owner == link and key in coupling:
                yield coupling, key


def _name_length(parameters: dict, names: list[str], rod: dict, children, points) -> None:
    """Make a rod's ends, and all that stands at its far end, follow one length."""
    end = np.array(rod["to"], float)
    reach = float(np.linalg.norm(end))
    joints = (_numbers(child.get("position", [0.0, 0.0, 0.0])) for child in children)
    there = [p for p in joints if p is not None and np.linalg.norm(p - end) < AT_END * reach]
    nearest = min(there, key=lambda p: np.linalg.norm(p - end), default=end)
    length = float(np.linalg.norm(nearest))
    name = _parameter(parameters, names, "length", tidy(length), _bounded)
    places = [(holder, key, _numbers(holder[key])) for holder, key in points]
    moved = [(holder, key, p) for holder, key, p in places
             if p is not None and np.linalg.norm(p - end) < AT_END * reach]  # fmt: skip
    for holder, key, place in [*moved, (rod, "from", np.array(rod["from"], float))]:
        holder[key] = [_along(part / length, name) for part in place]


def _bounded(value: float) -> dict[str, Any]:
    """A length that may become half as long or half as much again."""
    low, high = (float(f"{share * value:.3g}") for share in (0.5, 1.5))
    return {"value": value, "min": low, "max": high, "unit": "m"}


def _name_radius(parameters: dict, names: list[str], shape: dict) -> None:
    for kind in ("capsule", "cylinder", "sphere"):
        radius = shape.get(kind, {}).get("radius")
        if isinstance(radius, float):
            plain = _parameter(parameters, names, "radius", radius, lambda value: value)
            shape[kind]["radius"] = plain


def _parameter(parameters: dict, names: list[str], what: str, value: float, make: Callable) -> str:
    """The name of a parameter of this value: by the first of `names` that is free or has it."""
    for name in (_joined(stem, what) for stem in names if stem[0].isalpha()):
        known = parameters.get(name)
        if known is None:
            parameters[name] = make(value)
            return name
        if (known["value"] if isinstance(known, dict) else known) == value:
            return name
    name = _joined(f"{names[2]}_{names[3]}", what)
    while name in parameters:
        name += "_"
    parameters[name] = make(value)
    return name


def _limbs(links: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What each link is called for its dimensions: without side, and without number where another
    limb has the same name; links of one chain keep their numbers."""
    above = {name: _ancestors(links, name) for name in links}
    plain = {name: re.sub(r"[_-]?\d+$", "", _without_side(name)) for name in links}

    def has_twin(name: str) -> bool:
        alike = (other for other in links if other != name and plain[other] == plain[name])
        return any(other not in above[name] and name not in above[other] for other in alike)

    return {
        name: plain[name] if plain[name] and has_twin(name) else _without_side(name)
        for name in links
    }


def _ancestors(links: dict[str, dict[str, Any]], name: str) -> set[str]:
    found: set[str] = set()
    while name in links:
        name = links[name].get("parent", "world")
        found.add(name)
    return found


def _without_side(name: str) -> str:
    parts = [part for part in re.split(r"[_-]+", name) if not SIDES.fullmatch(part)]
    return "_".join(parts) or name


def _joined(stem: str, what: str) -> str:
    return f"{re.sub('[^A-Za-z0-9_]', '_', stem)}_{what}"


def _along(share: float, name: str) -> float | str:
    """A component of a length along a fixed direction."""
    if abs(share) < 1e-15:
        return 0.0
    if abs(abs(share) - 1.0) < 1e-15:
        return name if share > 0 else f"-{name}"
    return f"{float(share)!r} * {name}"


def _numbers(row: list) -> np.ndarray | None:
    """A row of plain numbers; None when it holds expressions already."""
    return None if any(isinstance(part, str) for part in row) else np.array(row, float)
