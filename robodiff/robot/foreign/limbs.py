"""Limbs that are alike up to names, signs and some numbers, written once as a template.

A template stands for the flat text only where that text says exactly the same: every candidate is
read back, and the links, shapes and actuators must have the same names, order and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from robodiff.errors import InputError
from robodiff.robot.expressions import Expression
from robodiff.robot.foreign.tidy_text import dump
from robodiff.robot.load import parse_robot

NAME_KEYS = {"name", "parent", "joint", "material", "tendon"}
"""Keys whose texts are names, not numbers."""
AXES = ("x", "y", "z")
MOST_VARIABLES = 12
"""Lists that are walked together in one template; with more, nobody reads it."""
LONGEST = 60_000
"""Letters of a text that is looked at: larger ones are heaps of robots."""
SIDES = {"left", "right", "l", "r", "L", "R", "_left", "_right", ""}


class _Unlike(Exception):
    """These limbs do not have one text."""


def fold_limbs(robot: dict[str, Any]) -> dict[str, Any]:
    """The robot file with templates where they make it shorter; its links are otherwise kept."""
    flat = dump(robot)
    if len(flat) > LONGEST:
        return robot
    wanted = _meaning(flat)
    if wanted is None:
        return robot
    for group in _groups(robot["links"]):
        for with_motors in (True, False):
            try:
                folded = _fold(robot, group, with_motors)
            except _Unlike:
                continue
            text = dump(folded)
            if len(text) < len(flat) and _meaning(text) == wanted:
                robot, flat = folded, text
                break
    return robot


def _groups(links: dict[str, Any]) -> Iterator[list[str]]:
    """Siblings that carry the same tree of joints and shapes."""
    for parent in ("world", *links):
        alike: dict[Any, list[str]] = {}
        for name, link in links.items():
            if link.get("parent", "world") == parent and _has_joint(links, name):
                alike.setdefault(_kind(links, name), []).append(name)
        yield from (group for group in alike.values() if len(group) > 1)


def _has_joint(links: dict[str, Any], name: str) -> bool:
    return any("joint" in links[one] for one in _limb(links, name))


def _kind(links: dict[str, Any], name: str) -> tuple:
    """Joints and shapes of a limb, without their numbers."""
    link = links[name]
    shapes = [next(iter(set(shape) - {"name"}), "") for shape in link.get("shapes", ())]
    below = [_kind(links, one) for one in links if links[one].get("parent") == name]
    return (link.get("joint", {}).get("type"), len(shapes), tuple(below))


def _limb(links: dict[str, Any], root: str) -> list[str]:
    """A link and what it carries, depth first."""
    below = [_limb(links, one) for one in links if links[one].get("parent") == root]
    return [root, *(name for limb in below for name in limb)]


def _fold(robot: dict[str, Any], group: list[str], with_motors: bool) -> dict[str, Any]:
    """The robot with these limbs as one template; raises `_Unlike` where they have none."""
    links, motors = robot["links"], robot.get("actuators", {})
    limbs = [_limb(links, root) for root in group]
    common = _Common(len(group))
    block: dict[str, Any] = {"links": {}}
    for names in zip(*limbs, strict=True):
        key = common.name(names)
        block["links"][key] = common.value([links[name] for name in names])
    own = [_motors_of(motors, links, limb) if with_motors else [] for limb in limbs]
    if len({len(one) for one in own}) > 1:
        raise _Unlike
    if own[0]:
        block["actuators"] = {
            common.name(names): common.value([motors[name] for name in names])
            for names in zip(*own, strict=True)
        }
    if len(common.variables) > MOST_VARIABLES:
        raise _Unlike
    gone = {name for limb in limbs for name in limb}
    moved = {name for one in own for name in one}
    variables = {name: list(values) for name, values in common.variables.items()}
    folded: dict[str, Any] = {}
    for key, part in robot.items():
        kept = {"links": gone, "actuators": moved}.get(key, set())
        if key != "repeat" and (not kept or part.keys() - kept or key == "links"):
            folded[key] = {n: one for n, one in part.items() if n not in kept} if kept else part
        if key == "links":
            folded["repeat"] = [*robot.get("repeat", ()), {"for": variables, **block}]
    return folded


def _motors_of(motors: dict[str, Any], links: dict[str, Any], limb: list[str]) -> list[str]:
    joints = {links[name].get("joint", {}).get("name", name) for name in limb}
    return [name for name, motor in motors.items() if motor.get("joint", name) in joints]


class _Common:
    """What several texts have in common, and the variables that tell them apart."""

    def __init__(self, count: int):
        self._count = count
        self.variables: dict[str, tuple] = {}

    def value(self, values: list[Any], key: str = "", axis: str = "") -> Any:
        """One text for all; raises `_Unlike`."""
        first = values[0]
        if all(type(one) is type(first) and one == first for one in values):
            return first
        if all(isinstance(one, dict) for one in values):
            if len({tuple(one) for one in values}) > 1:
                raise _Unlike
            return {k: self.value([one[k] for one in values], k) for k in first}
        if all(isinstance(one, list) for one in values):
            if len({len(one) for one in values}) > 1 or key == "points":
                raise _Unlike
            axes = AXES if len(first) == 3 else ("",) * len(first)
            return [self.value(list(part), key, a)
                    for part, a in zip(zip(*values, strict=True), axes, strict=True)]  # fmt: skip
        if key in NAME_KEYS:
            return self.name(tuple(values))
        return self._number(values, key, axis)

    def name(self, names: tuple[Any, ...]) -> str:
        """A name with placeholders."""
        if not all(isinstance(name, str) for name in names):
            raise _Unlike
        if len(set(names)) == 1:
            return names[0]
        for variable, values in self.variables.items():
            if all(isinstance(value, str) and value for value in values):
                found = {
                    n.replace(v, f"{{{variable}}}") for n, v in zip(names, values, strict=True)
                }
                if len(found) == 1:
                    return found.pop()
        parts = [re.findall(r"[A-Za-z]+|\d+|.", name) for name in names]
        start = _shared(parts)
        end = _shared([part[start:][::-1] for part in parts])
        middles = tuple("".join(part[start : len(part) - end]) for part in parts)
        if len(set(middles)) == 1:
            return names[0]
        what = "side" if set(middles) <= SIDES else "limb"
        variable = self._variable("number" if all(map(str.isdigit, middles)) else what, middles)
        head, tail = "".join(parts[0][:start]), "".join(parts[0][len(parts[0]) - end :])
        return f"{head}{{{variable}}}{tail}"

    def _number(self, values: list[Any], key: str, axis: str) -> str:
        """A sign times what is the same, or a list of its own."""
        signs, rests = zip(*(_sign(value) for value in values), strict=True)
        if all(isinstance(rest, str) and "_" in rest for rest in rests):  # parameters
            rests = (self.name(rests),) * self._count
        if len(set(map(repr, rests))) > 1:
            name = f"{key}_{axis}" if axis else key
            return f"{{{self._variable(name, tuple(values))}}}"
        if len(set(signs)) == 1:
            return f"-{rests[0]}" if signs[0] < 0 else rests[0]
        for variable, known in self.variables.items():
            if known == tuple(-sign for sign in signs):
                return f"-{{{variable}}} * {rests[0]}"
        return f"{{{self._variable(axis or 'sign', signs)}}} * {rests[0]}"

    def _variable(self, name: str, values: tuple) -> str:
        """The name of a variable with these values, an old one if there is one."""
        for known, old in self.variables.items():
            if old == values and [type(one) for one in old] == [type(one) for one in values]:
                return known
        found, number = name, 2
        while found in self.variables:
            found, number = f"{name}_{number}", number + 1
        self.variables[found] = values
        return found


def _sign(value: Any) -> tuple[int, Any]:
    """-1 or 1 and what it multiplies; raises `_Unlike` for what is no product."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _Unlike
    if not isinstance(value, str):
        return (-1 if value < 0 else 1), abs(value)
    sign, rest = (-1, value[1:]) if value.startswith("-") else (1, value)
    if re.search(r"\+|(?<!e)-", rest):
        return 1, value
    return sign, rest


def _shared(parts: list[list[str]]) -> int:
    """How many first words are the same."""
    count = 0
    for words in zip(*parts, strict=False):
        if len(set(words)) > 1:
            break
        count += 1
    return count


def _meaning(text: str) -> Any:
    """What a robot file says of its parts: names, order and numbers, with their parameters; None
    for a text with mistakes."""
    try:
        spec = parse_robot(text)
    except InputError:
        return None
    parts = (spec.links, spec.shapes, spec.actuators, spec.tendons, spec.couplings, spec.pairs)
    return _plain(parts), _plain(spec.start), _plain(spec.start_rotations)


def _plain(part: Any) -> Any:
    if isinstance(part, Expression):
        return part.value, part.names
    if is_dataclass(part):
        return [_plain(getattr(part, one.name)) for one in fields(part)]
    if isinstance(part, dict):
        return {name: _plain(one) for name, one in part.items()}
    return [_plain(one) for one in part] if isinstance(part, (tuple, list)) else part
