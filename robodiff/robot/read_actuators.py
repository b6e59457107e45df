"""Actuators and the start: everything that refers to joints by name."""

from __future__ import annotations

from dataclasses import replace

from robodiff.errors import did_you_mean
from robodiff.robot.expressions import Expression, constant
from robodiff.robot.numbers import NumberReader
from robodiff.robot.read_links import read_rotation
from robodiff.robot.schema import ActuatorSection, RobotSection
from robodiff.robot.spec_links import (
    JOINT_COORDINATES,
    POSITION_COORDINATES,
    ActuatorSpec,
    LinkSpec,
    Row,
)
from robodiff.robot.spec_ties import TendonSpec
from robodiff.robot.yaml_nodes import KeyPath

VELOCITY_SUFFIXES = {
    "planar": (".vx", ".vz", ".pitch_rate"),
    "ball": (".wx", ".wy", ".wz"),
    "free": (".vx", ".vy", ".vz", ".wx", ".wy", ".wz"),
}
"""Names of velocities as in `Topology.v_names`; a hinge's or slide's is `.velocity` in `start`."""


def read_actuators(
    reader: NumberReader,
    section: RobotSection,
    links: tuple[LinkSpec, ...],
    tendons: tuple[TendonSpec, ...] = (),
) -> tuple[ActuatorSpec, ...]:
    """Actuators in file order."""
    joints = {link.joint.name: index for index, link in enumerate(links)}
    movable = [name for name, index in joints.items() if _one_axis(links[index])]
    actuators = []
    for name, actuator in section.actuators.items():
        actuator = actuator or ActuatorSection()
        path: KeyPath = ("actuators", name)
        if actuator.tendon is not None:
            puller = _read_puller(reader, name, actuator, links, tendons)
            actuators += [puller] if puller else []
            continue
        where = (*path, "joint") if actuator.joint else path
        joint = actuator.joint or name
        if joint not in joints:
            near = did_you_mean(joint, movable)
            reader.fail(where, f"there is no joint {joint!r}", near, at_key=not actuator.joint)
        elif not _one_axis(links[joints[joint]]):
            kind = links[joints[joint]].joint.type
            message = f"joint {joint!r} is {kind}; an actuator drives a hinge or slide"
            reader.fail(where, message, at_key=not actuator.joint)
        else:
            actuators.append(_read_actuator(reader, name, actuator, links, joints[joint]))
    return tuple(actuators)


def _read_puller(
    reader: NumberReader, name: str, actuator: ActuatorSection, links, tendons
) -> ActuatorSpec | None:
    """An actuator that pulls a tendon."""
    path: KeyPath = ("actuators", name)
    if actuator.joint is not None:
        message = "an actuator drives a joint or a tendon, not both"
        reader.fail((*path, "joint"), message, at_key=True)
    names = [tendon.name for tendon in tendons]
    if actuator.tendon not in names:
        near = did_you_mean(actuator.tendon or "", names)
        reader.fail((*path, "tendon"), f"there is no tendon {actuator.tendon!r}", near)
        return None
    index = names.index(actuator.tendon)
    if not tendons[index].coordinates:  # told already
        return None
    link = tendons[index].coordinates[0][0]
    return replace(_read_actuator(reader, name, actuator, links, link, ""), tendon=index)


def _one_axis(link: LinkSpec) -> bool:
    return link.joint.type in ("hinge", "slide")


