"""Write a model as URDF, the robot format of ROS.

Masses, frames, joints, limits of effort and speed, and shapes are the model's. URDF has one root
and one joint a link, so robots hang on a link called `world` and a planar joint becomes three in a
row. What URDF cannot say is told by `urdf_losses` and in the file's head.
"""

from __future__ import annotations

import xml.etree.ElementTree as xml
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robodiff.errors import InputError, Problem
from robodiff.io.urdf_losses import mimics, urdf_losses
from robodiff.io.urdf_shapes import add_shape
from robodiff.io.xml_values import PLANAR_PARTS, numbers, unique_names
from robodiff.physics.model import Model
from robodiff.robot.foreign.numbers import roll_pitch_yaw

LINK = 1e-9
"""Share of the robot's mass in a link that only joins two others: no simulator takes 0."""
RADIUS_OF_GYRATION = 0.01
"""Of such a link [m]."""
FAR = 1e3
"""Limit of a slide without stops, for which URDF has no word [m]."""


def export_urdf(model: Model, name: str = "robot", materials: Sequence[str] = ()) -> str:
    """The URDF text of one robot (or several); `materials` names that of each shape.

    `model` has concrete arrays and no batch axis. Raises InputError for joints that URDF does not
    have: ball joints, and free joints below another link.
    """
    _check(model)
    root = xml.Element("robot", name=name)
    for loss in urdf_losses(model):
        root.append(xml.Comment(f" {loss} "))
    for material in dict.fromkeys(filter(None, materials)):
        xml.SubElement(xml.SubElement(root, "material", name=material), "color", rgba=GREY)
    taken = {"world"}
    names = _Names(
        unique_names(model.topology.link_names, taken),
        unique_names(model.topology.joint_names, set()),
        taken,
    )
    xml.SubElement(root, "link", name="world")
    for link in range(model.topology.nlinks):
        _add_link(root, model, link, names, materials)
        _add_joint(root, model, link, names)
    _add_mimics(root, model, names)
    _add_transmissions(root, model, names)
    xml.indent(root)
    return '<?xml version="1.0"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


GREY = "0.6 0.6 0.65 1"


@dataclass(frozen=True)
class _Names:
    """Unique names."""

    links: list[str]
    joints: list[str]
    taken: set[str]
    """Those of links, to be added to."""


def _check(model: Model) -> None:
    topology, problems = model.topology, []
    for link, kind in enumerate(topology.joint_types):
        where = f"joints.{topology.joint_names[link]}"
        if kind == "ball":
            problems.append(Problem("URDF has no ball joint", key=where,
                                    suggestion="--mjcf has one"))  # fmt: skip
        elif kind == "free" and topology.parents[link] >= 0:
            problems.append(Problem("URDF has a free joint only at the root", key=where))
    if problems:
        raise InputError(problems)


def _add_link(root: xml.Element, model: Model, link: int, names: _Names, materials) -> None:
    links = model.links
    element = xml.SubElement(root, "link", name=names.links[link])
    mass, inertia = float(links.mass[link]), np.asarray(links.inertia[link], float)
    if mass == 0 and model.topology.joint_types[link] != "fixed":
        mass, inertia = _little(model)
    _add_inertial(element, mass, links.center[link], inertia)
    for shape, owner in enumerate(model.topology.shape_links):
        if owner == link:
            add_shape(element, model, shape, materials[shape] if materials else "")


def _little(model: Model) -> tuple[float, np.ndarray]:
    """Mass and inertia of a link that only joins two others."""
    mass = LINK * float(np.sum(np.asarray(model.links.mass)))
    return mass, mass * RADIUS_OF_GYRATION**2 * np.array([1.0, 1, 1, 0, 0, 0])


def _add_inertial(link: xml.Element, mass: float, center, inertia) -> None:
    if mass == 0:
        return
    element = xml.SubElement(link, "inertial")
    xml.SubElement(element, "origin", xyz=numbers(center), rpy="0 0 0")
    xml.SubElement(element, "mass", value=numbers(mass))
    keys = ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
    parts = {key: numbers(value) for key, value in zip(keys, inertia, strict=True)}
    xml.SubElement(element, "inertia", parts)


def _add_joint(root: xml.Element, model: Model, link: int, names: _Names) -> None:
    """The joint above a link; a planar one is three, with two links between them."""
    topology, links = model.topology, model.links
    kind, parent = topology.joint_types[link], topology.parents[link]
    above = names.links[parent] if parent >= 0 else "world"
    place = np.asarray(links.position[link], float), np.asarray(links.rotation[link], float)
    rows = topology.v_start[link]
    if kind == "planar":
        for k, (part, part_kind, axis) in enumerate(PLANAR_PARTS):
            last = k == len(PLANAR_PARTS) - 1
            own = f"{names.joints[link]}.{part}"
            below = names.links[link] if last else _add_between(root, model, own, names)
            joint = _joint(root, own, part_kind, above, below, place if k == 0 else None)
            _add_motion(joint, model, link, rows + k, part_kind, np.array(axis, float))
            above = below
        return
    free = kind == "free"
    at = None if free else place  # where a free body starts is not the file's to say
    joint = _joint(root, names.joints[link], kind, above, names.links[link], at)
    if kind in ("hinge", "slide"):
        _add_motion(joint, model, link, rows, kind, np.asarray(links.axis[link], float))


