"""A robot as a recipe: its tree, its shapes and its masses as formulas of its parameters.

The page builds the robot from it at any values, as `build_model` does. No jax here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from robodiff.robot.spec import RobotSpec
from robodiff.robot.spec_links import (
    POSITION_COORDINATES,
    ActuatorSpec,
    LinkSpec,
    ParameterSpec,
    ShapeSpec,
)
from robodiff.robot.spec_world import TerrainSpec
from robodiff.robot.units import factor
from robodiff.viz.ground import surface
from robodiff.viz.report.pack import pack
from robodiff.viz.view.formulas import formula, formulas


def recipe(spec: RobotSpec) -> dict[str, Any]:
    """What the page needs to build the robot."""
    return {
        "parameters": [_parameter(p) for p in spec.parameters.values()],
        "links": [_link(link) for link in spec.links],
        "shapes": [_shape(shape) for shape in spec.shapes],
        "motors": [_motor(spec, motor) for motor in spec.actuators],
        "start": {name: formula(value) for name, value in spec.start.items()},
        "turns": {name: formulas(row) for name, row in spec.start_rotations.items()},
        "ground": spec.ground,
        "terrain": _terrain(spec.terrain) if spec.terrain and spec.ground else None,
    }


def _parameter(parameter: ParameterSpec) -> dict[str, Any]:
    written = parameter.written_unit or parameter.unit
    return {
        "name": parameter.name,
        "formula": formula(parameter.expression),
        "text": parameter.expression.text if parameter.expression.names else "",
        "lower": parameter.lower,
        "upper": parameter.upper,
        "unit": written,
        "factor": factor(written) if written else 1.0,
        "description": parameter.description,
    }


def _link(link: LinkSpec) -> dict[str, Any]:
    joint, given = link.joint, link.inertial
    limits = joint.limits
    return {
        "name": link.name,
        "parent": link.parent,
        "position": formulas(link.position),
        "rotation": formulas(link.rotation),
        "joint": joint.name,
        "type": joint.type,
        "coordinates": [joint.name + suffix for suffix in POSITION_COORDINATES.get(joint.type, ())],
        "axis": formulas(joint.axis),
        "limits": [formula(limits.lower), formula(limits.upper)] if limits else None,
        "mass": formula(link.mass),
        "inertial": given
        and {
            "mass": formula(given.mass),
            "center": formulas(given.center),
            "inertia": formulas(given.inertia),
        },
    }


def _shape(shape: ShapeSpec) -> dict[str, Any]:
    return {
        "name": shape.name,
        "link": shape.link,
        "kind": shape.kind,
        "size": formulas(shape.size),
        "center": formulas(shape.center),
        "rotation": formulas(shape.rotation),
        "ends": [formulas(end) for end in shape.ends] if shape.ends else None,
        "density": formula(shape.density),
        "mass": formula(shape.mass),
        "points": shape.points,
    }


def _terrain(terrain: TerrainSpec) -> dict[str, Any]:
    """Points of the ground at the file's values."""
    from robodiff.physics.heightfield import Grid  # loads jax

    size = np.array([0.5 * terrain.size[0].value, 0.5 * terrain.size[1].value, terrain.scale.value])
    position = np.array([part.value for part in terrain.position])
    written = [part.value for part in terrain.rotation]
    turn = (Rotation.from_euler("xyz", written) if len(written) == 3
            else Rotation.from_quat(np.roll(written, -1)))  # fmt: skip
    return pack(surface(Grid.of(terrain.heights), size, position, turn))


def _motor(spec: RobotSpec, motor: ActuatorSpec) -> dict[str, Any]:
    return {
        "name": motor.name,
        "link": motor.link,
        "carrier": spec.links[motor.link].parent,
        "mass": formula(motor.mass),
    }
