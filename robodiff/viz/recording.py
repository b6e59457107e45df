"""A rollout as plain NumPy arrays: all that a picture needs, nothing that computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robodiff.physics.model import Model, Trajectory
from robodiff.physics.topology import Topology
from robodiff.viz.ground import ground_surface


@dataclass(frozen=True)
class Recording:
    """What one robot did, and its shapes."""

    label: str
    """What to call it, such as `before`."""
    topology: Topology
    """Names, tree and kinds."""
    time: np.ndarray
    """[T+1] [s]."""
    q: np.ndarray
    """[T+1, nq]."""
    v: np.ndarray
    """[T+1, nv]."""
    torque: np.ndarray
    """[T, nu] at the joints [N m or N]."""
    torque_limit: np.ndarray
    """[nu, 2]: least and largest at the joints, infinite for none [N m or N]."""
    limits: np.ndarray
    """[limited, 2]: lower and upper limit of each limited joint [rad or m]."""
    contact_force: np.ndarray
    """[T, points, 3] in world axes [N]."""
    link_position: np.ndarray
    """[T+1, links, 3] in the world [m]."""
    link_rotation: np.ndarray
    """[T+1, links, 3, 3], R_WB."""
    center_of_mass: np.ndarray
    """[T+1, 3] in the world [m]."""
    shape_size: np.ndarray
    """[shapes, 3], as in `Shapes.size` [m]."""
    shape_position: np.ndarray
    """[shapes, 3] in the link frame [m]."""
    shape_rotation: np.ndarray
    """[shapes, 3, 3] in the link frame."""
    targets: np.ndarray
    """[targets, 3]: places in the world that the robot should reach [m]."""
    pair_force: np.ndarray | None = None
    """[T, pair points, 3] in world axes, as in `Trajectory` [N]; None where bodies do not touch."""
    ground: np.ndarray | None = None
    """[rows, columns, 3]: the surface of a heightfield in the world [m]; None for a plane."""
    diverged: bool = False
    """True when the rest was cut off because it is not finite."""

    def shape_pose(self, frame: int, shape: int) -> tuple[np.ndarray, np.ndarray]:
        """World position [3] and rotation [3, 3] of a shape at a frame."""
        link = self.topology.shape_links[shape]
        if link < 0:
            return self.shape_position[shape], self.shape_rotation[shape]
        rotation = self.link_rotation[frame, link]
        position = self.link_position[frame, link] + rotation @ self.shape_position[shape]
        return position, rotation @ self.shape_rotation[shape]

    def frame_at(self, time: float) -> int:
        """Index of the state nearest to `time` [s]."""
        return int(np.argmin(np.abs(self.time - time)))


def record(
    model: Model, trajectory: Trajectory, label: str = "", targets: Sequence[Sequence[float]] = ()
) -> Recording:
    """The recording of a single rollout (no batch axis), cut where it stops being finite.

    `targets` are places in the world to mark in pictures [m].
    """
    states = _finite_states(trajectory)
    position, rotation, center = _poses(model, np.asarray(trajectory.q)[:states])
    actuators, between = model.actuators, trajectory.pair_force
    return Recording(
        label=label,
        topology=model.topology,
        time=np.asarray(trajectory.time)[:states],
        q=np.asarray(trajectory.q)[:states],
        v=np.asarray(trajectory.v)[:states],
        torque=np.asarray(trajectory.torque)[: states - 1],
        torque_limit=np.stack(actuators.torque_range(), axis=-1),
        limits=np.stack([np.asarray(model.joints.lower), np.asarray(model.joints.upper)], axis=1),
        contact_force=np.asarray(trajectory.contact_force)[: states - 1],
        link_position=position,
        link_rotation=rotation,
        center_of_mass=center,
        shape_size=np.asarray(model.shapes.size),
        shape_position=np.asarray(model.shapes.position),
        shape_rotation=quaternions_to_matrices(np.asarray(model.shapes.rotation)),
        targets=np.array(targets, dtype=float).reshape(-1, 3),
        pair_force=None if between is None else np.asarray(between)[: states - 1],
        ground=ground_surface(model),
        diverged=states < len(trajectory.time),
    )


def quaternions_to_matrices(quaternion: np.ndarray) -> np.ndarray:
    """Unit quaternions (w, x, y, z) [..., 4] -> rotation matrices [..., 3, 3]."""
    w, x, y, z = np.moveaxis(quaternion, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _finite_states(trajectory: Trajectory) -> int:
    """How many states, from the start, are finite and within a world of sensible size."""
    q, v = np.asarray(trajectory.q), np.asarray(trajectory.v)
    with np.errstate(invalid="ignore"):
        fine = np.all(np.abs(q) < 1e4, axis=1) & np.all(np.abs(v) < 1e5, axis=1)
    return len(fine) if fine.all() else max(1, int(np.argmin(fine)))


def _poses(model: Model, q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Link positions [T, links, 3], rotations [T, links, 3, 3] and centres of mass [T, 3]."""
    from robodiff.io.trajectory import places
    from robodiff.physics.layout import add_batch

    poses, center = places(add_batch(model), np.asarray(q).T)
    position = np.moveaxis(np.asarray(poses.position), -1, 0)
    rotation = np.moveaxis(np.asarray(poses.rotation), -1, 0)
    return position, rotation.reshape(*rotation.shape[:2], 3, 3), np.asarray(center).T
