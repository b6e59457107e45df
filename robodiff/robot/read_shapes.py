"""The shapes of the links: geometry, and density and friction by precedence."""

from __future__ import annotations

from dataclasses import replace

from robodiff.errors import did_you_mean
from robodiff.robot.expressions import Expression, constant, scaled
from robodiff.robot.numbers import NumberReader
from robodiff.robot.read_links import ORIGIN, ZERO, read_rotation, unique
from robodiff.robot.schema import HullSection, LinkSection, RobotSection, RodSection, ShapeSection
from robodiff.robot.spec_links import LinkSpec, MaterialSpec, ShapeSpec
from robodiff.robot.yaml_nodes import KeyPath

DEFAULT_DENSITY = 1000.0
SHAPE_KINDS = ("sphere", "capsule", "box", "cylinder", "ellipsoid", "hull")
FLAT = 1e-9
"""Half side [m] of the box around a hull that lies in a plane."""


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
    unique(reader, names, "shape")
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
    if kind == "hull" and written.inertial is None:
        message = "a hull has no mass of its own"
        reader.fail((*path, kind), message, "give the link an inertial", at_key=True)
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
        margin=reader.number((*path, "margin"), shape.margin, "length", "nonnegative"),
        points=_unit_points(shape.hull) if shape.hull else (),
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
    if kind == "hull":
        scale = reader.number((*path, "scale"), given.scale, "ratio", "positive")
        size = tuple(_times(scale, half) for half in _half_sides(given))
    elif kind == "ellipsoid":
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


def _half_sides(hull: HullSection) -> list[float]:
    """Of the box about the hull's centre that holds its points [m]."""
    return [max(FLAT, *(abs(part) for part in column)) for column in zip(*hull.points, strict=True)]


def _unit_points(hull: HullSection) -> tuple[tuple[float, float, float], ...]:
    """Its points in units of that box's half sides."""
    x, y, z = _half_sides(hull)
    return tuple((a / x, b / y, c / z) for a, b, c in hull.points)


def _half(expression: Expression) -> Expression:
    return _times(expression, 0.5)


def _times(expression: Expression, factor: float) -> Expression:
    product = scaled(expression, factor, f"{factor:g} * {expression.text}")
    return Expression(product.text, product.tree, product.names, factor * expression.value)


def _with_friction(shape: ShapeSpec, default: Expression) -> ShapeSpec:
    return shape if shape.friction is not None else replace(shape, friction=default)


def _known_material(reader: NumberReader, path: KeyPath, section, materials) -> None:
    name = section.material
    if name is not None and name not in materials:
        message = f"there is no material {name!r}"
        reader.fail((*path, "material"), message, did_you_mean(name, materials))
