"""Shapes, hulls and pairs as MJCF's geoms, meshes and contact pairs."""

from __future__ import annotations

import xml.etree.ElementTree as xml

import numpy as np

from robodiff.io.xml_values import numbers, unique_names
from robodiff.physics.model import Model

SIZES_USED = {"sphere": 1, "capsule": 2, "cylinder": 2, "box": 3, "ellipsoid": 3, "hull": 0}
LEAST_TIME_CONSTANT = 1e-3
"""Of soft contacts: MuJoCo has none without one [s]."""


def add_shape(body: xml.Element, model: Model, i: int, name: str) -> None:
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
        geom.set("solref", softness(model))
        if shapes.margin is not None:
            geom.set("margin", numbers(shapes.margin[i]))


def add_hulls(root: xml.Element, model: Model) -> None:
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


def add_pairs(root: xml.Element, model: Model) -> None:
    """Contact between bodies: MuJoCo collides these pairs whatever its filters say."""
    pairs = model.topology.pairs
    if model.pairs is None or not pairs:
        return
    names = unique_names(model.topology.shape_names, {"ground"})
    contact = xml.SubElement(root, "contact")
    for i, (one, other) in enumerate(pairs):
        pair = xml.SubElement(contact, "pair", geom1=names[one], geom2=names[other], condim="3")
        sliding = numbers(model.pairs.friction[i])
        pair.attrib.update(friction=f"{sliding} {sliding} 0 0 0", solref=softness(model))
        if float(model.pairs.margin[i]):
            pair.set("margin", numbers(model.pairs.margin[i]))


def softness(model: Model) -> str:
    """solref: the time constant in which a penetration decays, without overshoot."""
    return numbers([max(float(model.contact.dissipation_time), LEAST_TIME_CONSTANT), 1.0])


def assets_of(root: xml.Element) -> xml.Element:
    """The file's assets, before the world that uses them."""
    found = root.find("asset")
    if found is None:
        found = xml.Element("asset")
        world = root.find("worldbody")
        place = len(root) if world is None else list(root).index(world)
        root.insert(place, found)
    return found
