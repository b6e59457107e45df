"""Two robots made by hand, their trajectories, and tasks from YAML."""

from __future__ import annotations

import textwrap

import jax
import jax.numpy as jnp
import numpy as np

from robodiff.physics.model import Actuators, Contact, Joints, Links, Model, Shapes, Trajectory
from robodiff.physics.shapes import contact_point_names
from robodiff.physics.topology import Topology
from robodiff.robot.yaml_source import Section, check, parse_yaml
from robodiff.tasks.make import make_task
from robodiff.tasks.schema import TaskSpec
from robodiff.tasks.task import Task
from tests.trees import random_model

HOPPER = Topology(
    link_names=("torso", "leg"),
    parents=(-1, 0),
    joint_names=("torso", "hip"),
    joint_types=("planar", "hinge"),
    shape_names=("foot",),
    shape_links=(1,),
    shape_kinds=("sphere",),
    shape_collides=(True,),
    limited_joints=(1,),
    actuator_names=("hip",),
    actuator_links=(1,),
    actuator_kinds=("motor",),
)
"""A planar torso of 3 kg with a leg of 1 kg: the foot is 0.5 m below the hip."""


def hopper() -> Model:
    """The hopper as a batch of one."""
    identity = np.array([[1.0, 0, 0, 0]])
    links = Links(
        position=np.zeros((2, 3)),
        rotation=np.tile(identity, (2, 1)),
        axis=np.array([[0.0, 1, 0], [0, -1, 0]]),
        mass=np.array([3.0, 1.0]),
        center=np.zeros((2, 3)),
        inertia=np.tile([0.1, 0.1, 0.1, 0, 0, 0], (2, 1)),
    )
    none = np.zeros(4)
    limits = (np.array([-0.5]), np.array([0.5]), np.array([100.0]))
    joints = Joints(none, none, none, none, none, *limits)
    actuators = Actuators(*(np.array([x]) for x in (2.0, 0.0, 0.0, 10.0, np.inf, 0.5)))
    foot = np.array([[0.1, 0.0, 0.0]]), np.array([[0.0, 0, -0.4]]), identity, np.array([0.8])
    model = Model(
        HOPPER, links, joints, actuators, Shapes(*foot),
        Contact(*map(np.asarray, (1e4, 1e-2, 1e-3, 1e-5))),
        gravity=np.array([0, 0, -9.81]), start_q=np.array([0.0, 0.8, 0, 0.1]), start_v=none,
    )  # fmt: skip
    return batch([model])


def batch(models):
    """Trees of arrays, joined on a new last axis."""
    return jax.tree.map(lambda *x: jnp.stack([jnp.asarray(a, float) for a in x], -1), *models)


def trajectory(model: Model, q, v=None, torque=None, command=None, force=None, duration=1.0):
    """A trajectory [T+1, n, B] from what is given as functions of time; the rest is zero."""
    size, topology = model.gravity.shape[-1], model.topology
    steps, points = 100, len(contact_point_names(topology))
    time = np.linspace(0.0, duration, steps + 1)

    def rows(function, times, width):
        values = [np.zeros(width) if function is None else function(t) for t in times]
        return jnp.asarray(np.repeat(np.array(values, float)[..., None], size, -1))

    return Trajectory(
        time=jnp.asarray(time),
        q=rows(q, time, topology.nq),
        v=rows(v, time, topology.nv),
        command=rows(command, time[:-1], topology.nu),
        torque=rows(torque, time[:-1], topology.nu),
        contact_force=rows(force, time[:-1], (points, 3)),
        diverged=jnp.zeros(size, bool),
        diverged_step=jnp.full(size, steps),
    )


class File(Section):
    """A file that holds one task."""

    task: TaskSpec


def task(text: str, topology: Topology = HOPPER) -> Task:
    """The task that YAML describes."""
    source = parse_yaml("task:\n" + textwrap.indent(textwrap.dedent(text), "  "), "file.yaml")
    return make_task(check(source, File).task, topology, source)


def metric(text: str, **functions) -> float:
    """One metric of the hopper, `name: {options}`, over one second."""
    model = hopper()
    values = task("{duration: 1.0, metrics: {" + text + "}}").metrics(
        model, trajectory(model, **functions)
    )
    return float(next(iter(values.values()))[0])


def every_joint() -> Model:
    """A random robot with every joint type, as a batch of two different ones."""
    one = random_model(3, 10)
    return jax.tree.map(lambda x: jnp.stack([x, 1.01 * x], axis=-1), one)
