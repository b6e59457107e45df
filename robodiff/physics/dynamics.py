"""Mass matrix, bias forces, forward and inverse dynamics, and energy.

Dense and without recursion: every sum over the tree is a product with a constant 0/1 matrix. The
composite inertias
and the two passes of RNEA stand in Featherstone, Rigid Body Dynamics Algorithms (2008), ch. 5-6.
"""

from __future__ import annotations

import functools
import operator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.kinematics import (
    Frames,
    Motions,
    Poses,
    frames_of,
    poses_and_motions,
    world_centers,
)
from robodiff.physics.layout import (
    WRITTEN_OUT,
    aligned,
    components,
    rows,
    settle,
    stack,
    takes_arrays,
    traced_once,
)
from robodiff.physics.linear import refined_solve, spd_inverse
from robodiff.physics.model import Model, State
from robodiff.physics.products import product, product_in_parts
from robodiff.physics.spatial import (
    apply_inertia,
    cross_force,
    cross_motion,
    point_mass_inertia,
    rotate_symmetric,
)
from robodiff.physics.sums import is_few, tree_sum
from robodiff.physics.tree import Tree, doubles, path_sum, subtree_sum, tree_of


class Energy(eqx.Module):
    """Mechanical energy; joint springs are not counted."""

    kinetic: Float[Array, ""]
    """Of links and armatures [J]."""
    potential: Float[Array, ""]
    """In gravity, zero at the world origin [J]."""

    @property
    def total(self) -> Float[Array, ""]:
        """Kinetic plus potential [J]."""
        return self.kinetic + self.potential


class Configuration(eqx.Module):
    """What depends on q alone, computed once a step."""

    poses: Poses
    motions: Motions
    inertia: Float[Array, "links 10 *B"]
    """Spatial inertia of each link, world axes about the reference."""
    F: Float[Array, "nv 6 *B"]
    """Composite inertia of what each coordinate moves, times its motion S."""
    M: Float[Array, "nv nv *B"]
    """Mass matrix, armature inside."""


def configure(model: Model, frames: Frames, q: Float[Array, "nq *B"]) -> Configuration:
    """Kinematics, inertias and the mass matrix at q; `frames` is `frames_of(model)`."""
    tree = tree_of(model.topology)
    poses, motions = poses_and_motions(model, frames, q)
    inertia = settle(_world_inertia(model, poses, motions.reference))
    composite = subtree_sum(tree, inertia)
    F = settle(stack(apply_inertia(components(composite), components(motions.S))))
    M = pair_product(tree, motions.S, F) + diagonal(model.joints.armature)
    return Configuration(poses, motions, inertia, F, settle(M))


@takes_arrays
def mass_matrix(model: Model, q: Float[Array, "nq *B"]) -> Float[Array, "nv nv *B"]:
    """M(q): symmetric, positive definite, armature on the diagonal."""
    return configure(model, frames_of(model), q).M


@traced_once
def bias(model: Model, at: Configuration, v: Float[Array, "nv *B"]) -> Float[Array, "nv *B"]:
    """c(q, v): Coriolis, centrifugal and gravity forces."""
    tree, S = tree_of(model.topology), at.motions.S
    V, a = (components(part) for part in link_motion(tree, S, v))
    # a = A (S_dot v) - gravity
    g = components(model.gravity[None])
    if model.links.held is not None:
        g = [part * (1.0 - model.links.held) for part in g]
    a = [*a[:3], *(x - y for x, y in zip(a[3:], g, strict=True))]
    # f = I a + V x* I V;  tau = S . (A^T f)
    inertia = components(at.inertia)
    momentum = apply_inertia(inertia, V)
    f = [x + y for x, y in zip(apply_inertia(inertia, a), cross_force(V, momentum), strict=True)]
    return joint_force(S, subtree_sum(tree, settle(stack(f))))


def link_motion(tree: Tree, S: Array, v: Array) -> tuple[Array, Array]:
    """V = A (S v) of each link, and its acceleration A (S_dot v) at constant v."""
    V, V_axis = _velocities(tree, S * rows(v))
    S_dot = cross_motion(components(V_axis), components(S))
    return V, path_sum(tree, stack(S_dot) * rows(v))


def _velocities(tree: Tree, moves: Array) -> tuple[Array, Array]:
    """Of links and of what moves each axis; in a long chain an axis has that of its link."""
    if doubles(tree, moves):
        V = path_sum(tree, moves)
        return V, tree_sum(tree.axis_link, V)
    both = tree_sum(np.vstack([tree.link_dofs, tree.axis_movers]), moves)
    return both[: len(tree.link_dofs)], both[len(tree.link_dofs) :]


