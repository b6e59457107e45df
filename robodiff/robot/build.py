"""`build_model`: a robot's expressions at a design's values, as the arrays that physics needs."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from robodiff.physics.heightfield import Terrain
from robodiff.physics.model import Actuators, Contact, Joints, Links, Model, Pairs, Shapes
from robodiff.physics.topology import Topology
from robodiff.robot.arrays import FloatArray, Numbers, group_sum, membership, namespace
from robodiff.robot.build_couplings import (
    build_couplings,
    build_fluid,
    build_tendons,
    make_firm,
)
from robodiff.robot.design import Design
from robodiff.robot.expressions import Expression
from robodiff.robot.frames import from_axis, quaternions, unit
from robodiff.robot.link_masses import link_masses
from robodiff.robot.mass_properties import six
from robodiff.robot.spec import RobotSpec
from robodiff.robot.spec_links import POSITION_COORDINATES
from robodiff.robot.topology import topology_of

STANDARD_GRAVITY = 9.81
STATIC_PENETRATION = 1e-3
"""The whole weight on one contact point presses it this deep by default [m]."""
LIMIT_DEFLECTION = 0.01
"""The whole weight on a lever of 1 m bends a hinge's stop this far by default [rad]."""
_QUATERNION = {"ball": (1.0, 0.0, 0.0, 0.0), "free": (1.0, 0.0, 0.0, 0.0)}


def build_model(spec: RobotSpec, design: Design | None = None) -> Model:
    """The model of a robot at a design (None: at the file's values).

    Pure in the design's values: works under `jit`, `grad` and `vmap`; many designs at once are
    `jax.vmap(partial(build_model, spec), in_axes=-1, out_axes=-1)(design)`.
    """
    numbers = Numbers(spec, {} if design is None else design.values)
    topology = topology_of(spec)
    links = _link_frames(spec, numbers)
    shapes = _shapes(spec, numbers)
    masses = link_masses(spec, numbers, links["position"], shapes)
    weight = _moving_mass(topology, masses.mass) * STANDARD_GRAVITY
    start_q, start_v = _start(spec, numbers, topology)
    model = Model(
        topology=topology,
        links=Links(
            **links,
            mass=masses.mass,
            center=masses.center,
            inertia=six(masses.inertia),
            held=_held(spec, numbers),
        ),
        joints=_joints(spec, numbers, weight),
        actuators=_actuators(spec, numbers),
        shapes=shapes,
        contact=_contact(spec, numbers, weight),
        gravity=numbers.array(spec.gravity, 3),
        start_q=start_q,
        start_v=start_v,
        tendons=build_tendons(spec, numbers),
        couplings=build_couplings(spec, numbers),
        fluid=build_fluid(spec, numbers, shapes, masses),
        pairs=_pairs(spec, numbers),
        terrain=_terrain(spec, numbers),
    )
    return make_firm(spec, jax.tree.map(partial(jnp.asarray, dtype=jnp.zeros(()).dtype), model))


def _moving_mass(topology: Topology, mass: FloatArray) -> FloatArray:
    """Mass of everything that is not bolted to the world."""
    moving = topology.link_dofs.any(1)
    return (mass * (moving if moving.any() else 1.0)).sum()


def _link_frames(spec: RobotSpec, numbers: Numbers) -> dict[str, FloatArray]:
    return {
        "position": numbers.rows([link.position for link in spec.links], 3),
        "rotation": quaternions(numbers, [link.rotation for link in spec.links]),
        "axis": unit(numbers.rows([link.joint.axis for link in spec.links], 3)),
    }


def _held(spec: RobotSpec, numbers: Numbers) -> FloatArray | None:
    """Gravity compensation of each link; None where none has any."""
    written = [link.gravity_compensation for link in spec.links]
    if all(one is None for one in written):
        return None
    return numbers.array([0.0 if one is None else one for one in written], -1)


def _shapes(spec: RobotSpec, numbers: Numbers) -> Shapes:
    """Sizes and frames; rods given by their ends get the rest from them."""
    size = numbers.rows([shape.size for shape in spec.shapes], 3)
    position = numbers.rows([shape.center for shape in spec.shapes], 3)
    rotation = quaternions(numbers, [shape.rotation for shape in spec.shapes])
    by_ends = np.array([shape.ends is not None for shape in spec.shapes], bool)[:, None]
    if by_ends.any():
        upright = ((0.0, 0.0, 0.0), (0.0, 0.0, 1.0))  # stands in where no ends are given
        ends = [shape.ends or upright for shape in spec.shapes]
        start = numbers.rows([pair[0] for pair in ends], 3)
        end = numbers.rows([pair[1] for pair in ends], 3)
        along = end - start
        xp = namespace(size, position, rotation, along)
        half = 0.5 * namespace(along).sqrt((along**2).sum(-1, keepdims=True))
        size = xp.where(by_ends, size + half * np.array([0.0, 1.0, 0.0]), size)
        position = xp.where(by_ends, 0.5 * (start + end), position)
        rotation = xp.where(by_ends, from_axis(along), rotation)
    friction = numbers.array([shape.friction for shape in spec.shapes], -1)
    margins = [shape.margin for shape in spec.shapes]
    used = any(margin.names or margin.value for margin in margins)
    margin = numbers.array(margins, -1) if used else None
    return Shapes(size, position, rotation, friction, margin)


