"""A trajectory as its metrics see it: what several need is computed once, and only if asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.kinematics import Motions, Poses, frames_of, poses_and_motions, world_centers
from robodiff.physics.layout import Components, components
from robodiff.physics.model import Model, Trajectory
from robodiff.physics.rotation import rotate
from robodiff.physics.topology import Topology
from robodiff.tasks.base import base_link, base_pose, is_floating


@dataclass(eq=False)
class Series:
    """Vectors over time."""

    time: Float[Array, " S"]
    """Instants [s]."""
    parts: Components
    """Components, each [S, B]."""

    def along(self, direction) -> Float[Array, "S B"]:
        """Component along a world direction of any length but 0."""
        unit = np.asarray(direction, float) / np.linalg.norm(direction)
        pairs = zip(unit.tolist(), self.parts, strict=True)
        return reduce(add, [share * part for share, part in pairs if share])


@dataclass(eq=False)
class Evaluation:
    """A model (batched) and its trajectory."""

    model: Model
    """Robots; batch size 1 serves a trajectory of any batch."""
    trajectory: Trajectory
    """What they did, [T+1, n, B]."""
    duration: float
    """The task's duration [s]."""
    samples: int = 200
    """Most instants at which the poses of links are computed."""

    @property
    def topology(self) -> Topology:
        return self.model.topology

    @property
    def batch(self) -> int:
        return self.trajectory.q.shape[-1]

    @property
    def step_time(self) -> Float[Array, " T"]:
        """Instant at which each step begins [s]."""
        return self.trajectory.time[:-1]

    @property
    def dt(self) -> Float[Array, ""]:
        """Length of a step [s]."""
        return self.trajectory.time[1] - self.trajectory.time[0]

    @cached_property
    def rows(self) -> np.ndarray:
        """Rows of the trajectory at which the poses of links are computed, both ends included."""
        steps = self.trajectory.time.shape[0] - 1
        return np.unique(np.linspace(0, steps, min(steps + 1, self.samples)).round().astype(int))

    @cached_property
    def sample_time(self) -> Float[Array, " S"]:
        """Instants of `rows` [s]."""
        return self.trajectory.time[self.rows]

    @cached_property
    def wide_model(self) -> Model:
        """The model with its links repeated for each sample of each robot."""
        links = widen(self.model.links, self.batch, len(self.rows))
        return replace(self.model, links=links)

    @cached_property
    def poses(self) -> Poses:
        """Poses of all links, the last axis being (sample, robot)."""
        return self.kinematics[0]

    @cached_property
    def kinematics(self) -> tuple[Poses, Motions]:
        """Poses and motion subspace; what nobody uses of it is not computed."""
        q = flatten(self.trajectory.q[self.rows])
        return poses_and_motions(self.wide_model, frames_of(self.wide_model), q)

    @cached_property
    def mass(self) -> Float[Array, " B"]:
        """Mass of each robot [kg]."""
        return jnp.sum(self.model.links.mass, axis=0)

    @cached_property
    def weight(self) -> Float[Array, " B"]:
        """Weight of each robot [N]."""
        return self.mass * jnp.sqrt(jnp.sum(self.model.gravity**2, axis=0) + 1e-12)

    @cached_property
    def com(self) -> Series:
        """Centre of mass [m]."""
        mass = self.wide_model.links.mass[:, None]
        center = jnp.sum(mass * world_centers(self.wide_model, self.poses), axis=0)
        return self._series(components((center / jnp.sum(mass, axis=0))[None]))

    def position(self, of: str | None, point=(0.0, 0.0, 0.0)) -> Series:
        """A point of a link (of the base when None), or the centre of mass (`com`) [m]."""
        if of == "com":
            return self.com
        p, R, time = self._frame(of)
        if any(point):
            p = [a + b for a, b in zip(p, rotate(R, [jnp.asarray(x) for x in point]), strict=True)]
        return Series(time, p)

    def axis(self, link: str | None, axis) -> Series:
        """A unit axis of a link (of the base when None) in world axes."""
        unit = np.asarray(axis, float) / np.linalg.norm(axis)
        _, R, time = self._frame(link)
        return Series(time, rotate(R, [jnp.asarray(x, R[0].dtype) for x in unit.tolist()]))

    def sampled(self, series: Series) -> Series:
        """A series at the instants of `rows` alone."""
        if series.time.shape == self.sample_time.shape:
            return series
        return Series(self.sample_time, [part[self.rows] for part in series.parts])

    def velocity(self, of: str | None) -> Series:
        """Mean velocity of a point between successive instants [m/s]."""
        place = self.position(of)
        step = (place.time[1:] - place.time[:-1])[:, None]
        return Series(place.time[1:], [(part[1:] - part[:-1]) / step for part in place.parts])

    def _frame(self, of: str | None) -> tuple[Components, Components, Array]:
        link = base_link(self.topology) if of is None else self.topology.link_names.index(of)
        if is_floating(self.topology, link):
            return (*base_pose(self.model, link, self.trajectory.q), self.trajectory.time)
        position = self._series(components(self.poses.position[link][None]))
        rotation = self._series(components(self.poses.rotation[link][None]))
        return position.parts, rotation.parts, self.sample_time

    def _series(self, parts: Components) -> Series:
        shape = (len(self.rows), self.batch)
        return Series(self.sample_time, [part.reshape(shape) for part in parts])


def flatten(x: Float[Array, "S n B"]) -> Float[Array, "n S*B"]:
    """Samples and robots on one last axis."""
    return x.transpose(1, 0, 2).reshape(x.shape[1], -1)


def widen(arrays, batch: int, samples: int):
    """Arrays [..., B] repeated for each sample: [..., samples x B]."""

    def repeat(leaf):
        return jnp.tile(jnp.broadcast_to(leaf, (*leaf.shape[:-1], batch)), samples)

    return jax.tree.map(repeat, arrays)
