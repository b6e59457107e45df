"""Links, joints and shapes: from what is written to what is meant."""

from __future__ import annotations

import re

from robodiff.robot.coupling_schema import LimitsSection
from robodiff.robot.expressions import constant
from robodiff.robot.numbers import NumberReader
from robodiff.robot.schema import (
    InertialSection,
    JointSection,
    LinkSection,
    RobotSection,
)
from robodiff.robot.spec_links import (
    JOINT_COORDINATES,
    POSITION_COORDINATES,
    InertialSpec,
    JointSpec,
    LimitSpec,
    LinkSpec,
    Row,
)
from robodiff.robot.tree import depth_first
from robodiff.robot.yaml_nodes import KeyPath

ZERO = constant(0.0)
ORIGIN: Row = (ZERO, ZERO, ZERO)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def read_links(reader: NumberReader, section: RobotSection) -> tuple[LinkSpec, ...]:
    """Links in depth-first file order."""
    if not section.links:
        reader.fail(("links",), "a robot needs at least one link", at_key=True)
    for name in section.links:
        if not _NAME.fullmatch(name) or name == "world":
            message = f"{name!r} is no name for a link: letters, digits, _ and -, a letter first"
            reader.fail(("links", name), message, at_key=True)
    parents = {name: link.parent for name, link in section.links.items() if name != "world"}
    order = depth_first(reader, parents)
    index = {name: number for number, name in enumerate(order)}
    links = [
        _read_link(reader, name, section.links[name], index.get(parents[name], -1))
        for name in order
    ]
    unique(reader, [(link.joint.name, ("links", link.name, "joint")) for link in links], "joint")
    return tuple(links)


def _read_link(reader: NumberReader, name: str, link: LinkSection, parent: int) -> LinkSpec:
    path: KeyPath = ("links", name)
    if link.mass is not None and not link.shapes:
        reader.fail((*path, "mass"), "mass needs shapes to spread over", "or use inertial")
    if link.mass is not None and link.inertial:
        reader.fail((*path, "mass"), "give either mass or inertial")
    return LinkSpec(
        name=name,
        parent=parent,
        position=reader.row((*path, "position"), link.position, "length"),
        rotation=read_rotation(reader, (*path, "rotation"), link.rotation),
        joint=_read_joint(reader, name, link.joint),
        mass=reader.optional((*path, "mass"), link.mass, "mass", "positive"),
        inertial=link.inertial and _read_inertial(reader, (*path, "inertial"), link.inertial),
        gravity_compensation=reader.optional(
            (*path, "gravity_compensation"), link.gravity_compensation, "ratio"
        ),
    )


def _read_joint(reader: NumberReader, link: str, joint: JointSection) -> JointSpec:
    path: KeyPath = ("links", link, "joint")
    coordinates = JOINT_COORDINATES[joint.type]
    positions = POSITION_COORDINATES.get(joint.type, ())
    dimensions = [dimension for _, dimension in coordinates]
    turning = ["angular " if dimension == "angle" else "" for dimension in dimensions]
    one_axis = joint.type in ("hinge", "slide")
    if one_axis and joint.axis is None:
        reader.fail(path, f"a {joint.type} needs an axis", "as in axis: [0, 1, 0]", at_key=True)
    for key in ("axis", "limits"):
        if getattr(joint, key) is not None and not one_axis:
            reader.fail((*path, key), f"a {joint.type} joint has no {key}", at_key=True)
    axis = reader.row((*path, "axis"), joint.axis or [0.0, 1.0, 0.0], None)
    if not any(part.value for part in axis):
        reader.fail((*path, "axis"), "an axis must not be zero", "as in [0, 1, 0]")

    def each(key: str, dimensions: list[str], rule: str = "nonnegative") -> Row:
        raw = getattr(joint, key)
        if not isinstance(raw, list):
            if raw and not dimensions:
                reader.fail((*path, key), f"a {joint.type} joint has no {key}", at_key=True)
            return tuple(reader.number((*path, key), raw, one, rule) for one in dimensions)
        if len(raw) != len(dimensions):
            reader.fail((*path, key), f"expected {len(dimensions)} numbers, not {len(raw)}")
            return tuple(constant(0.0) for _ in dimensions)
        return tuple(
            reader.number((*path, key, number), item, one, rule)
            for number, (item, one) in enumerate(zip(raw, dimensions, strict=True))
        )

    return JointSpec(
        name=joint.name or link,
        type=joint.type,
        axis=axis,
        limits=read_limits(reader, path, joint.limits, dimensions[0]) if one_axis else None,
        damping=each("damping", [kind + "damping" for kind in turning]),
        stiffness=each("stiffness", [kind + "stiffness" for kind in turning]),
        armature=each("armature", ["inertia" if kind else "mass" for kind in turning]),
        friction=each("friction", ["torque" if kind else "force" for kind in turning]),
        rest=each("rest", [d or "" for d in dimensions[: len(positions)]], "any"),
    )


def read_limits(
    reader: NumberReader, path: KeyPath, limits: LimitsSection | None, dimension: str | None
) -> LimitSpec | None:
    """Stops of something whose displacement has this dimension, at `path`."""
    if limits is None:
        return None
    path = (*path, "limits")
    kind = "angular stiffness" if dimension == "angle" else "stiffness"
    lower = reader.number((*path, "lower"), limits.lower, dimension)
    upper = reader.number((*path, "upper"), limits.upper, dimension)
    if lower.value >= upper.value:
        message = f"lower {lower.value:g} must be less than upper {upper.value:g}"
        reader.fail((*path, "lower"), message)
    stiffness = reader.optional((*path, "stiffness"), limits.stiffness, kind, "positive")
    return LimitSpec(lower, upper, stiffness)


def _read_inertial(reader: NumberReader, path: KeyPath, inertial: InertialSection) -> InertialSpec:
    raw = inertial.inertia
    if len(raw) not in (3, 6):
        reader.fail((*path, "inertia"), f"expected 3 or 6 numbers, not {len(raw)}")
        raw = [1.0, 1.0, 1.0]
    diagonal = reader.row((*path, "inertia"), raw[:3], "inertia", "nonnegative")
    products = tuple(
        reader.number((*path, "inertia", 3 + number), item, "inertia")
        for number, item in enumerate(raw[3:])
    )
    total = sum(entry.value for entry in diagonal)
    if 2 * max(entry.value for entry in diagonal) > total * (1 + 1e-9):
        message = "no body has this inertia: each moment is at most the sum of the other two"
        reader.fail((*path, "inertia"), message)
    return InertialSpec(
        mass=reader.number((*path, "mass"), inertial.mass, "mass", "nonnegative"),
        center=reader.row((*path, "center"), inertial.center, "length"),
        inertia=(*diagonal, *(products or ORIGIN)),
    )


def read_rotation(reader: NumberReader, path: KeyPath, raw: list[float | str]) -> Row:
    """Roll, pitch, yaw, or a quaternion that is not zero."""
    row = reader.row(path, raw, "angle" if len(raw) == 3 else None)
    if len(row) == 4 and not any(part.value for part in row):
        reader.fail(path, "a quaternion must not be zero", "no rotation is [1, 0, 0, 0]")
    return row


def unique(reader: NumberReader, names: list[tuple[str, KeyPath]], what: str) -> None:
    """Report names that are used twice."""
    first: dict[str, KeyPath] = {}
    for name, path in names:
        if first.setdefault(name, path) is not path:
            line = reader.source.mark(first[name])[0]
            message = f"two {what}s are called {name!r}"
            reader.fail(path, message, f"the first is on line {line}", at_key=True)