def _pairs(spec: RobotSpec, numbers: Numbers) -> Pairs | None:
    """How shapes touch each other: by their own numbers where the pair has none."""
    if not spec.pairs:
        return None

    def either(field: str) -> FloatArray:
        one, other = (
            numbers.array(
                [getattr(spec.shapes[pair.shapes[end]], field) for pair in spec.pairs], -1
            )
            for end in (0, 1)
        )
        own = [getattr(pair, field) for pair in spec.pairs]
        given = numbers.array([0.0 if value is None else value for value in own], -1)
        xp = namespace(one, other, given)
        return xp.where(np.array([value is None for value in own]), xp.maximum(one, other), given)

    return Pairs(friction=either("friction"), margin=either("margin"))


def _terrain(spec: RobotSpec, numbers: Numbers) -> Terrain | None:
    """Where the heights of the ground stand."""
    if (terrain := spec.terrain) is None:
        return None
    size = numbers.array([*terrain.size, terrain.scale], 3)
    return Terrain(
        size=size * np.array([0.5, 0.5, 1.0]),
        position=numbers.array(terrain.position, 3),
        rotation=quaternions(numbers, [terrain.rotation])[0],
    )


def _joints(spec: RobotSpec, numbers: Numbers, weight: FloatArray) -> Joints:
    def per_coordinate(field: str) -> FloatArray:
        return numbers.array([e for link in spec.links for e in getattr(link.joint, field)], -1)

    rest = [e for link in spec.links for e in (*link.joint.rest, *_quaternion(link.joint.type))]
    stops = [(link.joint.limits, link.joint.type) for link in spec.links if link.joint.limits]
    own = np.array([limits.stiffness is not None for limits, _ in stops], bool)
    given = numbers.array([limits.stiffness or 1.0 for limits, _ in stops], -1)
    give = {"hinge": LIMIT_DEFLECTION, "slide": STATIC_PENETRATION}
    firm = weight / np.array([give[kind] for _, kind in stops], float)
    return Joints(
        armature=per_coordinate("armature"),
        damping=per_coordinate("damping"),
        stiffness=per_coordinate("stiffness"),
        friction=per_coordinate("friction"),
        rest=numbers.array(rest, -1),
        lower=numbers.array([limits.lower for limits, _ in stops], -1),
        upper=numbers.array([limits.upper for limits, _ in stops], -1),
        limit_stiffness=namespace(given, firm).where(own, given, firm),
    )


def _quaternion(joint_type: str) -> tuple[float, ...]:
    return _QUATERNION.get(joint_type, ())


def _actuators(spec: RobotSpec, numbers: Numbers) -> Actuators:
    def each(field: str, default: float = 0.0) -> FloatArray:
        values: list[Any] = [getattr(actuator, field) for actuator in spec.actuators]
        return numbers.array([default if value is None else value for value in values], -1)

    return Actuators(
        gear=each("gear"),
        stiffness=each("kp"),
        damping=each("kd"),
        force_limit=each("torque_limit", np.inf),
        no_load_speed=each("speed_limit", np.inf),
        motor_constant=each("motor_constant", np.inf),
        force_lower=_lower(spec, numbers),
    )


def _lower(spec: RobotSpec, numbers: Numbers) -> FloatArray | None:
    """Least forces; None where each is minus the largest."""
    if all(actuator.torque_lower is None for actuator in spec.actuators):
        return None
    largest = [actuator.torque_limit or np.inf for actuator in spec.actuators]
    least = [actuator.torque_lower or 0.0 for actuator in spec.actuators]
    own = np.array([actuator.torque_lower is not None for actuator in spec.actuators], bool)
    mirrored, given = -numbers.array(largest, -1), numbers.array(least, -1)
    return namespace(mirrored, given).where(own, given, mirrored)


def _contact(spec: RobotSpec, numbers: Numbers, weight: FloatArray) -> Contact:
    def one(expression: Expression) -> FloatArray:
        return numbers.array([expression])

    given = spec.contact.stiffness
    return Contact(
        stiffness=weight / STATIC_PENETRATION if given is None else one(given),
        dissipation_time=one(spec.contact.dissipation_time),
        slip_speed=one(spec.contact.slip_speed),
        smoothing=one(spec.contact.smoothing),
    )


def _start(spec: RobotSpec, numbers: Numbers, topology: Topology) -> tuple[FloatArray, FloatArray]:
    """Start configuration and velocity: zero, or identity, where the file is silent."""
    positions: list[Expression | float] = []
    velocities: list[Expression | float] = []
    for link, kind in zip(spec.links, topology.joint_types, strict=True):
        turned = link.joint.name in spec.start_rotations
        names = [link.joint.name + suffix for suffix in POSITION_COORDINATES.get(kind, ())]
        positions += [spec.start.get(name, 0.0) for name in names]
        positions += [0.0] * 4 if turned else _quaternion(kind)
    for name, dof_link in zip(topology.v_names, topology.dof_links, strict=True):
        single = topology.joint_types[dof_link] in ("hinge", "slide")
        velocities.append(spec.start.get(name + ".velocity" if single else name, 0.0))
    start_q = numbers.array(positions, -1)
    if spec.start_rotations:
        rotations = quaternions(numbers, list(spec.start_rotations.values()))
        rows = [row for joint in spec.start_rotations for row in _quaternion_rows(topology, joint)]
        start_q = start_q + group_sum(membership(topology.nq, rows), rotations.reshape(-1))
    return start_q, numbers.array(velocities, -1)


def _quaternion_rows(topology: Topology, joint: str) -> range:
    end = topology.q_start[topology.joint_names.index(joint) + 1]
    return range(end - 4, end)
