"""Hand-made recordings, so that pictures are tested without simulating."""

from __future__ import annotations

import numpy as np

from robodiff.physics.topology import Topology
from robodiff.viz.recording import Recording

IDENTITY = np.eye(3)


def rotations_about_y(angles: np.ndarray) -> np.ndarray:
    """[n] -> [n, 3, 3]."""
    c, s, zero, one = np.cos(angles), np.sin(angles), np.zeros_like(angles), np.ones_like(angles)
    rows = [[c, zero, s], [zero, one, zero], [-s, zero, c]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def rolling_cart(speed: float, label: str = "after", seconds: float = 1.0) -> Recording:
    """A box on a planar joint that carries a swinging capsule and touches the ground."""
    topology = Topology(
        link_names=("cart", "pole"),
        parents=(-1, 0),
        joint_names=("root", "hinge"),
        joint_types=("planar", "hinge"),
        shape_names=("box", "rod"),
        shape_links=(0, 1),
        shape_kinds=("box", "capsule"),
        shape_collides=(True, False),
        limited_joints=(1,),
        actuator_names=("motor",),
        actuator_links=(1,),
        actuator_kinds=("motor",),
    )
    time = np.linspace(0.0, seconds, 41)
    states, points = len(time), 8
    swing = 0.6 * np.sin(4.0 * time)
    position = np.zeros((states, 2, 3))
    position[:, :, 0] = (speed * time)[:, None]
    position[:, :, 2] = 0.1
    q = np.stack([speed * time, np.full(states, 0.1), np.zeros(states), swing], axis=1)
    force = np.zeros((states - 1, points, 3))
    force[..., 2] = 5.0
    rotation = np.stack([rotations_about_y(0.0 * swing), rotations_about_y(swing)], axis=1)
    return Recording(
        label=label,
        topology=topology,
        time=time,
        q=q,
        v=np.gradient(q, time, axis=0),
        torque=np.sin(time)[1:, None],
        torque_limit=np.array([[-1.5, 1.5]]),
        limits=np.array([[-1.0, 1.0]]),
        contact_force=force,
        link_position=position,
        link_rotation=rotation,
        center_of_mass=position[:, 0],
        shape_size=np.array([[0.2, 0.1, 0.1], [0.02, 0.2, 0.0]]),
        shape_position=np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.2]]),
        shape_rotation=np.stack([IDENTITY, IDENTITY]),
        targets=np.array([[0.5 * speed, 0.0, 0.3]]),
    )


def history(iterations: int = 12) -> list[dict]:
    """Lines of `metrics.jsonl`."""
    return [
        {
            "iteration": i,
            "stage": i // 6,
            "loss": 1.0 / (1 + i),
            "best_loss": None if i == 0 else 1.0 / (1 + i),
            "terms": {"velocity": 0.8 / (1 + i), "energy": 0.2 / (1 + i)},
            "design": {"length": 0.3 + 0.01 * i},
            "gradient_norm": {"design": 1.0 / (1 + i), "control": 2.0},
        }
        for i in range(iterations)
    ]
