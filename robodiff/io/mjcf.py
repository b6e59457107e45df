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
from robodiff.io.mjcf_bodies import IDENTITY, JOINT_VALUES, add_bodies, joint_names
from robodiff.io.mjcf_heightfield import add_heightfield
from robodiff.io.mjcf_shapes import add_hulls, add_pairs, assets_of, softness
from robodiff.io.mjcf_ties import Names, add_equalities, add_fluid, add_tendons
from robodiff.io.xml_values import numbers, unique_names
from robodiff.physics.joint_rows import UNLIMITED
from robodiff.physics.model import Model
from robodiff.physics.topology import JOINT_NV


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
    add_hulls(root, model)
    world = xml.SubElement(root, "worldbody")
    _add_ground(root, world, model)
    add_bodies(world, model)
    add_pairs(root, model)
    add_fluid(option, model)
    names = _tied_names(model)
    add_tendons(root, model, names, softness(model))
    add_equalities(root, model, names)
    _add_actuators(xml.SubElement(root, "actuator"), model, names)
    key = xml.SubElement(xml.SubElement(root, "keyframe"), "key", name="start")
    key.attrib.update(qpos=numbers(model.start_q), qvel=numbers(model.start_v))
    xml.indent(root)
    return xml.tostring(root, encoding="unicode") + "\n"


def _add_ground(root: xml.Element, world: xml.Element, model: Model) -> None:
    if not model.topology.has_ground:
        return
    ground = {"name": "ground", "type": "plane", "size": "0 0 1"}
    if model.terrain is not None:
        ground = {"name": "ground"} | add_heightfield(assets_of(root), model)
    # The robot's shapes have contype 1: they touch the ground and not one another.
    xml.SubElement(world, "geom", ground, contype="0", conaffinity="1", friction="0 0 0")


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
        for ours in JOINT_VALUES:
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
