"""What each link weighs: its shapes, or what the file gives, and the motors that it carries."""

from __future__ import annotations

import numpy as np

from robodiff.physics.model import Shapes
from robodiff.robot.arrays import FloatArray, Numbers, group_sum, membership, namespace
from robodiff.robot.frames import to_matrix
from robodiff.robot.mass_properties import MassProperties, combine, matrix, rotated, solid
from robodiff.robot.spec import RobotSpec


def link_masses(
    spec: RobotSpec, numbers: Numbers, joints: FloatArray, shapes: Shapes
) -> MassProperties:
    """Mass properties of the links: shapes, given inertias, and motors carried by parents."""
    parts = [
        _shape_masses(spec, numbers, shapes),
        _given_masses(spec, numbers),
        _motor_masses(spec, numbers, joints),
    ]
    owners = [owner for part_owners, _ in parts for owner in part_owners]
    bodies = MassProperties(*(_join([part[field] for _, part in parts]) for field in range(3)))
    return combine(bodies, membership(len(spec.links), owners))


def _join(arrays: list[FloatArray]) -> FloatArray:
    return namespace(*arrays).concatenate(arrays)


def _shape_masses(
    spec: RobotSpec, numbers: Numbers, shapes: Shapes
) -> tuple[list[int], MassProperties]:
    owners = [
        -1 if spec.links[shape.link].inertial else shape.link for shape in spec.shapes
    ]  # shapes of a link with given inertia are for looks and contact only
    volume, moments = solid([shape.kind for shape in spec.shapes], shapes.size)
    weighed = np.array([shape.mass is not None for shape in spec.shapes], bool)
    amount = numbers.array([shape.mass or shape.density for shape in spec.shapes], -1)
    density = namespace(amount, volume).where(weighed, amount / volume, amount)
    density = density * _link_scale(spec, numbers, density * volume)
    rotation = to_matrix(shapes.rotation)
    inertia = rotated(moments * density[:, None], rotation)
    return owners, MassProperties(density * volume, shapes.position, inertia)


def _link_scale(spec: RobotSpec, numbers: Numbers, mass: FloatArray) -> FloatArray:
    """Factor [shapes] that brings the shapes of a link to the link's given mass."""
    given = np.array([link.mass is not None for link in spec.links], bool)
    if not given.any():
        return np.ones(len(spec.shapes))
    groups = membership(len(spec.links), [shape.link for shape in spec.shapes])
    wanted = numbers.array([link.mass or 1.0 for link in spec.links], -1)
    total = group_sum(groups, mass)
    xp = namespace(wanted, total)
    scale = xp.where(given, wanted / xp.where(given, total, 1.0), 1.0)
    return group_sum(groups.T, scale)


def _given_masses(spec: RobotSpec, numbers: Numbers) -> tuple[list[int], MassProperties]:
    owners = [index for index, link in enumerate(spec.links) if link.inertial]
    given = [link.inertial for link in spec.links if link.inertial]
    return owners, MassProperties(
        numbers.array([inertial.mass for inertial in given], -1),
        numbers.rows([inertial.center for inertial in given], 3),
        matrix(numbers.rows([inertial.inertia for inertial in given], 6)),
    )


def _motor_masses(
    spec: RobotSpec, numbers: Numbers, joints: FloatArray
) -> tuple[list[int], MassProperties]:
    """Motors are points at their joints, carried by the parent; on the world they weigh nothing."""
    zero = [a for a in spec.actuators if a.mass.names or a.mass.value > 0]
    motors = [motor for motor in zero if spec.links[motor.link].parent >= 0]
    picks = membership(len(spec.links), [motor.link for motor in motors]).T
    return [spec.links[motor.link].parent for motor in motors], MassProperties(
        numbers.array([motor.mass for motor in motors], -1),
        group_sum(picks, joints) if motors else np.zeros((0, 3)),
        np.zeros((len(motors), 3, 3)),
    )
