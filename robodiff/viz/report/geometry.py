"""The robot at several designs: shapes and start poses, for the page to draw and to morph between.

One program builds all designs as a batch, so that forty of them cost hardly more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy.spatial.transform import Rotation

from robodiff.experiment.experiment import Experiment
from robodiff.physics.kinematics import Poses, link_poses
from robodiff.physics.model import Model
from robodiff.robot.build import build_model
from robodiff.viz.ground import ground_surface
from robodiff.viz.report.pack import pack

BATCH = 42
"""Designs that one program builds: those that a report samples, and both ends."""
_SLIDING = ("hinge", "slide")


def build_designs(
    experiment: Experiment, designs: Sequence[Mapping[str, float]]
) -> tuple[Model, Poses]:
    """The robots of several designs as one batch, on the task's ground, and their start poses.

    The batch is filled up to a multiple of `BATCH`, so that the reports of a run that grows share
    one program.
    """
    count = len(designs)
    size = -(-count // BATCH) * BATCH
    rows = [*designs, *[designs[-1]] * (size - count)]
    values = {
        name: jnp.asarray([design[name] for design in rows], float)
        for name in experiment.design.names
    }
    run = experiment.compiled.setdefault(("designs", size), _builder(experiment, size))

    def real(leaf: np.ndarray) -> np.ndarray:
        return leaf[..., :count] if leaf.shape[-1] == size else leaf

    return jax.tree.map(real, jax.device_get(run(values)))


def _builder(
    experiment: Experiment, size: int
) -> Callable[[dict[str, Array]], tuple[Model, Poses]]:

    def build(free: dict[str, Array]) -> Model:
        return build_model(experiment.robot, experiment.design.replace(**free))

    @jax.jit
    def run(free: dict[str, Array]) -> tuple[Model, Poses]:
        batch = jax.vmap(build, in_axes=-1, out_axes=-1, axis_size=size)(free)
        batch = experiment.task.prepare(batch)
        return batch, link_poses(batch, experiment.task.initial_state(batch).q)

    return run


def spread(batch: Any, count: int) -> Any:
    """The same tree with `count` members in every array, those that no design changes too."""
    return jax.tree.map(lambda leaf: np.broadcast_to(leaf, (*leaf.shape[:-1], count)), batch)


def geometry(model: Model, poses: Poses, count: int) -> dict[str, Any]:
    """Shapes in their links and links at the start, one row a design; quaternions (w, x, y, z)."""
    rotation = _rows(poses.rotation, count)
    matrices = Rotation.from_matrix(rotation.reshape(-1, 3, 3))
    quaternion = np.roll(matrices.as_quat(), 1, axis=-1).reshape(*rotation.shape[:2], 4)
    return {
        "size": pack(_rows(model.shapes.size, count)),
        "position": pack(_rows(model.shapes.position, count)),
        "quaternion": pack(_rows(model.shapes.rotation, count)),
        "axis": pack(_rows(model.links.axis, count)),
        "link_position": pack(_rows(poses.position, count)),
        "link_quaternion": pack(quaternion),
    }


def structure(model: Model, colors: Sequence[str]) -> dict[str, Any]:
    """Names, tree and kinds, which no design changes; the ground as at the first design."""
    topology = model.topology
    links = zip(
        topology.link_names,
        topology.parents,
        topology.joint_names,
        topology.joint_types,
        colors,
        strict=True,
    )
    hills = ground_surface(jax.tree.map(lambda leaf: leaf[..., 0], model))
    points = topology.shape_points or ((),) * len(topology.shape_names)
    shapes = zip(
        topology.shape_names, topology.shape_links, topology.shape_kinds, points, strict=True
    )
    return {
        "ground": topology.has_ground,
        "terrain": None if hills is None else pack(hills),
        "links": [
            {"name": name, "parent": parent, "joint": joint, "type": kind, "color": color,
             "turns": kind in _SLIDING}
            for name, parent, joint, kind, color in links
        ],
        "shapes": [{"name": name, "link": link, "kind": kind, "points": corners}
                   for name, link, kind, corners in shapes],
    }  # fmt: skip


def _rows(array: Any, count: int) -> np.ndarray:
    """The batch axis first; what does not depend on the design is repeated."""
    rows = np.moveaxis(np.asarray(array), -1, 0)
    return np.broadcast_to(rows, (count, *rows.shape[1:]))
