"""The tree as constant 0/1 matrices, made once for each topology."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Array, Float

from robodiff.physics.layout import settle
from robodiff.physics.sums import (
    WRITTEN_OUT_SIZE,
    Run,
    copied_runs,
    copy_rows,
    is_few,
    tree_sum,
)
from robodiff.physics.topology import Topology

LINEAR = {
    "hinge": (False,),
    "slide": (True,),
    "planar": (True, True, False),
    "ball": (False,) * 3,
    "free": (True, True, True, False, False, False),
}
"""Which velocity coordinates of a joint translate rather than turn."""


@dataclass(frozen=True, eq=False)
class Tree:
    """Constant matrices; 1 where the row's item depends on the column's."""

    angle: np.ndarray
    """[links, nq] picks the angle of each hinge and planar joint."""
    travel: np.ndarray
    """[links, nq] picks the displacement of each slide."""
    offset: np.ndarray
    """[3 links, nq] picks the displacement of planar and free joints, per axis."""
    quaternion: np.ndarray
    """[4 turning, nq] picks the quaternion of each ball and free joint."""
    turning: np.ndarray
    """[links, turning] puts the rotations of ball and free joints at their links."""
    parent: np.ndarray
    """[links, links] picks each link's parent; a zero row for roots."""
    jumps: tuple[np.ndarray, ...]
    """[links, links] each: the ancestor 1, 2, 4, ... generations up."""
    doublings: tuple[tuple[tuple[Run, ...], tuple[Run, ...]], ...]
    """The jumps and their transposes as rows to copy; none in a small tree, or one of many
    branches."""
    ancestors: np.ndarray
    """[links, links] a link and its ancestors."""
    link_dofs: np.ndarray
    """[links, nv] coordinates that move each link."""
    dof_link: np.ndarray
    """[nv, links] picks the link of each coordinate."""
    axis_movers: np.ndarray
    """[nv, nv] coordinates that move each coordinate's axis."""
    axis_link: np.ndarray
    """[nv, links] picks the link that each coordinate's axis moves with. A joint's own rotation
    moves it, too, but those terms cancel in the sum S_dot v, but for their rounding."""
    moved_by: np.ndarray
    """[nv, nv] (i, j): coordinate i moves the link of coordinate j (i above or at j's link)."""
    strictly_moved_by: np.ndarray
    """[nv, nv] as `moved_by`, but not within one link."""
    linear: np.ndarray
    """[nv] True for coordinates that translate."""
    before_turning: np.ndarray
    """[nv] True for the linear coordinates of planar and free joints: axes of the parent."""
    unit_axis: np.ndarray
    """[nv, 3] constant local axes of planar, ball and free coordinates; 0 for hinge and slide."""


@lru_cache(maxsize=64)
def tree_of(topology: Topology) -> Tree:
    """The matrices of a topology (cached)."""
    n, nv = topology.nlinks, topology.nv
    link_dofs = topology.link_dofs
    dof_links = np.array(topology.dof_links, dtype=int)
    moved_by = link_dofs[dof_links].T if nv else np.zeros((0, 0), bool)
    same_link = dof_links[:, None] == dof_links[None, :]
    linear = np.array([flag for k in topology.joint_types for flag in LINEAR.get(k, ())], bool)
    multi = np.isin(np.array(topology.joint_types)[dof_links], ["planar", "free"])
    before_turning = linear & multi
    parent = _parents(topology)
    dof_link = np.eye(n)[dof_links].reshape(nv, n)
    return Tree(
        **_coordinate_picks(topology),
        parent=parent,
        jumps=_jumps(parent),
        doublings=_doublings(_jumps(parent)),
        ancestors=topology.link_ancestors,
        link_dofs=link_dofs,
        dof_link=dof_link,
        axis_movers=_axis_movers(topology, moved_by, same_link, linear),
        axis_link=np.where(before_turning[:, None], dof_link @ parent, dof_link),
        moved_by=moved_by,
        strictly_moved_by=moved_by & ~same_link,
        linear=linear,
        before_turning=before_turning,
        unit_axis=_unit_axes(topology),
    )


def _parents(topology: Topology) -> np.ndarray:
    matrix = np.zeros((topology.nlinks, topology.nlinks))
    for link, parent in enumerate(topology.parents):
        if parent >= 0:
            matrix[link, parent] = 1.0
    return matrix


