"""Links and their joints as MJCF's bodies."""

from __future__ import annotations

import xml.etree.ElementTree as xml

import numpy as np

from robodiff.io.mjcf_shapes import add_shape, softness
from robodiff.io.xml_values import PLANAR_PARTS, numbers, unique_names
from robodiff.physics.model import Model
from robodiff.robot.foreign.numbers import product, quaternion, rotated

IDENTITY = (1.0, 0.0, 0.0, 0.0)


def add_bodies(world: xml.Element, model: Model) -> None:
    topology, links = model.topology, model.links
    body_names = unique_names(topology.link_names, {"world"})
    shape_names = unique_names(topology.shape_names, {"ground"})
    joints = joint_names(model)
    bodies: list[xml.Element] = []
    waiting: list[tuple[int, xml.Element]] = []
    for i, parent in enumerate(topology.parents):
        if _is_joint_alone(model, i):
            waiting.append((i, bodies[parent] if parent >= 0 and not waiting else world))
            bodies.append(world)
            continue
        chain = [link for link, _ in waiting]
        holder = waiting[0][1] if waiting else bodies[parent] if parent >= 0 else world
        body = xml.SubElement(holder, "body", name=body_names[i])
        _place_body(body, model, [*chain, i], joints)
        bodies.append(body)
        waiting.clear()
        if links.held is not None and float(links.held[i]):
            body.set("gravcomp", numbers(links.held[i]))
        if float(links.mass[i]) > 0:
            _add_inertial(body, model, i)
    for i, link in enumerate(topology.shape_links):
        add_shape(bodies[link] if link >= 0 else world, model, i, shape_names[i])


def joint_names(model: Model) -> list[list[str]]:
    """MJCF joint names of each link: none if fixed, three if planar, else one; all unique."""
    taken: set[str] = set()
    topology = model.topology
    names = []
    for name, kind in zip(topology.joint_names, topology.joint_types, strict=True):
        parts = {"fixed": [], "planar": [f"{name}.{part}" for part, _, _ in PLANAR_PARTS]}
        names.append(unique_names(parts.get(kind, [name]), taken))
    return names


def _add_inertial(body: xml.Element, model: Model, link: int) -> None:
    """Mass properties; in a fluid about the axes of the link's box, which equal moments leave
    open."""
    links, inertia = model.links, np.asarray(model.links.inertia[link])
    inertial = xml.SubElement(body, "inertial", mass=numbers(links.mass[link]))
    inertial.set("pos", numbers(links.center[link]))
    if model.fluid is not None:
        R = np.asarray(model.fluid.axes[link], float).reshape(3, 3)
        xx, yy, zz, xy, xz, yz = inertia
        seen = R.T @ np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]) @ R
        inertial.attrib.update(quat=numbers(quaternion(R)), diaginertia=numbers(np.diag(seen)))
        return
    # MuJoCo takes points and rods only by their diagonal.
    key, count = ("fullinertia", 6) if inertia[3:].any() else ("diaginertia", 3)
    inertial.set(key, numbers(inertia[:count]))


def _is_joint_alone(model: Model, link: int) -> bool:
    """Whether a link only joins its parent to its one child: MuJoCo wants mass in each body, and
    takes several joints a body."""
    topology = model.topology
    children = [i for i, parent in enumerate(topology.parents) if parent == link]
    if float(model.links.mass[link]) or link in topology.shape_links or len(children) != 1:
        return False
    kind, child = topology.joint_types[link], children[0]
    if kind == "ball":  # MuJoCo lets slides alone follow it, and its axes are the body's
        unturned = not np.asarray(model.links.rotation[child])[1:].any()
        slides = topology.joint_types[child] == "slide"
        return slides and unturned and not _is_joint_alone(model, child)
    movable = ("hinge", "slide", "planar")
    return kind in movable and topology.joint_types[child] in (*movable, "ball")


def _place_body(body: xml.Element, model: Model, chain: list[int], joints: list) -> None:
    """A body's frame and its joints: those of the chain's links, from the outermost in."""
    frames = [_body_frame(model, link) for link in chain]
    position, rotation = frames[0]
    for offset, turn in frames[1:]:
        position, rotation = position + rotated(rotation, offset), product(rotation, turn)
    body.attrib.update(pos=numbers(position), quat=numbers(rotation))
    for number, link in enumerate(chain):
        # The body seen from this link's frame, when nothing has moved.
        at, turn = np.zeros(3), np.array(IDENTITY)
        for offset, further in frames[number + 1 :]:
            at, turn = at + rotated(turn, offset), product(turn, further)
        _add_joints(body, model, link, joints[link], at, turn)


def _body_frame(model: Model, link: int) -> tuple[np.ndarray, np.ndarray]:
    """A free body's frame in MJCF is only its reference pose, where its spring rests."""
    if model.topology.joint_types[link] == "free":
        start = model.topology.q_start[link]
        rest = np.asarray(model.joints.rest)[start : start + 7]
        return rest[:3], rest[3:]
    return np.asarray(model.links.position[link]), np.asarray(model.links.rotation[link])


JOINT_VALUES = {
    "armature": "armature",
    "damping": "damping",
    "stiffness": "stiffness",
    "friction": "frictionloss",
}


def _add_joints(body, model: Model, link: int, names: list[str], at, turn) -> None:
    """Joints of a link; `at` and `turn` are the body's frame in the link's."""
    kind = model.topology.joint_types[link]
    axis = np.asarray(model.links.axis[link])
    back = np.asarray(turn) * [1, -1, -1, -1]
    parts = {"planar": [(part, axis) for _, part, axis in PLANAR_PARTS], "fixed": []}
    for k, (part, part_axis) in enumerate(parts.get(kind, [(kind, axis)])):
        joint = xml.SubElement(body, "joint", name=names[k], type=part)
        if np.any(at):
            joint.set("pos", numbers(-rotated(back, at)))
        if part in ("hinge", "slide"):
            turned = rotated(back, np.asarray(part_axis, float)) if np.any(turn[1:]) else part_axis
            joint.set("axis", numbers(turned))
            joint.set("springref", numbers(model.joints.rest[model.topology.q_start[link] + k]))
        dof = model.topology.v_start[link] + k
        for ours, theirs in JOINT_VALUES.items():
            joint.set(theirs, numbers(getattr(model.joints, ours)[dof]))
        if link in model.topology.limited_joints:
            row = model.topology.limited_joints.index(link)
            joint.set("limited", "true")
            joint.set("range", numbers([model.joints.lower[row], model.joints.upper[row]]))
            joint.set("solreflimit", softness(model))
