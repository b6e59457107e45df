"""Write a model as MJCF, the robot format of MuJoCo.

Mass, inertia and frames are written as they are in the model, so geometry carries no mass.
Shapes touch the ground, and each other where the robot has pairs, as in robodiff. Contact and joint
limits are MuJoCo's own soft constraints, critically damped, with the dissipation time as their time
constant; friction is an elliptic cone. Dry friction, motor speed limits and heat are laws of their
own in each engine: the parts of a model that have no counterpart are named in a comment.
"""

from __future__ import annotations

import xml.etree.ElementTree as xml
from collections.abc import Iterable

import numpy as np

from robodiff.errors import InputError, Problem
from robodiff.io.mjcf_heightfield import add_heightfield
from robodiff.io.mjcf_ties import Names, add_equalities, add_fluid, add_tendons
from robodiff.physics.joint_rows import UNLIMITED
from robodiff.physics.model import Model
from robodiff.physics.topology import JOINT_NV
from robodiff.robot.foreign.numbers import product, quaternion, rotated

IDENTITY = (1.0, 0.0, 0.0, 0.0)
SIZES_USED = {"sphere": 1, "capsule": 2, "cylinder": 2, "box": 3, "ellipsoid": 3, "hull": 0}
LEAST_TIME_CONSTANT = 1e-3
"""Of soft contacts: MuJoCo has none without one [s]."""
PLANAR_PARTS = (("x", "slide", (1, 0, 0)), ("z", "slide", (0, 0, 1)), ("pitch", "hinge", (0, 1, 0)))


def export_mjcf(model: Model, name: str = "robot", timestep: float = 0.002) -> str:
    """The MJCF text of one robot (or several), with q and v in MuJoCo's qpos and qvel order.

    `model` has concrete arrays and no batch axis; `timestep` is in seconds.
    Raises InputError for what MJCF cannot say: a free joint below another link, or values that
    differ between the coordinates of one ball or free joint.
    """
    _check(model)
    root = xml.Element("mujoco", model=name)
    for note in _missing(model):
        root.append(xml.Comment(f" {note} "))
    xml.SubElement(root, "compiler", angle="radian", inertiafromgeom="false", autolimits="false")
    option = xml.SubElement(
        root, "option", timestep=numbers(timestep), gravity=numbers(model.gravity)
    )
    # Servos and damping implicit, and contacts that stick without creep, as in robodiff.
    option.attrib.update(integrator="implicitfast", cone="elliptic", impratio="10")
    _add_hulls(root, model)
    world = xml.SubElement(root, "worldbody")
    _add_ground(root, world, model)
    _add_bodies(world, model)
    _add_pairs(root, model)
    add_fluid(option, model, numbers)
    names = _tied_names(model)
    add_tendons(root, model, names, _softness(model), numbers)
    add_equalities(root, model, names, numbers)
    _add_actuators(xml.SubElement(root, "actuator"), model, names)
    key = xml.SubElement(xml.SubElement(root, "keyframe"), "key", name="start")
    key.attrib.update(qpos=numbers(model.start_q), qvel=numbers(model.start_v))
    xml.indent(root)
    return xml.tostring(root, encoding="unicode") + "\n"


def joint_names(model: Model) -> list[list[str]]:
    """MJCF joint names of each link: none if fixed, three if planar, else one; all unique."""
    taken: set[str] = set()
    topology = model.topology
    names = []
    for name, kind in zip(topology.joint_names, topology.joint_types, strict=True):
        parts = {"fixed": [], "planar": [f"{name}.{part}" for part, _, _ in PLANAR_PARTS]}
        names.append(unique_names(parts.get(kind, [name]), taken))
    return names


def _add_ground(root: xml.Element, world: xml.Element, model: Model) -> None:
    if not model.topology.has_ground:
        return
    ground = {"name": "ground", "type": "plane", "size": "0 0 1"}
    if model.terrain is not None:
        ground = {"name": "ground"} | add_heightfield(assets_of(root), model, numbers)
    # The robot's shapes have contype 1: they touch the ground and not one another.
    xml.SubElement(world, "geom", ground, contype="0", conaffinity="1", friction="0 0 0")


def _add_bodies(world: xml.Element, model: Model) -> None:
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
        _add_shape(bodies[link] if link >= 0 else world, model, i, shape_names[i])


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


def _add_hulls(root: xml.Element, model: Model) -> None:
    """A mesh for each hull, in place: its corners are in the file."""
    hulls = [(i, points) for i, points in enumerate(model.topology.shape_points) if points]
    if not hulls:
        return
    names = unique_names(model.topology.shape_names, {"ground"})
    assets = assets_of(root)
    for i, points in hulls:
        vertices = np.array(points) * np.asarray(model.shapes.size[i], float)
        mesh = {"name": names[i], "vertex": numbers(vertices), "inertia": "convex"}
        xml.SubElement(assets, "mesh", mesh)


def assets_of(root: xml.Element) -> xml.Element:
    """The file's assets, before the world that uses them."""
    found = root.find("asset")
    if found is None:
        found = xml.Element("asset")
        world = root.find("worldbody")
        place = len(root) if world is None else list(root).index(world)
        root.insert(place, found)
    return found


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
        for ours, theirs in _JOINT_VALUES.items():
            joint.set(theirs, numbers(getattr(model.joints, ours)[dof]))
        if link in model.topology.limited_joints:
            row = model.topology.limited_joints.index(link)
            joint.set("limited", "true")
            joint.set("range", numbers([model.joints.lower[row], model.joints.upper[row]]))
            joint.set("solreflimit", _softness(model))