def _jumps(parent: np.ndarray) -> tuple[np.ndarray, ...]:
    jumps = []
    while parent.any():
        jumps.append(parent)
        parent = parent @ parent
    return tuple(jumps)


def _doublings(jumps: tuple[np.ndarray, ...]) -> tuple:
    """Worth it where a mask is too large to be written out."""
    if not jumps or jumps[0].size <= WRITTEN_OUT_SIZE:
        return ()
    pairs = tuple((copied_runs(jump), copied_runs(jump.T)) for jump in jumps)
    return pairs if all(down and up for down, up in pairs) else ()


def _axis_movers(topology, moved_by, same_link, linear) -> np.ndarray:
    """Joints above move the axis; so do the translations of its own planar or free joint, if it
    turns.

    The three axes of a ball move with the ball too, but those terms cancel in the sum S_dot v.
    Translations of a planar or free joint move parallel to themselves.
    """
    above = moved_by.T & ~same_link
    own_translation = same_link & linear[None, :] & ~linear[:, None]
    return above | own_translation


def _coordinate_picks(topology: Topology) -> dict[str, np.ndarray]:
    n, nq = topology.nlinks, topology.nq
    angle, travel = np.zeros((n, nq)), np.zeros((n, nq))
    offset, turning = np.zeros((n, 3, nq)), []
    for link, (kind, q) in enumerate(zip(topology.joint_types, topology.q_start[:-1], strict=True)):
        if kind == "hinge":
            angle[link, q] = 1.0
        elif kind == "slide":
            travel[link, q] = 1.0
        elif kind == "planar":
            offset[link, 0, q] = offset[link, 2, q + 1] = angle[link, q + 2] = 1.0
        elif kind == "free":
            offset[link, :, q : q + 3] = np.eye(3)
        if kind in ("ball", "free"):
            turning.append((link, q + (3 if kind == "free" else 0)))
    quaternion = np.zeros((len(turning), 4, nq))
    place = np.zeros((n, len(turning)))
    for row, (link, q) in enumerate(turning):
        quaternion[row, :, q : q + 4] = np.eye(4)
        place[link, row] = 1.0
    return {
        "angle": angle,
        "travel": travel,
        "offset": offset.reshape(3 * n, nq),
        "quaternion": quaternion.reshape(-1, nq),
        "turning": place,
    }


def _unit_axes(topology: Topology) -> np.ndarray:
    axes = []
    for kind in topology.joint_types:
        if kind in ("hinge", "slide"):
            axes.append(np.zeros((1, 3)))
        elif kind == "planar":
            axes.append(np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0]]))
        elif kind == "ball":
            axes.append(np.eye(3))
        elif kind == "free":
            axes.append(np.vstack([np.eye(3), np.eye(3)]))
    return np.vstack(axes) if axes else np.zeros((0, 3))


def doubles(tree: Tree, x: Array) -> bool:
    """Whether sums reach over 1, 2, 4 ... generations in turn, instead of one product with a mask:
    faster for a single robot, slower for a batch."""
    return bool(tree.doublings) and is_few(x)


def ancestor_sum(tree: Tree, x: Float[Array, "links *k"]) -> Float[Array, "links *k"]:
    """For each link, the sum over itself and its ancestors."""
    if not doubles(tree, x):
        return tree_sum(tree.ancestors, x)
    for above, _ in tree.doublings:
        x = settle(x + copy_rows(above, x))
    return x


def path_sum(tree: Tree, x: Float[Array, "nv *k"]) -> Float[Array, "links *k"]:
    """For each link, the sum over the coordinates that move it."""
    if not doubles(tree, x):
        return tree_sum(tree.link_dofs, x)
    return ancestor_sum(tree, tree_sum(tree.dof_link.T, x))


def subtree_sum(tree: Tree, x: Float[Array, "links *k"]) -> Float[Array, "nv *k"]:
    """For each coordinate, the sum over the links that it moves."""
    if not doubles(tree, x):
        return tree_sum(tree.link_dofs.T, x)
    for _, below in tree.doublings:
        x = settle(x + copy_rows(below, x))
    return tree_sum(tree.dof_link, x)
