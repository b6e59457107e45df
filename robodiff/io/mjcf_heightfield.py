"""The heightfield of a model in MJCF's words: heights from 0 to 1 over a grid."""

from __future__ import annotations

import xml.etree.ElementTree as xml

import numpy as np

from robodiff.io.xml_values import numbers
from robodiff.physics.model import Model
from robodiff.robot.foreign.numbers import rotated

FLAT = 1e-6
"""Range of heights that stands for none, which MuJoCo does not take [m]."""
BASE = 1.0
"""Thickness of the ground below its lowest point [m]."""


def add_heightfield(assets: xml.Element, model: Model) -> dict[str, str]:
    """Add the asset; returns the attributes of its geom."""
    terrain, grid = model.terrain, model.topology.terrain
    assert terrain is not None
    assert grid is not None
    wide, deep, scale = np.asarray(terrain.size, float)
    heights = scale * grid.heights
    lowest, span = heights.min(), max(float(np.ptp(heights)), FLAT)
    field = xml.SubElement(assets, "hfield", name="ground")
    field.attrib.update(nrow=str(grid.rows), ncol=str(grid.columns))
    # MuJoCo reads the rows of a picture from the top: the first has the largest y.
    field.set("elevation", numbers((heights[::-1] - lowest) / span))
    field.set("size", numbers([wide, deep, span, BASE]))
    turn = np.asarray(terrain.rotation, float)
    place = np.asarray(terrain.position, float) + rotated(turn, np.array([0.0, 0.0, lowest]))
    return {"type": "hfield", "hfield": "ground", "pos": numbers(place), "quat": numbers(turn)}
