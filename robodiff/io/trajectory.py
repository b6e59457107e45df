"""A trajectory as arrays that other tools can read."""

from __future__ import annotations

import jax
import numpy as np
from jaxtyping import Array
from scipy.spatial.transform import Rotation

from robodiff.optimization.iteration import Outcome
from robodiff.physics.kinematics import Poses, center_of_mass, link_poses
from robodiff.physics.layout import add_batch
from robodiff.physics.model import Model


def trajectory_arrays(outcome: Outcome) -> dict[str, np.ndarray]:
    """The rollout of an outcome with link poses added; quaternions are (w, x, y, z)."""
    model, trajectory = add_batch(outcome.model), outcome.trajectory
    poses, center = places(model, trajectory.q.T)
    position = np.moveaxis(np.asarray(poses.position), -1, 0)
    rotation = np.moveaxis(np.asarray(poses.rotation), -1, 0)
    arrays = {
        name: np.asarray(getattr(trajectory, name))
        for name in ("time", "q", "v", "command", "torque", "contact_force")
    }
    if trajectory.pair_force is not None:
        arrays["pair_force"] = np.asarray(trajectory.pair_force)
    return {
        **arrays,
        "link_position": position,
        "link_quaternion": _quaternions(rotation),
        "com": np.moveaxis(np.asarray(center), -1, 0),
    }


@jax.jit
def places(model: Model, q: Array) -> tuple[Poses, Array]:
    """Link poses and the centre of mass at many instants, which take the place of a batch."""
    return link_poses(model, q), center_of_mass(model, q)


def _quaternions(rotation: np.ndarray) -> np.ndarray:
    """Row-major rotation matrices [..., 9] as quaternions; nan where a matrix is not finite."""
    matrices = rotation.reshape(-1, 3, 3)
    finite = np.isfinite(matrices).all(axis=(1, 2))
    quaternion = np.full((len(matrices), 4), np.nan)
    if finite.any():
        quaternion[finite] = np.roll(Rotation.from_matrix(matrices[finite]).as_quat(), 1, axis=-1)
    return quaternion.reshape(*rotation.shape[:-1], 4).astype(rotation.dtype)
