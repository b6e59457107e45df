"""The static half of a model: names, kinds and the tree."""

from __future__ import annotations

from itertools import accumulate

from robodiff.physics.heightfield import Grid
from robodiff.physics.topology import JOINT_NV, Topology
from robodiff.robot.spec import RobotSpec
from robodiff.robot.spec_ties import CouplingSpec


def topology_of(spec: RobotSpec) -> Topology:
    """The tree of a robot; hashable, the same for every design."""
    links, shapes, actuators = spec.links, spec.shapes, spec.actuators
    starts = [0, *accumulate(JOINT_NV[link.joint.type] for link in links)]
    return Topology(
        link_names=tuple(link.name for link in links),
        parents=tuple(link.parent for link in links),
        joint_names=tuple(link.joint.name for link in links),
        joint_types=tuple(link.joint.type for link in links),
        shape_names=tuple(shape.name for shape in shapes),
        shape_links=tuple(shape.link for shape in shapes),
        shape_kinds=tuple(shape.kind for shape in shapes),
        shape_collides=tuple(shape.collides for shape in shapes),
        shape_points=tuple(shape.points for shape in shapes),
        pairs=tuple(pair.shapes for pair in spec.pairs),
        limited_joints=tuple(index for index, link in enumerate(links) if link.joint.limits),
        actuator_names=tuple(actuator.name for actuator in actuators),
        actuator_links=tuple(actuator.link for actuator in actuators),
        actuator_kinds=tuple(actuator.kind for actuator in actuators),
        actuator_tendons=_pulled(spec),
        tendon_names=tuple(tendon.name for tendon in spec.tendons),
        tendon_dofs=tuple(
            tuple(starts[link] + number for link, number in tendon.coordinates)
            for tendon in spec.tendons
        ),
        coupling_names=tuple(coupling.name for coupling in spec.couplings),
        coupling_kinds=tuple(coupling.kind for coupling in spec.couplings),
        coupling_ends=tuple(_ends(coupling, starts) for coupling in spec.couplings),
        has_ground=spec.ground,
        terrain=Grid.of(spec.terrain.heights) if spec.terrain else None,
        integrator=spec.integrator,
    )


def _pulled(spec: RobotSpec) -> tuple[int, ...]:
    """The tendon of each actuator; () where none pulls one."""
    tendons = tuple(actuator.tendon for actuator in spec.actuators)
    return tendons if any(tendon >= 0 for tendon in tendons) else ()


def _ends(coupling: CouplingSpec, starts: list[int]) -> tuple[int, int]:
    """What a coupling ties: velocity coordinates for joints, else tendons or links."""
    of_joints = coupling.kind == "joint"
    first, second = (
        -1 if end is None else (starts[end[0]] + end[1] if of_joints else end[0])
        for end in coupling.ends
    )
    return first, second
