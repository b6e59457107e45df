"""Topologies and specifications for the controller and task tests."""

from __future__ import annotations

import textwrap

import jax.numpy as jnp
import numpy as np

from robodiff.controllers.make import make_controller
from robodiff.controllers.schema import ControllerSpec
from robodiff.physics.model import State
from robodiff.physics.topology import Topology
from robodiff.robot.yaml_source import Section, check, parse_yaml

BIPED = Topology(
    link_names=("torso", "thigh_left", "shin_left", "thigh_right", "shin_right"),
    parents=(-1, 0, 1, 0, 3),
    joint_names=("torso", "hip_left", "knee_left", "hip_right", "knee_right"),
    joint_types=("planar", "hinge", "hinge", "hinge", "hinge"),
    actuator_names=("hip_left", "knee_left", "hip_right", "knee_right"),
    actuator_links=(1, 2, 3, 4),
    actuator_kinds=("position",) * 4,
)
"""A planar biped without feet."""

FLOATER = Topology(
    link_names=("body", "arm"),
    parents=(-1, 0),
    joint_names=("root", "shoulder"),
    joint_types=("free", "hinge"),
    actuator_names=("shoulder",),
    actuator_links=(1,),
    actuator_kinds=("motor",),
)
"""A free body with one arm."""


class File(Section):
    """A file that holds one controller."""

    controller: ControllerSpec


def controller(text: str, topology: Topology = BIPED, duration: float = 2.0):
    """The controller that YAML describes."""
    source = parse_yaml("controller:\n" + textwrap.indent(textwrap.dedent(text), "  "), "file.yaml")
    return make_controller(check(source, File).controller, topology, duration, source)


def state(topology: Topology = BIPED, batch: int = 1, seed: int = 0) -> State:
    """A random state; its quaternions are not of unit length."""
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(topology.nq, batch))
    return State(jnp.asarray(q), jnp.asarray(rng.normal(size=(topology.nv, batch))))
