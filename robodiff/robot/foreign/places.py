"""Which element of the text a part of a compiled model comes from.

MuJoCo keeps lines of the main file alone, and none of a URDF, so names and the order of elements
tell the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from robodiff.robot.foreign.xml_source import Element

SHORT_ACTUATORS = ("general", "motor", "position", "velocity", "intvelocity", "damper", "cylinder",
                   "muscle", "adhesion", "dcmotor", "plugin")  # fmt: skip
TAGS = {
    "bodies": ("body", "link"),
    "joints": ("joint", "freejoint"),
    "geoms": ("geom", "collision"),
    "actuators": SHORT_ACTUATORS,
    "tendons": ("fixed", "spatial"),
    "equalities": ("connect", "weld", "joint", "tendon", "flex"),
    "pairs": ("pair",),
}
"""Tags of each list of an `MjSpec`, in MJCF and URDF."""
SECTIONS = {"actuators": "actuator", "tendons": "tendon", "equalities": "equality",
            "pairs": "contact"}  # fmt: skip
"""Where a list stands; the others stand in the world."""
COPIES = ("replicate", "attach", "composite", "flexcomp")
"""Elements that stand for several, after which order tells nothing."""


def find_elements(root: Element, kind: str, compiled: Iterable[Any]) -> dict[int, Element]:
    """The elements of a list of an `MjSpec` by number: by name, by line, or by place in the order.

    Those that are copies, or stand in an attached file, have none.
    """
    found = [*_written(root, kind)]
    names: dict[str, list[Element]] = {}
    for one in found:
        names.setdefault(one.attributes.get("name", ""), []).append(one)
    lines = {one.line: one for one in reversed(found) if one.file == root.file}
    ordered = root.tag != "robot" and not next(root.all(*COPIES), None)
    places = {}
    for part in compiled:
        named = names.get(part.name, ()) if part.name else ()
        line = re.search(r"line (\d+)", part.info or "")
        index = part.id - (kind == "bodies")  # the first one is the world
        if len(named) == 1:
            places[part.id] = named[0]
        elif line and int(line[1]) in lines:
            places[part.id] = lines[int(line[1])]
        elif ordered and 0 <= index < len(found):
            places[part.id] = found[index]
    return places


def _written(root: Element, kind: str) -> Iterator[Element]:
    """Elements of a list, in the order in which MuJoCo numbers them."""
    if kind in SECTIONS:
        for section in root.all(SECTIONS[kind]):
            if section.parent and not section.parent.parent:
                yield from (one for one in section.children if one.tag in TAGS[kind])
    elif root.tag == "robot":
        yield from root.all(*TAGS[kind])
    else:
        for world in root.all("worldbody"):
            yield from _in_body(world, TAGS[kind])


def _in_body(body: Element, tags: tuple[str, ...]) -> Iterator[Element]:
    """What a body holds itself, then what the bodies in it hold; frames are passed through."""
    inside = [*_through_frames(body)]
    if "body" in tags:
        for child in (one for one in inside if one.tag == "body"):
            yield child
            yield from _in_body(child, tags)
        return
    yield from (one for one in inside if one.tag in tags)
    for child in (one for one in inside if one.tag == "body"):
        yield from _in_body(child, tags)


def _through_frames(body: Element) -> Iterator[Element]:
    for child in body.children:
        if child.tag in ("frame", "include"):
            yield from _through_frames(child)
        else:
            yield child
