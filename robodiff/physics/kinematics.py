"""From q and v to the poses and velocities of every link, all links at once."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.layout import (
    aligned,
    components,
    rows,
    settle,
    stack,
    takes_arrays,
)
from robodiff.physics.model import Model
from robodiff.physics.rotation import (
    quaternion_exp,
    quaternion_log,
    quaternion_multiply,
    quaternion_to_matrix,
)
from robodiff.physics.small_matrices import compose, cross_matrix, rotate
from robodiff.physics.spatial import cross
from robodiff.physics.sums import tree_sum
from robodiff.physics.tree import Tree, ancestor_sum, path_sum, tree_of

IDENTITY = np.eye(3).reshape(1, 9)
"""Row-major."""


class Poses(eqx.Module):
    """Where each link is."""

    position: Float[Array, "links 3 *B"]
    """p_WB: link frame origin, world axes [m]."""
    rotation: Float[Array, "links 9 *B"]
    """R_WB: row-major rotation matrix, link axes to world axes."""


class Motions(eqx.Module):
    """The motion subspace: how each velocity coordinate moves the robot."""

    S: Float[Array, "nv 6 *B"]
    """Spatial motion of a unit velocity, world axes, about `reference`."""
    reference: Float[Array, "1 3 *B"]
    """The robot's centre of mass, world axes [m]."""


class Frames(eqx.Module):
    """What a rollout computes once: the frames at zero joint displacement."""

    rotation: Float[Array, "links 9 *B"]
    """R_tree: orientation of each link frame in its parent; identity for a free joint."""
    position: Float[Array, "links 3 *B"]
    """p_tree: its origin in the parent; zero for a free joint, whose q is its whole pose [m]."""
    hinge_cross: Float[Array, "links 9 *B"]
    """[a] of the axis a about which a hinge or planar joint turns, link axes: [a] v = a x v."""
    hinge_cross_twice: Float[Array, "links 9 *B"]
    """[a] [a]."""
    slide_axis: Float[Array, "links 3 *B"]
    """Axis along which a slide travels, link axes."""
    dof_axis: Float[Array, "nv 3 *B"]
    """Axis of each velocity coordinate, in its own local axes."""


class Velocities(eqx.Module):
    """How each link moves."""

    linear: Float[Array, "links 3 *B"]
    """Velocity of the link frame origin, world axes [m/s]."""
    angular: Float[Array, "links 3 *B"]
    """Angular velocity, world axes [rad/s]."""


@takes_arrays
def link_poses(model: Model, q: Float[Array, "nq *B"]) -> Poses:
    """Poses of all links, of one robot or a batch."""
    return _place(model, frames_of(model), q)[0]


@takes_arrays
def link_velocities(model: Model, q: Float[Array, "nq *B"], v: Float[Array, "nv *B"]) -> Velocities:
    """Velocities of all link origins, of one robot or a batch."""
    poses, motions = poses_and_motions(model, frames_of(model), q)
    V = components(path_sum(tree_of(model.topology), motions.S * rows(v)))
    arm = components(poses.position - motions.reference)
    linear = [a + b for a, b in zip(V[3:], cross(V[:3], arm), strict=True)]
    return Velocities(stack(linear), stack(V[:3]))


@takes_arrays
def center_of_mass(model: Model, q: Float[Array, "nq *B"]) -> Float[Array, "3 *B"]:
    """Centre of mass of everything, world axes [m], of one robot or a batch."""
    return _reference(model, link_poses(model, q))[0]


