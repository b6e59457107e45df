"""Tendons, couplings and the fluid: from what is written to what is meant."""

from __future__ import annotations

from robodiff.errors import did_you_mean
from robodiff.robot.coupling_schema import CouplingSection, TendonSection
from robodiff.robot.expressions import Expression
from robodiff.robot.numbers import NumberReader
from robodiff.robot.read_links import ORIGIN, ZERO, read_limits, read_rotation
from robodiff.robot.schema import RobotSection
from robodiff.robot.spec_links import JOINT_COORDINATES, LinkSpec, Row
from robodiff.robot.spec_ties import CouplingSpec, TendonSpec
from robodiff.robot.spec_world import FluidSpec
from robodiff.robot.yaml_nodes import KeyPath

Coordinates = dict[str, tuple[tuple[int, int], str]]
"""Name of a hinge, slide or part of a planar joint: (link, number within it) and dimension."""


def read_tendons(
    reader: NumberReader, section: RobotSection, links: tuple[LinkSpec, ...]
) -> tuple[TendonSpec, ...]:
    """Tendons in file order."""
    known = _coordinates(links)
    return tuple(_tendon(reader, name, one, known) for name, one in section.tendons.items())


def read_couplings(
    reader: NumberReader,
    section: RobotSection,
    links: tuple[LinkSpec, ...],
    tendons: tuple[TendonSpec, ...],
) -> tuple[CouplingSpec, ...]:
    """Couplings in file order; those with mistakes are left out."""
    lengths: Coordinates = {one.name: ((index, 0), "length") for index, one in enumerate(tendons)}
    known = {"joint": _coordinates(links), "tendon": lengths}
    found = []
    for name, one in section.couplings.items():
        _foreign_keys(reader, ("couplings", name), one)
        if one.type in known:
            found.append(_follower(reader, name, one, known[one.type]))
        else:
            found.append(_joined(reader, name, one, links))
    return tuple(one for one in found if one is not None)


def read_fluid(reader: NumberReader, section: RobotSection) -> FluidSpec | None:
    """The fluid around everything."""
    fluid = section.fluid
    if fluid is None:
        return None
    return FluidSpec(
        density=reader.number(("fluid", "density"), fluid.density, "density", "nonnegative"),
        viscosity=reader.number(
            ("fluid", "viscosity"), fluid.viscosity, "viscosity", "nonnegative"
        ),
        wind=reader.row(("fluid", "wind"), fluid.wind, "speed"),
    )


def _coordinates(links: tuple[LinkSpec, ...]) -> Coordinates:
    """Everything that a tendon may run over or a joint coupling may tie."""
    return {
        link.joint.name + suffix: ((index, number), dimension or "")
        for index, link in enumerate(links)
        if link.joint.type in ("hinge", "slide", "planar")
        for number, (suffix, dimension) in enumerate(JOINT_COORDINATES[link.joint.type])
    }


def _tendon(
    reader: NumberReader, name: str, tendon: TendonSection, known: Coordinates
) -> TendonSpec:
    path: KeyPath = ("tendons", name)
    coordinates, levers = [], []
    for joint, raw in tendon.joints.items():
        found = _look_up(reader, (*path, "joints", joint), joint, known, "hinge or slide")
        if found is not None:
            coordinates.append(found[0])
            dimension = "length" if found[1] == "angle" else "ratio"
            levers.append(reader.number((*path, "joints", joint), raw, dimension))
    rest = tendon.rest if isinstance(tendon.rest, list) else [tendon.rest]
    if len(rest) not in (1, 2):
        reader.fail((*path, "rest"), f"expected one number or [from, to], not {len(rest)} numbers")
        rest = [0.0]
    read = [reader.number((*path, "rest"), one, "length") for one in rest]
    if read[0].value > read[-1].value:
        reader.fail((*path, "rest"), f"from {read[0].value:g} is beyond to {read[-1].value:g}")

    def plain(key: str, dimension: str) -> Expression:
        return reader.number((*path, key), getattr(tendon, key), dimension, "nonnegative")

    return TendonSpec(
        name=name,
        coordinates=tuple(coordinates),
        levers=tuple(levers),
        limits=read_limits(reader, path, tendon.limits, "length"),
        stiffness=plain("stiffness", "stiffness"),
        damping=plain("damping", "damping"),
        friction=plain("friction", "force"),
        rest=(read[0], read[-1]),
    )


_KEYS = {
    "joint": {"joint", "follows", "ratio", "offset", "polynomial"},
    "tendon": {"tendon", "follows", "ratio", "offset", "polynomial"},
    "point": {"links", "at", "to"},
    "weld": {"links", "at", "to", "rotation", "turning_stiffness"},
}
"""What each type of coupling may say, beside type, stiffness and time_constant."""


