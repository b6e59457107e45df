"""Links, joints and shapes: from what is written to what is meant."""

from __future__ import annotations

import re
from dataclasses import replace

from robodiff.errors import did_you_mean
from robodiff.robot.expressions import Expression, constant, scaled
from robodiff.robot.numbers import NumberReader
from robodiff.robot.schema import (
    InertialSection,
    JointSection,
    LinkSection,
    RobotSection,
    RodSection,
    ShapeSection,
)
from robodiff.robot.spec import (
    JOINT_COORDINATES,
    POSITION_COORDINATES,
    InertialSpec,
    JointSpec,
    LimitSpec,
    LinkSpec,
    MaterialSpec,
    Row,
    ShapeSpec,
)
from robodiff.robot.tree import depth_first
from robodiff.robot.yaml_nodes import KeyPath

DEFAULT_DENSITY = 1000.0
SHAPE_KINDS = ("sphere", "capsule", "box", "cylinder", "ellipsoid")
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
    parents = {name: link.parent for name, link in section.links.items()}
    order = depth_first(reader, parents)
    index = {name: number for number, name in enumerate(order)}
    links = [
        _read_link(reader, name, section.links[name], index.get(parents[name], -1))
        for name in order
    ]
    _unique(reader, [(link.joint.name, ("links", link.name, "joint")) for link in links], "joint")
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
        limits=_read_limits(reader, path, joint, dimensions) if one_axis else None,
        damping=each("damping", [kind + "damping" for kind in turning]),
        stiffness=each("stiffness", [kind + "stiffness" for kind in turning]),
        armature=each("armature", ["inertia" if kind else "mass" for kind in turning]),
        friction=each("friction", ["torque" if kind else "force" for kind in turning]),
        rest=each("rest", [d or "" for d in dimensions[: len(positions)]], "any"),
    )


def _read_limits(
    reader: NumberReader, path: KeyPath, joint: JointSection, dimensions: list
) -> LimitSpec | None:
    if joint.limits is None:
        return None
    path = (*path, "limits")
    dimension = dimensions[0]
    kind = "angular stiffness" if dimension == "angle" else "stiffness"
    lower = reader.number((*path, "lower"), joint.limits.lower, dimension)
    upper = reader.number((*path, "upper"), joint.limits.upper, dimension)
    if lower.value >= upper.value:
        message = f"lower {lower.value:g} must be less than upper {upper.value:g}"
        reader.fail((*path, "lower"), message)
    stiffness = reader.optional((*path, "stiffness"), joint.limits.stiffness, kind, "positive")
    return LimitSpec(lower, upper, stiffness)


def _read_inertial(reader: NumberReader, path: KeyPath, inertial: InertialSection) -> InertialSpec:
    raw = inertial.inertia
    if len(raw) not in (3, 6):
        reader.fail((*path, "inertia"), f"expected 3 or 6 numbers, not {len(raw)}")
        raw = [1.0, 1.0, 1.0]
    diagonal = reader.row((*path, "inertia"), raw[:3], "inertia", "positive")
    products = tuple(
        reader.number((*path, "inertia", 3 + number), item, "inertia")
        for number, item in enumerate(raw[3:])
    )
    total = sum(entry.value for entry in diagonal)
    if 2 * max(entry.value for entry in diagonal) > total * (1 + 1e-9):
        message = "no body has this inertia: each moment is at most the sum of the other two"
        reader.fail((*path, "inertia"), message)
    return InertialSpec(
        mass=reader.number((*path, "mass"), inertial.mass, "mass", "positive"),
        center=reader.row((*path, "center"), inertial.center, "length"),
        inertia=(*diagonal, *(products or ORIGIN)),
    )


def read_rotation(reader: NumberReader, path: KeyPath, raw: list[float | str]) -> Row:
    """Roll, pitch, yaw, or a quaternion that is not zero."""
    row = reader.row(path, raw, "angle" if len(raw) == 3 else None)
    if len(row) == 4 and not any(part.value for part in row):
        reader.fail(path, "a quaternion must not be zero", "no rotation is [1, 0, 0, 0]")
    return row


def read_shapes(
    reader: NumberReader,
    section: RobotSection,
    links: tuple[LinkSpec, ...],
    materials: dict[str, MaterialSpec],
) -> tuple[ShapeSpec, ...]:
    """Shapes in the order of their links."""
    shapes, names = [], []
    for index, link in enumerate(links):
        written = section.links[link.name]
        path: KeyPath = ("links", link.name)
        _known_material(reader, path, written, materials)
        for number, shape in enumerate(written.shapes):
            where = (*path, "shapes", number)
            suffix = f"_{number + 1}" if len(written.shapes) > 1 else ""
            name = shape.name or link.name + suffix
            _known_material(reader, where, shape, materials)
            kind = _kind(reader, where, shape)
            if kind:
                shapes.append(
                    _read_shape(reader, where, shape, kind, name, index, written, materials)
                )
                names.append((name, where))
    _unique(reader, names, "shape")
    default = reader.number(
        ("contact", "friction"), section.contact.friction, "ratio", "nonnegative"
    )
    return tuple(_with_friction(shape, default) for shape in shapes)


