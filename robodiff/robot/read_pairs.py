"""Which shapes touch each other: from names to pairs of shapes."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from robodiff.errors import did_you_mean
from robodiff.robot.numbers import NumberReader
from robodiff.robot.pair_schema import PairSection
from robodiff.robot.schema import RobotSection
from robodiff.robot.spec_links import LinkSpec, ShapeSpec
from robodiff.robot.spec_ties import PairSpec
from robodiff.robot.yaml_nodes import KeyPath

PAIRS: KeyPath = ("contact", "pairs")
EXCLUDE: KeyPath = ("contact", "exclude")
Two = tuple[int, int]


def read_pairs(
    reader: NumberReader,
    section: RobotSection,
    links: tuple[LinkSpec, ...],
    shapes: tuple[ShapeSpec, ...],
) -> tuple[PairSpec, ...]:
    """Pairs in the order of the file, shape by shape; a later entry counts for what it names
    again."""
    written, found = section.contact.pairs, {}
    usual = reader.optional(
        ("contact", "pair_friction"), section.contact.pair_friction, "ratio", "nonnegative"
    )
    owners = _Owners(reader, links, shapes)
    if isinstance(written, str):
        found = {two: PairSpec(two, usual, None) for two in all_pairs(links, shapes)}
    else:
        for number, entry in enumerate(written):
            path = (*PAIRS, number)
            friction, margin = None, None
            if isinstance(entry, PairSection):
                friction = reader.optional(
                    (*path, "friction"), entry.friction, "ratio", "nonnegative"
                )
                margin = reader.optional((*path, "margin"), entry.margin, "length", "nonnegative")
                path, entry = (*path, "between"), entry.between
            for two in owners.between(path, entry):
                found[two] = PairSpec(two, friction or usual, margin)
    for number, names in enumerate(section.contact.exclude):
        apart = owners.between((*EXCLUDE, number), names)
        if apart and not found.keys() & set(apart):
            reader.fail((*EXCLUDE, number), "these do not touch anyway", "leave it out")
        for two in apart:
            found.pop(two, None)
    for two in found:
        _check_hulls(reader, [shapes[index] for index in two])
    return tuple(found.values())


def all_pairs(links: tuple[LinkSpec, ...], shapes: tuple[ShapeSpec, ...]) -> list[Two]:
    """Every two shapes that collide, but for those of one link, of links that are fixed to each
    other, and of links that one joint connects: the rule of MuJoCo."""
    solid = [index for index, shape in enumerate(shapes) if shape.collides]
    bodies = {shapes[index].link: body_of(links, shapes[index].link) for index in solid}
    above = {body: body_above(links, shapes, body) for body in {*bodies.values(), -1}}
    return [
        (one, other)
        for one, other in combinations(solid, 2)
        for a, b in [(bodies[shapes[one].link], bodies[shapes[other].link])]
        if a != b and (-1 in (a, b) or (above[a] != b and above[b] != a))
    ]


def body_of(links: tuple[LinkSpec, ...], link: int) -> int:
    """The link that a link is fixed to, itself if it has a joint that moves; -1 is the world."""
    while link >= 0 and links[link].joint.type == "fixed":
        link = links[link].parent
    return link


def body_above(links: tuple[LinkSpec, ...], shapes: tuple[ShapeSpec, ...], body: int) -> int:
    """The body that carries a body; links that are only joints are passed over."""
    if body < 0:
        return -1
    shaped = {shape.link for shape in shapes}
    while True:
        body = body_of(links, links[body].parent)
        inertial = links[body].inertial
        if body < 0 or body in shaped or (inertial is not None and inertial.mass.value > 0):
            return body


class _Owners:
    """Shapes by the names of links and of their own."""

    def __init__(self, reader: NumberReader, links, shapes):
        self._reader, self._links, self._shapes = reader, links, shapes
        self._known: dict[str, list[int]] = {shape.name: [i] for i, shape in enumerate(shapes)}
        for index, link in enumerate(links):
            self._known[link.name] = [i for i, shape in enumerate(shapes) if shape.link == index]

    def between(self, path: KeyPath, names: list[str]) -> list[Two]:
        """Pairs of shapes of two names; none, and a mistake told, where they cannot touch."""
        for number, name in enumerate(names):
            if not self._known.get(name):
                wrong = "has no shape" if name in self._known else "is neither a link nor a shape"
                remedy = did_you_mean(name, [known for known, own in self._known.items() if own])
                self._reader.fail((*path, number), f"{name!r} {wrong}", remedy)
                return []
        one, other = (self._known[name] for name in names)
        apart = [
            (min(a, b), max(a, b)) for a in one for b in other if self._body(a) != self._body(b)
        ]
        if not apart:
            one, other = names
            message = f"{one} and {other} are fixed to each other"
            message = f"{one} cannot touch itself" if one == other else message
            self._reader.fail(path, message, "name links with a joint between them")
        return apart

    def _body(self, shape: int) -> int:
        return body_of(self._links, self._shapes[shape].link)


def _check_hulls(reader: NumberReader, pair: list[ShapeSpec]) -> None:
    """The hulls of a pair must have an inside."""
    for shape in pair:
        if shape.kind == "hull":
            corners = np.array(shape.points)
            if np.linalg.matrix_rank(corners - corners[0], tol=1e-6) < 3:
                message = f"the hull {shape.name} is flat, so other shapes cannot touch it"
                reader.fail(PAIRS, message, "give it four corners that do not lie in a plane")