def _read_actuator(
    reader: NumberReader, name: str, actuator: ActuatorSection, links, link: int, angular=None
) -> ActuatorSpec:
    path: KeyPath = ("actuators", name)
    if angular is None:
        angular = "angular " if links[link].joint.type == "hinge" else ""
    needed = {"motor": (), "position": ("kp",), "velocity": ("kd",)}[actuator.type]
    allowed = {"motor": (), "position": ("kp", "kd"), "velocity": ("kd",)}[actuator.type]
    for key in ("kp", "kd"):
        if getattr(actuator, key) is None and key in needed:
            reader.fail(path, f"a {actuator.type} servo needs {key}", at_key=True)
        if getattr(actuator, key) is not None and key not in allowed:
            message = f"a {actuator.type} actuator has no {key}"
            reader.fail((*path, key), message, "type: position has both", at_key=True)
    gear = reader.number((*path, "gear"), actuator.gear, "ratio")
    if gear.value == 0:
        reader.fail((*path, "gear"), "a gear must not be 0")
    dimension = "torque" if angular else "force"
    least, largest = _read_limits(reader, (*path, "torque_limit"), actuator, dimension)
    return ActuatorSpec(
        name=name,
        link=link,
        kind=actuator.type,
        gear=gear,
        kp=reader.number((*path, "kp"), actuator.kp or 0.0, angular + "stiffness", "nonnegative"),
        kd=reader.number((*path, "kd"), actuator.kd or 0.0, angular + "damping", "nonnegative"),
        torque_limit=largest,
        torque_lower=least,
        speed_limit=reader.optional(
            (*path, "speed_limit"), actuator.speed_limit, angular + "speed", "positive"
        ),
        motor_constant=reader.optional(
            (*path, "motor_constant"), actuator.motor_constant, "motor constant", "positive"
        ),
        mass=reader.number((*path, "mass"), actuator.mass, "mass", "nonnegative"),
    )


def _read_limits(
    reader: NumberReader, path: KeyPath, actuator: ActuatorSection, dimension: str
) -> tuple[Expression | None, Expression | None]:
    """Least and largest torque or force; no least one where it is minus the largest."""
    raw = actuator.torque_limit
    if not isinstance(raw, list):
        return None, reader.optional(path, raw, dimension, "positive")
    if len(raw) != 2:
        reader.fail(path, f"expected a number or [least, largest], not {len(raw)} numbers")
        return None, None
    least, largest = reader.row(path, raw, dimension)
    if least.value >= largest.value:
        message = f"least {least.value:g} must be less than largest {largest.value:g}"
        reader.fail((*path, 0), message)
    return least, largest


def read_start(
    reader: NumberReader, section: RobotSection, links: tuple[LinkSpec, ...]
) -> tuple[dict[str, Expression], dict[str, Row]]:
    """Start values by coordinate name, and start rotations by joint name."""
    dimensions = start_coordinates(links)
    turnable = {
        link.joint.name + ".rotation": link.joint.name
        for link in links
        if link.joint.type in ("ball", "free")
    }
    values: dict[str, Expression] = {}
    rotations: dict[str, Row] = {}
    for name, raw in section.start.items():
        path: KeyPath = ("start", name)
        if name in turnable:
            if not isinstance(raw, list) or len(raw) not in (3, 4):
                reader.fail(path, "expected [roll, pitch, yaw] or [w, x, y, z]")
                raw = list[float | str]((0.0, 0.0, 0.0))
            rotations[turnable[name]] = read_rotation(reader, path, raw)
        elif name not in dimensions:
            near = did_you_mean(name, [*dimensions, *turnable])
            reader.fail(path, f"there is no coordinate {name!r}", near, at_key=True)
        elif isinstance(raw, list):
            reader.fail(path, "expected one number")
            values[name] = constant(0.0)
        else:
            values[name] = reader.number(path, raw, dimensions[name])
    return values, rotations


def start_coordinates(links: tuple[LinkSpec, ...]) -> dict[str, str | None]:
    """Every coordinate that a start may set, with its dimension."""
    result: dict[str, str | None] = {}
    for link in links:
        name, kind = link.joint.name, link.joint.type
        dimensions = [dimension for _, dimension in JOINT_COORDINATES[kind]]
        for suffix, dimension in zip(POSITION_COORDINATES.get(kind, ()), dimensions, strict=False):
            result[name + suffix] = dimension
        rates = VELOCITY_SUFFIXES.get(kind, (".velocity",) * len(dimensions))
        for suffix, dimension in zip(rates, dimensions, strict=True):
            result[name + suffix] = "angular speed" if dimension == "angle" else "speed"
    return result
