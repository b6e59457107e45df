"""URDF as SDF, for JaxSim: it reads URDF only by way of Gazebo's executables.

A robot that hangs on URDF's `world` gets a link `base` fixed to the world in its place, since
JaxSim wants one; a floating joint to the world is left out, which leaves the robot free.
"""

from __future__ import annotations

import xml.etree.ElementTree as xml

KINDS = {"continuous": "revolute", "revolute": "revolute", "prismatic": "prismatic"}


def sdf_of(urdf: str) -> str:
    """The same robot as SDF: links, joints with damping, and collisions; no visuals."""
    robot = xml.fromstring(urdf)
    for element in robot.iter():
        for key in {"name", "link"} & set(element.keys()):
            element.set(key, plain(element.get(key, "")))
    root = xml.Element("sdf", version="1.7")
    model = xml.SubElement(root, "model", name=robot.get("name", "robot"))
    joints = [joint for joint in robot.findall("joint") if joint.get("type") != "floating"]
    fixed = any(_name(joint, "parent") == "world" for joint in joints)
    if fixed:
        _add_base(model)
    parent_joint = {_name(joint, "child"): joint.get("name") for joint in joints}
    for link in robot.findall("link"):
        if link.get("name") != "world":
            _add_link(model, link, parent_joint.get(link.get("name", "")))
    for joint in joints:
        _add_joint(model, joint)
    return xml.tostring(root, encoding="unicode")


def plain(name: str) -> str:
    """A name as JaxSim can take it: to its parser a dot is an operator."""
    return name.replace(".", "_")


def _add_base(model: xml.Element) -> None:
    base = xml.SubElement(model, "link", name="base")
    inertial = xml.SubElement(base, "inertial")
    xml.SubElement(inertial, "mass").text = "1"
    inertia = xml.SubElement(inertial, "inertia")
    for key in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz"):
        xml.SubElement(inertia, key).text = "1" if key[1] == key[2] else "0"
    joint = xml.SubElement(model, "joint", name="base_to_world", type="fixed")
    xml.SubElement(joint, "parent").text = "world"
    xml.SubElement(joint, "child").text = "base"


def _add_link(model: xml.Element, link: xml.Element, joint: str | None) -> None:
    result = xml.SubElement(model, "link", name=link.get("name", ""))
    if joint:
        xml.SubElement(result, "pose", relative_to=joint).text = "0 0 0 0 0 0"
    source = link.find("inertial")
    if source is not None:
        inertial = xml.SubElement(result, "inertial")
        xml.SubElement(inertial, "pose").text = _pose(source)
        xml.SubElement(inertial, "mass").text = _attribute(source, "mass", "value")
        inertia = xml.SubElement(inertial, "inertia")
        for key in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz"):
            xml.SubElement(inertia, key).text = _attribute(source, "inertia", key)
    for number, source in enumerate(link.iter("collision")):
        collision = xml.SubElement(result, "collision", name=f"{link.get('name')}_{number}")
        xml.SubElement(collision, "pose").text = _pose(source)
        shape = source.find("geometry/*")
        assert shape is not None
        geometry = xml.SubElement(xml.SubElement(collision, "geometry"), shape.tag)
        for key, value in shape.items():
            xml.SubElement(geometry, key).text = value


def _add_joint(model: xml.Element, source: xml.Element) -> None:
    kind = KINDS.get(source.get("type", ""), "fixed")
    joint = xml.SubElement(model, "joint", name=source.get("name", ""), type=kind)
    parent = _name(source, "parent").replace("world", "base")
    xml.SubElement(joint, "pose", relative_to=parent).text = _pose(source)
    xml.SubElement(joint, "parent").text = parent
    xml.SubElement(joint, "child").text = _name(source, "child")
    if kind == "fixed":
        return
    axis = xml.SubElement(joint, "axis")
    xml.SubElement(axis, "xyz").text = _attribute(source, "axis", "xyz")
    limit = xml.SubElement(axis, "limit")
    for key, none in (("lower", "-1e16"), ("upper", "1e16")):
        xml.SubElement(limit, key).text = _attribute(source, "limit", key, none)
    dynamics = xml.SubElement(axis, "dynamics")
    for key in ("damping", "friction", "spring_reference", "spring_stiffness"):
        xml.SubElement(dynamics, key).text = _attribute(source, "dynamics", key, "0")


def _name(joint: xml.Element, role: str) -> str:
    return _attribute(joint, role, "link")


def _pose(element: xml.Element) -> str:
    zero = "0 0 0"
    place = _attribute(element, "origin", "xyz", zero), _attribute(element, "origin", "rpy", zero)
    return " ".join(place)


def _attribute(element: xml.Element, child: str, key: str, default: str = "") -> str:
    found = element.find(child)
    return default if found is None else found.get(key, default)