def frames_of(model: Model) -> Frames:
    """Frames of a model at zero joint displacement."""
    topology, tree = model.topology, tree_of(model.topology)
    kinds = aligned(np.array(topology.joint_types), model.links.rotation)
    identity = aligned(np.array([[1.0, 0.0, 0.0, 0.0]]), model.links.rotation)
    rotation = jnp.where(kinds == "free", identity, model.links.rotation)
    y_axis = aligned(np.array([[0.0, 1.0, 0.0]]), model.links.axis)
    own_axis = tree_sum(tree.dof_link, model.links.axis)
    unit_axis = aligned(tree.unit_axis, own_axis)
    hinge_cross = cross_matrix(jnp.where(kinds == "planar", y_axis, model.links.axis))
    return Frames(
        rotation=stack(quaternion_to_matrix(components(rotation))),
        position=jnp.where(kinds == "free", 0.0, model.links.position),
        hinge_cross=hinge_cross,
        hinge_cross_twice=compose(hinge_cross, hinge_cross),
        slide_axis=model.links.axis,
        dof_axis=jnp.where((unit_axis == 0.0).all(axis=1, keepdims=True), own_axis, unit_axis),
    )


def poses_and_motions(
    model: Model, frames: Frames, q: Float[Array, "nq *B"]
) -> tuple[Poses, Motions]:
    """Everything about position that the dynamics needs; `frames` is `frames_of(model)`."""
    tree = tree_of(model.topology)
    poses, before_turning = _place(model, frames, q)
    reference = _reference(model, poses)
    S = _motion_subspace(tree, frames, poses, before_turning, reference)
    return poses, Motions(settle(S), reference)


def drift(
    model: Model, q: Float[Array, "nq *B"], v: Float[Array, "nv *B"], time
) -> Float[Array, "nq *B"]:
    """q (+) time v: positions add, quaternions turn by the exponential map and are normalised."""
    topology, parts = model.topology, []
    if not {"ball", "free"} & set(topology.joint_types):
        return q + time * v
    for link, kind in enumerate(topology.joint_types):
        i, j = topology.q_start[link], topology.v_start[link]
        if kind == "free":
            parts += [q[i : i + 3] + time * v[j : j + 3]]
            i, j = i + 3, j + 3
        if kind in ("ball", "free"):
            parts.append(_turn(q[i : i + 4], v[j : j + 3], time))
        elif kind != "fixed":
            parts.append(
                q[i : topology.q_start[link + 1]] + time * v[j : topology.v_start[link + 1]]
            )
    return jnp.concatenate(parts)


def displacement(
    model: Model, q: Float[Array, "nq *B"], origin: Float[Array, "nq *B"]
) -> Float[Array, "nv *B"]:
    """How far each coordinate has moved from `origin`, in the units of v x time; what springs feel.

    Ball and free joints: rotation vector in body axes. The position of a free joint counts too.
    """
    topology, parts = model.topology, []
    if not {"ball", "free"} & set(topology.joint_types):
        return q - origin
    for link, kind in enumerate(topology.joint_types):
        i, end = topology.q_start[link], topology.q_start[link + 1]
        if kind == "free":
            parts += [q[i : i + 3] - origin[i : i + 3]]
            i += 3
        if kind in ("ball", "free"):
            w, x, y, z = jnp.split(origin[i:end], 4)
            relative = quaternion_multiply([w, -x, -y, -z], jnp.split(q[i:end], 4))
            parts += quaternion_log(relative)
        elif kind != "fixed":
            parts.append(q[i:end] - origin[i:end])
    return jnp.concatenate(parts) if parts else jnp.zeros((0, *q.shape[1:]), q.dtype)


def _turn(
    quaternion: Float[Array, "4 *B"], omega: Float[Array, "3 *B"], time
) -> Float[Array, "4 *B"]:
    change = quaternion_exp(list(jnp.split(0.5 * time * omega, 3)))
    turned = jnp.concatenate(quaternion_multiply(list(jnp.split(quaternion, 4)), change))
    return turned / jnp.sqrt(jnp.sum(turned * turned, axis=0))