@takes_arrays
def bias_forces(
    model: Model, q: Float[Array, "nq *B"], v: Float[Array, "nv *B"]
) -> Float[Array, "nv *B"]:
    """c in M vdot + c = tau: Coriolis, centrifugal and gravity forces [N m, N]."""
    return bias(model, configure(model, frames_of(model), q), v)


@takes_arrays
def forward_dynamics(
    model: Model, q: Float[Array, "nq *B"], v: Float[Array, "nv *B"], tau: Float[Array, "nv *B"]
) -> Float[Array, "nv *B"]:
    """vdot = M^-1 (tau - c): smooth, without contact, limits, springs or actuators."""
    at = configure(model, frames_of(model), q)
    return refined_solve(spd_inverse(at.M), at.M, tau - bias(model, at, v))


@takes_arrays
def inverse_dynamics(
    model: Model, q: Float[Array, "nq *B"], v: Float[Array, "nv *B"], qdd: Float[Array, "nv *B"]
) -> Float[Array, "nv *B"]:
    """tau = M qdd + c."""
    at = configure(model, frames_of(model), q)
    return product_in_parts(at.M, qdd, bias(model, at, v))


@takes_arrays
def energy(model: Model, state: State) -> Energy:
    """Kinetic and potential energy."""
    at = configure(model, frames_of(model), state.q)
    kinetic = 0.5 * jnp.sum(state.v * product(at.M, state.v), axis=0)
    center = world_centers(model, at.poses)
    potential = -jnp.sum(rows(model.links.heavy_mass) * model.gravity[None] * center, axis=(0, 1))
    return Energy(kinetic, potential)


def joint_force(
    S: Float[Array, "nv 6 *B"], wrench: Float[Array, "nv 6 *B"]
) -> Float[Array, "nv *B"]:
    """S . f: what a spatial force does along each coordinate."""
    return settle(functools.reduce(operator.add, components(S * wrench)))


def pair_product(tree: Tree, S: Array, F: Array) -> Float[Array, "nv nv *B"]:
    """Symmetric matrix S_i . F_j where i moves the link of j (RBDA table 6.2)."""
    upper = aligned(tree.moved_by, S).astype(S.dtype)
    lower = aligned(tree.strictly_moved_by.T, S).astype(S.dtype)
    pairs = settle(_outer(S, F))
    return upper * pairs + lower * jnp.swapaxes(pairs, 0, 1)


@jax.custom_jvp
@traced_once
def _outer(S: Float[Array, "n 6 *B"], F: Float[Array, "m 6 *B"]) -> Float[Array, "n m *B"]:
    """S_i . F_j for all pairs, as a sum of six products (which fuse). Its derivative goes row by
    row: the transpose adds rows, contiguous in the batch, where that of a plain reduction strides
    (a quadruped's gradient at batch 256 takes 2.6 times as long)."""
    pairs = zip(components(S), components(F), strict=True)
    return functools.reduce(operator.add, (s[:, None] * f[None] for s, f in pairs))


@_outer.defjvp
@traced_once
def _outer_jvp(primals, tangents):
    (S, F), (dS, dF) = primals, (settle(tangent) for tangent in tangents)
    if is_few(S) or not WRITTEN_OUT:
        return _outer(S, F), jnp.sum(dS[:, None] * F[None] + S[:, None] * dF[None], axis=2)
    by_column = [jnp.sum(dS * f[None], axis=1) for f in F]
    by_row = [jnp.sum(s[None] * dF, axis=1) for s in S]
    return _outer(S, F), jnp.stack(by_column, axis=1) + jnp.stack(by_row)


def diagonal(d: Float[Array, "n *B"]) -> Float[Array, "n n *B"]:
    """diag(d)."""
    return aligned(np.eye(d.shape[0]), d[None]) * d[None]


def _world_inertia(model: Model, poses: Poses, reference) -> Float[Array, "links 10 *B"]:
    """(m, m r, R J R^T + m (|r|^2 1 - r r^T)) for the centre of mass at r from the reference."""
    r = components(world_centers(model, poses) - reference)
    m = model.links.mass
    turned = rotate_symmetric(components(poses.rotation), components(model.links.inertia))
    J = [a + b for a, b in zip(turned, point_mass_inertia(m, r), strict=True)]
    return stack([m, *(m * c for c in r), *J])