def _kind(reader: NumberReader, path: KeyPath, shape: ShapeSection) -> str:
    given = [kind for kind in SHAPE_KINDS if getattr(shape, kind) is not None]
    if len(given) == 1:
        return given[0]
    message = "needs one shape" if not given else f"is {' and '.join(given)} at once"
    reader.fail(path, message, "one of " + ", ".join(SHAPE_KINDS), at_key=True)
    return ""


def _read_shape(reader, path, shape, kind, name, link, written: LinkSection, materials):
    """One shape with its geometry, and its density and friction by precedence."""
    if shape.mass is not None and shape.density is not None:
        reader.fail((*path, "mass"), "give either mass or density")
    size, center, rotation, ends = _read_geometry(reader, (*path, kind), kind, getattr(shape, kind))
    own = materials.get(shape.material or "")
    inherited = materials.get(written.material or "")
    link_path = path[:2]
    density = (
        reader.optional((*path, "density"), shape.density, "density", "positive")
        or (own and own.density)
        or reader.optional((*link_path, "density"), written.density, "density", "positive")
        or (inherited and inherited.density)
        or constant(DEFAULT_DENSITY)
    )
    friction = (
        reader.optional((*path, "friction"), shape.friction, "ratio", "nonnegative")
        or (own and own.friction)
        or reader.optional((*link_path, "friction"), written.friction, "ratio", "nonnegative")
        or (inherited and inherited.friction)
    )
    return ShapeSpec(
        name=name,
        link=link,
        kind=kind,
        size=size,
        center=center,
        rotation=rotation,
        ends=ends,
        density=density,
        mass=reader.optional((*path, "mass"), shape.mass, "mass", "positive"),
        friction=friction,
        material=shape.material or written.material or "",
        collides=shape.collide,
    )


def _read_geometry(reader: NumberReader, path: KeyPath, kind: str, given):
    """Size as physics wants it, centre, rotation and ends of a shape."""
    if kind in ("capsule", "cylinder"):
        return _read_rod(reader, path, given)
    center = reader.row((*path, "center"), given.center, "length")
    if kind == "sphere":
        radius = reader.number((*path, "radius"), given.radius, "length", "positive")
        return (radius, ZERO, ZERO), center, ORIGIN, None
    rotation = read_rotation(reader, (*path, "rotation"), given.rotation)
    if kind == "ellipsoid":
        size = reader.row((*path, "semi_axes"), given.semi_axes, "length", "positive")
    else:
        full = reader.row((*path, "size"), given.size, "length", "positive")
        size = tuple(_half(side) for side in full)
    return size, center, rotation, None


def _read_rod(reader: NumberReader, path: KeyPath, rod: RodSection):
    radius = reader.number((*path, "radius"), rod.radius, "length", "positive")
    if rod.start is not None and rod.end is not None:
        for key in ("length", "center", "rotation"):
            if getattr(rod, key) is not None:
                reader.fail((*path, key), f"from and to settle it, {key} is too much", at_key=True)
        ends = (
            reader.row((*path, "from"), rod.start, "length"),
            reader.row((*path, "to"), rod.end, "length"),
        )
        if all(a.value == b.value for a, b in zip(*ends, strict=True)):
            reader.fail((*path, "to"), "from and to are the same point", "or use a sphere")
        return (radius, ZERO, ZERO), ORIGIN, ORIGIN, ends
    if rod.start is not None or rod.end is not None or rod.length is None:
        reader.fail(path, "needs from and to, or length (with center, rotation)", at_key=True)
        return (radius, ZERO, ZERO), ORIGIN, ORIGIN, None
    length = reader.number((*path, "length"), rod.length, "length", "positive")
    center = reader.row((*path, "center"), rod.center or [0.0, 0.0, 0.0], "length")
    rotation = read_rotation(reader, (*path, "rotation"), rod.rotation or [0.0, 0.0, 0.0])
    return (radius, _half(length), ZERO), center, rotation, None


def _half(expression: Expression) -> Expression:
    half = scaled(expression, 0.5, f"half {expression.text}")
    return Expression(half.text, half.tree, half.names, 0.5 * expression.value)


def _with_friction(shape: ShapeSpec, default: Expression) -> ShapeSpec:
    return shape if shape.friction is not None else replace(shape, friction=default)


def _known_material(reader: NumberReader, path: KeyPath, section, materials) -> None:
    name = section.material
    if name is not None and name not in materials:
        message = f"there is no material {name!r}"
        reader.fail((*path, "material"), message, did_you_mean(name, materials))


def _unique(reader: NumberReader, names: list[tuple[str, KeyPath]], what: str) -> None:
    first: dict[str, KeyPath] = {}
    for name, path in names:
        if first.setdefault(name, path) is not path:
            line = reader.source.mark(first[name])[0]
            message = f"two {what}s are called {name!r}"
            reader.fail(path, message, f"the first is on line {line}", at_key=True)
