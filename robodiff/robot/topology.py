"""The static half of a model: names, kinds and the tree."""

from __future__ import annotations

from robodiff.physics.model import Topology
from robodiff.robot.spec import RobotSpec


def topology_of(spec: RobotSpec) -> Topology:
    """The tree of a robot; hashable, the same for every design."""
    links, shapes, actuators = spec.links, spec.shapes, spec.actuators
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
        limited_joints=tuple(index for index, link in enumerate(links) if link.joint.limits),
        actuator_names=tuple(actuator.name for actuator in actuators),
        actuator_links=tuple(actuator.link for actuator in actuators),
        actuator_kinds=tuple(actuator.kind for actuator in actuators),
        has_ground=spec.ground,
        integrator=spec.integrator,
    )
