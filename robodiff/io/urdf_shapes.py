"""Shapes in URDF's words: boxes, cylinders and spheres; a capsule is one and two of the others."""

from __future__ import annotations

import xml.etree.ElementTree as xml

import numpy as np

from robodiff.io.urdf_losses import SAYABLE
from robodiff.io.xml_values import numbers
from robodiff.physics.model import Model
from robodiff.robot.foreign.numbers import roll_pitch_yaw, rotated


def add_shape(link: xml.Element, model: Model, shape: int, material: str) -> None:
    """A visual of a shape, and the same as a collision where it touches the ground."""
    topology, shapes = model.topology, model.shapes
    kind, name = topology.shape_kinds[shape], topology.shape_names[shape]
    if kind not in SAYABLE:
        return
    place = np.asarray(shapes.position[shape], float), np.asarray(shapes.rotation[shape], float)
    parts = _parts(kind, np.asarray(shapes.size[shape], float))
    for number, (offset, tag, sizes) in enumerate(parts):
        own = name if number == 0 else f"{name}_end_{number}"
        purposes = ("visual", "collision") if topology.shape_collides[shape] else ("visual",)
        for purpose in purposes:
            element = xml.SubElement(link, purpose, name=own)
            at = place[0] + rotated(place[1], offset)
            turn = numbers(roll_pitch_yaw(place[1]))
            xml.SubElement(element, "origin", xyz=numbers(at), rpy=turn)
            geometry = xml.SubElement(element, "geometry")
            xml.SubElement(geometry, tag, {key: numbers(value) for key, value in sizes.items()})
            if purpose == "visual" and material:
                xml.SubElement(element, "material", name=material)


def _parts(kind: str, size: np.ndarray) -> list[tuple[np.ndarray, str, dict]]:
    """Offset along the shape's axes, element, and its sizes."""
    radius, half, _ = size
    if kind == "box":
        return [(np.zeros(3), "box", {"size": 2.0 * size})]
    if kind == "sphere":
        return [(np.zeros(3), "sphere", {"radius": radius})]
    rod = [(np.zeros(3), "cylinder", {"radius": radius, "length": 2.0 * half})]
    if kind == "cylinder":
        return rod
    ends = [np.array([0.0, 0.0, end]) for end in (-half, half)]
    return rod + [(end, "sphere", {"radius": radius}) for end in ends]