def _place(
    model: Model, frames: Frames, q: Float[Array, "nq *B"]
) -> tuple[Poses, Float[Array, "links 9 *B"]]:
    """Poses, and each link's orientation before its joint turns it."""
    tree = tree_of(model.topology)
    turn, travel = _joint_transforms(tree, frames, q)
    R_local = compose(frames.rotation, turn)
    R_WB, R_WP = _chain_rotations(tree, R_local)
    # p_WB = sum over ancestors a of R_WP(a) (p_tree(a) + R_tree(a) travel(a))
    step = frames.position
    if travel is not None:
        step = step + rotate(frames.rotation, travel)
    p_WB = ancestor_sum(tree, rotate(R_WP, step))
    before_turning = compose(R_WP, frames.rotation) if tree.before_turning.any() else R_WB
    return Poses(p_WB, R_WB), before_turning


def _joint_transforms(
    tree: Tree, frames: Frames, q: Float[Array, "nq *B"]
) -> tuple[Float[Array, "links 9 *B"], Float[Array, "links 3 *B"] | None]:
    """Rotation and translation across each joint; None where nothing travels."""
    n, angle = tree.parent.shape[0], rows(tree_sum(tree.angle, q))
    # Rodrigues: R = 1 + sin [a] + (1 - cos) [a] [a], where 1 - cos = 2 sin^2(angle / 2)
    turn = aligned(IDENTITY, angle) + jnp.sin(angle) * frames.hinge_cross
    turn = turn + 2.0 * jnp.sin(0.5 * angle) ** 2 * frames.hinge_cross_twice
    travel = None
    if tree.travel.any():
        travel = rows(tree_sum(tree.travel, q)) * frames.slide_axis
    if tree.offset.any():
        offset = tree_sum(tree.offset, q).reshape(n, 3, *q.shape[1:])
        travel = offset if travel is None else travel + offset
    if tree.turning.size:
        quaternion = components(tree_sum(tree.quaternion, q).reshape(-1, 4, *q.shape[1:]))
        matrix = stack(quaternion_to_matrix(quaternion))
        turn = turn + tree_sum(tree.turning, matrix - aligned(IDENTITY, matrix))
    return turn, travel


def _chain_rotations(tree: Tree, R_local: Float[Array, "links 9 *B"]):
    """R_WB by pointer jumping: after k rounds each link holds the product over 2^k generations."""
    R, identity = R_local, aligned(IDENTITY, R_local)
    for jump in tree.jumps:
        R = compose(_above(jump, R, identity), R)
    return R, _above(tree.parent, R, identity)


def _above(pick, R, identity):
    roots = aligned(1.0 - pick.sum(axis=1), R)
    return tree_sum(pick, R) + roots * identity


def _reference(model: Model, poses: Poses) -> Float[Array, "1 3 *B"]:
    """Centre of mass of the whole robot; any point would do for a massless one."""
    center = world_centers(model, poses)
    mass = rows(model.links.mass)
    total = jnp.sum(mass, axis=0, keepdims=True)
    weight = mass / jnp.where(total > 0.0, total, 1.0)
    return settle(jnp.sum(weight * center, axis=0, keepdims=True))


def world_centers(model: Model, poses: Poses) -> Float[Array, "links 3 *B"]:
    """Centre of mass of each link, world axes [m]."""
    return poses.position + rotate(poses.rotation, model.links.center)


def _motion_subspace(tree: Tree, frames: Frames, poses: Poses, before_turning, reference):
    """S = (axis, (o - c) x axis) for a coordinate that turns about o, (0, axis) for one that
    translates."""
    R = tree_sum(tree.dof_link, poses.rotation)
    if tree.before_turning.any():
        early = aligned(tree.before_turning, R)
        R = jnp.where(early, tree_sum(tree.dof_link, before_turning), R)
    axis = components(rotate(R, frames.dof_axis))
    arm = components(tree_sum(tree.dof_link, poses.position - reference))
    turning = aligned(~tree.linear, axis[0])
    moment = cross(arm, axis)
    angular = [jnp.where(turning, a, 0.0) for a in axis]
    linear = [jnp.where(turning, m, a) for m, a in zip(moment, axis, strict=True)]
    return stack([*angular, *linear])
