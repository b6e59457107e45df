"""What stays the same: during a rollout (`Prepared`) and during one step (`Scene`)."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.physics.dynamics import Configuration, configure
from robodiff.physics.joint_rows import JointRows, joint_rows, row_angles, spread_command
from robodiff.physics.kinematics import Frames, displacement, frames_of
from robodiff.physics.model import Model
from robodiff.physics.pairs import PairSurface, join_pairs, pair_points, pair_surface
from robodiff.physics.shapes import (
    Points,
    Surface,
    contact_points,
    point_layout,
    surface_of,
)
from robodiff.physics.terrain import terrain_points
from robodiff.physics.ties import tie


class Prepared(eqx.Module):
    """What stays the same during a rollout, computed once by `prepare`."""

    model: Model
    """The robot, batched."""
    frames: Frames
    """Its frames at zero joint displacement."""
    surface: Surface
    """Its contact geometry in link axes."""
    joints: JointRows
    """Its actuators and limits, one row a velocity coordinate."""
    pairs: PairSurface | None
    """Contact geometry between bodies; None where only the ground touches them."""


class Scene(eqx.Module):
    """What stays the same during one step."""

    model: Model
    """The robot, batched."""
    frames: Frames
    """Its frames at zero joint displacement."""
    surface: Surface
    """Its contact geometry in link axes; friction and law are of pairs too."""
    joints: JointRows
    """Its actuators and limits, one row a velocity coordinate."""
    at: Configuration
    """What depends on q alone."""
    points: Any
    """`Points` on the ground, then those of pairs; None where nothing touches."""
    pairs: Any
    """`PairPoints`: the last of them, those on a heightfield and of pairs; or None."""
    ties: Any
    """`Ties`: what acts on several coordinates at once; None without."""
    angle: Float[Array, "rows *B"]
    """Displacement of each hinge, slide and planar coordinate, and length of each tendon, at the
    middle of the step."""
    displacement: Float[Array, "nv *B"]
    """How far each coordinate is from the rest of its spring."""
    v: Float[Array, "nv *B"]
    """Velocity at the start."""
    command: Any
    """Of each actuator at its row [drives *B]; None without actuators."""
    h: Float[Array, ""]
    """The step [s]."""
    rest_of_step: Float[Array, ""]
    """From q to the end of the step [s]."""


def prepare(model: Model) -> Prepared:
    """Everything that a step needs of a batched model."""
    return Prepared(
        model, frames_of(model), surface_of(model), joint_rows(model), pair_surface(model)
    )


def set_scene(prepared: Prepared, q, v, command, h, rest_of_step) -> Scene:
    """Kinematics, mass matrix and contact points at q."""
    model, frames, surface = prepared.model, prepared.frames, prepared.surface
    at = configure(model, frames, q)
    touching = len(point_layout(model.topology).links) > 0
    points = pairs = None
    if touching and model.terrain is not None:
        pairs = terrain_points(model, surface, at.poses, at.motions.reference)
        points = Points(pairs.arm, pairs.gap)
    elif touching:
        points = contact_points(model, surface, at.poses, at.motions.reference)
    if prepared.pairs is not None:
        own = pair_points(model, prepared.pairs, at.poses, at.motions.reference)
        surface, points = join_pairs(surface, points, prepared.pairs, own)
        pairs = own if pairs is None else jax.tree.map(lambda *x: jnp.concatenate(x), pairs, own)
    moved = displacement(model, q, model.joints.rest)
    joints, topology = prepared.joints, model.topology
    angle = row_angles(model, joints.tendons, q)
    ties = tie(model, at, joints.tendons, angle, v)
    spread = None if joints.drives is None else spread_command(topology, command)
    return Scene(
        model,
        frames,
        surface,
        joints,
        at,
        points,
        pairs,
        ties,
        angle,
        moved,
        v,
        spread,
        h,
        rest_of_step,
    )