_JOINT_VALUES = {
    "armature": "armature",
    "damping": "damping",
    "stiffness": "stiffness",
    "friction": "frictionloss",
}


def _add_shape(body: xml.Element, model: Model, i: int, name: str) -> None:
    shapes, kind = model.shapes, model.topology.shape_kinds[i]
    geom = xml.SubElement(body, "geom", name=name, type=kind, mass="0")
    if kind == "hull":
        geom.attrib.update(type="mesh", mesh=name)
    else:
        geom.set("size", numbers(shapes.size[i][: SIZES_USED[kind]]))
    geom.attrib.update(pos=numbers(shapes.position[i]), quat=numbers(shapes.rotation[i]))
    collides = model.topology.shape_collides[i]
    geom.attrib.update(contype="1" if collides else "0", conaffinity="0", group="0")
    if collides:
        # Priority 1: the shape's friction alone counts, not the larger of the shape's and ground's.
        geom.attrib.update(priority="1", friction=numbers(shapes.friction[i]))
        geom.set("solref", _softness(model))
        if shapes.margin is not None:
            geom.set("margin", numbers(shapes.margin[i]))


def _add_pairs(root: xml.Element, model: Model) -> None:
    """Contact between bodies: MuJoCo collides these pairs whatever its filters say."""
    pairs = model.topology.pairs
    if model.pairs is None or not pairs:
        return
    names = unique_names(model.topology.shape_names, {"ground"})
    contact = xml.SubElement(root, "contact")
    for i, (one, other) in enumerate(pairs):
        pair = xml.SubElement(contact, "pair", geom1=names[one], geom2=names[other], condim="3")
        sliding = numbers(model.pairs.friction[i])
        pair.attrib.update(friction=f"{sliding} {sliding} 0 0 0", solref=_softness(model))
        if float(model.pairs.margin[i]):
            pair.set("margin", numbers(model.pairs.margin[i]))


def _softness(model: Model) -> str:
    """solref: the time constant in which a penetration decays, without overshoot."""
    return numbers([max(float(model.contact.dissipation_time), LEAST_TIME_CONSTANT), 1.0])


def _tied_names(model: Model) -> Names:
    """Names of what tendons, couplings and actuators refer to."""
    taken: set[str] = set()
    return Names(
        [*unique_names(model.topology.link_names, {"world"}), "world"],
        [name for names, kind in zip(joint_names(model), model.topology.joint_types, strict=True)
         for name in (names if kind == "planar" else names * JOINT_NV[kind])],
        unique_names(model.topology.tendon_names, taken),
    )  # fmt: skip


def _add_actuators(parent: xml.Element, model: Model, tied: Names) -> None:
    topology, actuators = model.topology, model.actuators
    names = unique_names(topology.actuator_names, set())
    driven = [*tied.joints, *tied.tendons]
    for i, (row, kind) in enumerate(
        zip(topology.actuator_rows, topology.actuator_kinds, strict=True)
    ):
        what = "joint" if row < topology.nv else "tendon"
        element = xml.SubElement(parent, kind, {"name": names[i], what: driven[row]})
        element.set("gear", numbers(actuators.gear[i]))
        if kind == "position":
            element.set("kp", numbers(actuators.stiffness[i]))
        if kind in ("position", "velocity"):
            element.set("kv", numbers(actuators.damping[i]))
        limits = np.array([actuators.lower[i], actuators.force_limit[i]])
        if np.isfinite(limits).any():
            limits = np.clip(limits, -UNLIMITED, UNLIMITED)
            element.attrib.update(forcelimited="true", forcerange=numbers(limits))


def _check(model: Model) -> None:
    """MJCF has one spring, damper and armature a joint, and free joints in the world alone."""
    topology, problems = model.topology, []
    for link, kind in enumerate(topology.joint_types):
        where = f"joints.{topology.joint_names[link]}"
        if kind == "free" and topology.parents[link] >= 0:
            problems.append(Problem("MJCF allows a free joint only in the world", key=where))
        if kind not in ("ball", "free"):
            continue
        start = topology.v_start[link]
        rows = slice(start, start + JOINT_NV[kind])
        for ours in _JOINT_VALUES:
            if np.ptp(np.asarray(getattr(model.joints, ours))[rows]) > 0:
                problems.append(Problem(f"MJCF has one {ours} for all axes", key=where))
        start = topology.q_start[link]
        rest = np.asarray(model.joints.rest)[start : start + 4]
        if kind == "ball" and model.joints.stiffness[rows].any() and (rest != IDENTITY).any():
            problems.append(Problem("MJCF's ball springs rest at zero rotation", key=where))
    if problems:
        raise InputError(problems)


def _missing(model: Model) -> Iterable[str]:
    """What the model says and this file does not."""
    if np.isfinite(np.asarray(model.actuators.no_load_speed)).any():
        yield "The motors' torque-speed curves are not in this file."
    if len(model.shapes.friction):
        yield "Contact is MuJoCo's own soft constraint, not robodiff's law."


def unique_names(names: Iterable[str], taken: set[str]) -> list[str]:
    """`names`, each that is taken already with underscores after it; adds them to `taken`."""
    result = []
    for name in names:
        while name in taken:
            name += "_"
        taken.add(name)
        result.append(name)
    return result


def numbers(values) -> str:
    """Numbers with all their digits, so that they read back as the same floats."""
    return " ".join(repr(float(value) + 0.0) for value in np.ravel(np.asarray(values)))