def _add_between(root: xml.Element, model: Model, name: str, names: _Names) -> str:
    (own,) = unique_names([f"{name}_link"], names.taken)
    mass, inertia = _little(model)
    _add_inertial(xml.SubElement(root, "link", name=own), mass, np.zeros(3), inertia)
    return own


TYPES = {"fixed": "fixed", "hinge": "continuous", "slide": "prismatic", "free": "floating"}


def _joint(root, name: str, kind: str, parent: str, child: str, place) -> xml.Element:
    joint = xml.SubElement(root, "joint", name=name, type=TYPES[kind])
    if place is not None:
        position, rotation = place
        turn = numbers(roll_pitch_yaw(rotation))
        xml.SubElement(joint, "origin", xyz=numbers(position), rpy=turn)
    xml.SubElement(joint, "parent", link=parent)
    xml.SubElement(joint, "child", link=child)
    return joint


def _add_motion(joint: xml.Element, model: Model, link: int, dof: int, kind: str, axis) -> None:
    """Axis, stops, limits of the motors, damping and dry friction of a hinge or slide."""
    xml.SubElement(joint, "axis", xyz=numbers(axis))
    limits = _motor_limits(model, link) if model.topology.joint_types[link] != "planar" else {}
    if link in model.topology.limited_joints:
        row = model.topology.limited_joints.index(link)
        stops = model.joints.lower[row], model.joints.upper[row]
        joint.set("type", "revolute" if kind == "hinge" else "prismatic")
        limits |= dict(zip(("lower", "upper"), map(numbers, stops), strict=True))
    elif kind == "slide":
        limits |= {"lower": numbers(-FAR), "upper": numbers(FAR)}
    if limits:
        both = {"effort": "0", "velocity": "0"} | limits
        xml.SubElement(joint, "limit", both)
    damping, friction = model.joints.damping[dof], model.joints.friction[dof]
    if float(damping) or float(friction):
        parts = {"damping": numbers(damping), "friction": numbers(friction)}
        xml.SubElement(joint, "dynamics", parts)


def _add_mimics(root: xml.Element, model: Model, names: _Names) -> None:
    """Joints that follow another one along a line."""
    joints = {element.get("name"): element for element in root.iter("joint")}
    owners = model.topology.dof_links
    for i in mimics(model):
        assert model.couplings is not None
        follower, leader = (names.joints[owners[dof]] for dof in model.topology.coupling_ends[i])
        offset, slope = model.couplings.polynomial[i][:2]
        parts = {"joint": leader, "multiplier": numbers(slope), "offset": numbers(offset)}
        xml.SubElement(joints[follower], "mimic", parts)


def _motor_limits(model: Model, link: int) -> dict[str, str]:
    """What the motors of a joint can do together, seen at the joint."""
    owners = np.array(model.topology.actuator_links)
    mine = np.flatnonzero((owners == link) & (np.array(model.topology.actuator_rows) < model.nv))
    gear = np.abs(np.asarray(model.actuators.gear, float)[mine])
    a = model.actuators
    least, most = np.abs(np.asarray(a.lower, float)), np.abs(np.asarray(a.force_limit, float))
    effort = (gear * np.maximum(least, most)[mine]).sum()
    speeds = np.asarray(model.actuators.no_load_speed, float)[mine] / gear
    limits = {"effort": effort, "velocity": speeds.min(initial=np.inf)}
    return {key: numbers(value) for key, value in limits.items() if 0 < value < np.inf}


def _add_transmissions(root: xml.Element, model: Model, names: _Names) -> None:
    """Motors and their gears, in ROS's words."""
    motors = unique_names(model.topology.actuator_names, set())
    for i, link in enumerate(model.topology.actuator_links):
        if model.topology.actuator_rows[i] >= model.nv:
            continue
        element = xml.SubElement(root, "transmission", name=f"{motors[i]}_transmission")
        xml.SubElement(element, "type").text = "transmission_interface/SimpleTransmission"
        xml.SubElement(element, "joint", name=names.joints[link])
        motor = xml.SubElement(element, "actuator", name=motors[i])
        xml.SubElement(motor, "mechanicalReduction").text = numbers(model.actuators.gear[i])
