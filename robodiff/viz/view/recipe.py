"""A robot as a recipe: its tree, its shapes and its masses as formulas of its parameters.

The page builds the robot from it at any values, as `build_model` does. No jax here.
"""

from __future__ import annotations

from typing import Any

from robodiff.robot.spec import (
    POSITION_COORDINATES,
    ActuatorSpec,
    LinkSpec,
    ParameterSpec,
    RobotSpec,
    ShapeSpec,
)
from robodiff.robot.units import factor
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


def _motor(spec: RobotSpec, motor: ActuatorSpec) -> dict[str, Any]:
    return {
        "name": motor.name,
        "link": motor.link,
        "carrier": spec.links[motor.link].parent,
        "mass": formula(motor.mass),
    }
