"""Contact between bodies of a `Scene` as the pairs of a robot file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from robodiff.errors import InputError, Problem
from robodiff.robot.foreign import contacts
from robodiff.robot.foreign.numbers import tidy
from robodiff.robot.foreign.scene import Finding, Scene
from robodiff.robot.read_pairs import all_pairs

SOLID = (2, 3, 4, 5, 6, 7)
"""Kinds of geoms that can touch each other, by MuJoCo's numbers."""
DEFAULT_FRICTION = 0.8
ALL = "all"


@lru_cache(maxsize=8)
def body_pairs(scene: Scene) -> dict[tuple[int, int], tuple[float, float]]:
    """Friction and margin of each two geoms that touch, the floor apart.

    Links of one URDF pass through each other: it has no rules of contact, and its neighbours often
    overlap.
    """
    return {
        pair: (contacts.friction_between(scene, *pair), contacts.margin_between(scene, *pair))
        for pair in contacts.touching_pairs(scene)
        if is_solid(scene, pair) and not (scene.is_urdf and contacts.is_own(scene, pair))
    }


def is_solid(scene: Scene, pair: tuple[int, int]) -> bool:
    """Whether robodiff knows the distance between two geoms."""
    return all(int(scene.model.geom_type[geom]) in SOLID for geom in pair)


def touches_body(scene: Scene, geom: int) -> bool:
    """Whether a geom touches another one, the floor apart."""
    return geom in _touching(scene)


@lru_cache(maxsize=8)
def _touching(scene: Scene) -> frozenset[int]:
    return frozenset(geom for pair in body_pairs(scene) for geom in pair)


def fixed_geoms(scene: Scene) -> list[int]:
    """Geoms of the world, the floor apart, that something touches."""
    return [g for g in range(scene.model.ngeom)
            if not scene.model.geom_bodyid[g] and touches_body(scene, g)]  # fmt: skip


def pairs_left_out(scene: Scene, exclude: Sequence[str]) -> list[Finding]:
    """What `exclude` takes away. Raises `InputError` for what is neither A,B nor all."""
    for word in exclude:
        if word != ALL and (word.count(",") != 1 or not all(word.split(","))):
            remedy = "name two links or shapes, as in thigh,foot, or say all"
            raise InputError(Problem(f"--exclude {word}: not two names", suggestion=remedy))
    if not exclude or not body_pairs(scene):
        return []
    which = "all pairs" if ALL in exclude else " and ".join(exclude)
    return [Finding("contact between bodies", None, f"left out as asked: {which}", refused=False)]


def write_pairs(
    scene: Scene, links: dict[str, Any], contact: dict[str, Any], exclude: Sequence[str] = ()
) -> None:
    """Add `pairs` to the contact of a robot file whose links are otherwise complete: `all` where
    that says it, links where all their shapes touch, else shapes; and those not wanted."""
    found = body_pairs(scene)
    if not found or ALL in exclude:
        return
    common = contact.get("friction", DEFAULT_FRICTION)
    shapes = {shape["name"]: (name, shape) for name, link in links.items()
              for shape in link.get("shapes", ())}  # fmt: skip
    own = {}
    for pair, (friction, margin) in found.items():
        names = tuple(scene.names["geom", geom] for geom in pair)
        both = [shapes[name][1] for name in names]
        entry = {}
        if friction != max(shape.get("friction", common) for shape in both):
            entry["friction"] = tidy(friction)
        if margin != max(shape.get("margin", 0.0) for shape in both):
            entry["margin"] = tidy(margin)
        own[names] = entry
    frictions = {entry.get("friction") for entry in own.values()}
    if len(frictions) == 1 and None not in frictions:
        contact["pair_friction"] = frictions.pop()
        own = {names: {key: value for key, value in entry.items() if key != "friction"}
               for names, entry in own.items()}  # fmt: skip
    if not any(own.values()) and {frozenset(two) for two in own} == _everything(links):
        contact["pairs"] = "all"
    else:
        contact["pairs"] = [_entry(names, entry) for names, entry in _by_link(own, shapes)]
    if exclude:
        contact["exclude"] = [word.split(",") for word in exclude]


def _entry(names: Sequence[str], entry: dict[str, float]) -> Any:
    return {"between": list(names), **entry} if entry else list(names)


def _by_link(own: dict[tuple, dict], shapes: dict[str, Any]) -> list[tuple[Sequence[str], dict]]:
    """Pairs of links where all their shapes touch alike, else of shapes."""
    by_links: dict[tuple, list[tuple]] = {}
    for names, entry in own.items():
        two = tuple(shapes[name][0] for name in names)
        two = two if two[::-1] not in by_links else two[::-1]
        by_links.setdefault(two, []).append((names, entry))
    result = []
    for two, entries in by_links.items():
        counts = [sum(owner == link for owner, _ in shapes.values()) for link in two]
        whole = len(entries) == counts[0] * counts[1]
        alike = all(entry == entries[0][1] for _, entry in entries)
        result += [(two, entries[0][1])] if whole and alike else entries
    return result


def _everything(links: dict[str, Any]) -> set[frozenset[str]]:
    """What `pairs: all` would say of these links."""
    index = {name: number for number, name in enumerate(links)}
    bodies, shapes = [], []
    for name, link in links.items():
        mass = SimpleNamespace(value=link.get("inertial", {}).get("mass", 0.0))
        bodies.append(SimpleNamespace(
            parent=index.get(link.get("parent"), -1), inertial=SimpleNamespace(mass=mass),
            joint=SimpleNamespace(type=link.get("joint", {}).get("type", "fixed")),
        ))  # fmt: skip
        for shape in link.get("shapes", ()):
            shapes.append(SimpleNamespace(
                name=shape["name"], link=index[name], collides=shape.get("collide", True)
            ))  # fmt: skip
    pairs: Any = all_pairs(tuple(bodies), tuple(shapes))
    return {frozenset((shapes[one].name, shapes[other].name)) for one, other in pairs}