def _foreign_keys(reader: NumberReader, path: KeyPath, coupling: CouplingSection) -> None:
    allowed = _KEYS[coupling.type] | {"type", "stiffness", "time_constant"}
    for key in sorted(coupling.model_fields_set - allowed):
        others = [kind for kind, keys in _KEYS.items() if key in keys]
        suggestion = f"type: {' or '.join(others)} has one"
        message = f"a coupling of type {coupling.type} has no {key}"
        reader.fail((*path, key), message, suggestion, at_key=True)


def _follower(
    reader: NumberReader, name: str, coupling: CouplingSection, known: Coordinates
) -> CouplingSpec | None:
    """A joint or tendon that follows another one, or stays where it is put."""
    path: KeyPath = ("couplings", name)
    kind = coupling.type
    what = "tendon" if kind == "tendon" else "hinge or slide"
    written = coupling.joint if kind == "joint" else coupling.tendon
    place = (*path, kind) if written else path
    first = _look_up(reader, place, written or name, known, what, at_key=not written)
    second = None
    if coupling.follows is not None:
        second = _look_up(reader, (*path, "follows"), coupling.follows, known, what)
        if second is not None and second == first:
            reader.fail((*path, "follows"), f"{coupling.follows!r} cannot follow itself")
    dimension = first[1] if first else None
    polynomial = _polynomial(reader, path, coupling, dimension)
    if first is None or (coupling.follows is not None and second is None):
        return None
    return CouplingSpec(
        name=name,
        kind=kind,
        ends=(first[0], second and second[0]),
        polynomial=polynomial,
        points=(ORIGIN, ORIGIN),
        rotation=ORIGIN,
        **_firmness(reader, path, coupling, "angular " if dimension == "angle" else ""),
    )


def _polynomial(
    reader: NumberReader, path: KeyPath, coupling: CouplingSection, dimension: str | None
) -> Row:
    """offset + ratio x, or the polynomial as written."""
    if coupling.polynomial is None:
        offset = reader.number((*path, "offset"), coupling.offset or 0.0, dimension)
        leads = coupling.follows is not None
        default = 1.0 if coupling.ratio is None else coupling.ratio
        slope = reader.number((*path, "ratio"), default, "ratio") if leads else ZERO
        return (offset, slope, ZERO, ZERO, ZERO)
    for key in ("ratio", "offset"):
        if getattr(coupling, key) is not None:
            message = f"give either {key} or polynomial"
            reader.fail((*path, key), message, "polynomial: [offset, ratio]", at_key=True)
    row = reader.row((*path, "polynomial"), coupling.polynomial, None)
    return (*row, *(ZERO,) * (5 - len(row)))


def _joined(
    reader: NumberReader, name: str, coupling: CouplingSection, links: tuple[LinkSpec, ...]
) -> CouplingSpec | None:
    """Two links, or one and the world, joined at a point or altogether."""
    path: KeyPath = ("couplings", name)
    known = {"world": -1} | {link.name: index for index, link in enumerate(links)}
    if coupling.links is None:
        suggestion = "as in links: [coupler, rocker]"
        reader.fail(path, "missing key 'links'", suggestion, at_key=True)
        return None
    ends = []
    for number, link in enumerate(coupling.links):
        if link not in known:
            near = did_you_mean(link, known)
            reader.fail((*path, "links", number), f"there is no link {link!r}", near)
            return None
        ends.append(known[link])
    if ends[0] == ends[1]:
        reader.fail((*path, "links"), "a link cannot be joined to itself")
        return None
    return CouplingSpec(
        name=name,
        kind=coupling.type,
        ends=((ends[0], 0), (ends[1], 0)),
        polynomial=(ZERO,) * 5,
        points=(
            reader.row((*path, "at"), coupling.at, "length"),
            reader.row((*path, "to"), coupling.to, "length"),
        ),
        rotation=read_rotation(reader, (*path, "rotation"), coupling.rotation),
        **_firmness(reader, path, coupling, ""),
    )


def _firmness(reader: NumberReader, path: KeyPath, coupling: CouplingSection, kind: str) -> dict:
    return {
        "stiffness": reader.optional(
            (*path, "stiffness"), coupling.stiffness, kind + "stiffness", "positive"
        ),
        "turning_stiffness": reader.optional(
            (*path, "turning_stiffness"), coupling.turning_stiffness, "angular stiffness",
            "positive",
        ),
        "time_constant": reader.number(
            (*path, "time_constant"), coupling.time_constant, "time", "nonnegative"
        ),
    }  # fmt: skip


def _look_up(
    reader: NumberReader, path: KeyPath, name: str, known: Coordinates, what: str, at_key=True
) -> tuple[tuple[int, int], str] | None:
    """A coordinate or tendon; None, and a problem, when there is none of this name."""
    if name not in known:
        near = did_you_mean(name, known)
        reader.fail(path, f"there is no {what} {name!r}", near, at_key=at_key)
        return None
    return known[name]
