"""What of a robot cannot be differentiated: the tree, names and kinds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool

from robodiff.physics.heightfield import Grid

JOINT_NQ = {"fixed": 0, "hinge": 1, "slide": 1, "planar": 3, "ball": 4, "free": 7}
JOINT_NV = {"fixed": 0, "hinge": 1, "slide": 1, "planar": 3, "ball": 3, "free": 6}
SHAPE_KINDS = ("sphere", "capsule", "box", "cylinder", "ellipsoid")
"""Those that a size settles; the sixth, hull, has points too."""
ACTUATOR_KINDS = ("motor", "position", "velocity")
COUPLING_KINDS = ("joint", "tendon", "point", "weld")
INTEGRATORS = ("midpoint", "semi_implicit_euler")


@dataclass(frozen=True)
class Topology:
    """The tree, names and kinds. Hashable, so static under `jit`."""

    link_names: tuple[str, ...]
    """Links in depth-first file order; every parent stands before its children."""
    parents: tuple[int, ...]
    """Index of each link's parent; -1 is the world."""
    joint_names: tuple[str, ...]
    """Name of the joint between each link and its parent."""
    joint_types: tuple[str, ...]
    """`fixed`, `hinge`, `slide`, `planar`, `ball` or `free`, one a link."""
    shape_names: tuple[str, ...] = ()
    """Shapes in file order."""
    shape_links: tuple[int, ...] = ()
    """Link that carries each shape; -1 is the world."""
    shape_kinds: tuple[str, ...] = ()
    """One of `SHAPE_KINDS`, or hull; one a shape."""
    shape_collides: tuple[bool, ...] = ()
    """Whether each shape touches the ground."""
    shape_points: tuple[tuple[tuple[float, float, float], ...], ...] = ()
    """Corners of each hull in units of its size, within -1 and 1; () for other shapes, and () in
    all where there is no hull."""
    pairs: tuple[tuple[int, int], ...] = ()
    """Shapes of different links that touch each other."""
    limited_joints: tuple[int, ...] = ()
    """Links whose hinge or slide joint has limits."""
    actuator_names: tuple[str, ...] = ()
    """Actuators in command order."""
    actuator_links: tuple[int, ...] = ()
    """Link whose hinge or slide joint each actuator drives; the first one of a tendon's."""
    actuator_kinds: tuple[str, ...] = ()
    """One of `ACTUATOR_KINDS`, one an actuator."""
    actuator_tendons: tuple[int, ...] = ()
    """Tendon that each actuator pulls; -1 for one that drives a joint, () where all do."""
    tendon_names: tuple[str, ...] = ()
    """Tendons in file order."""
    tendon_dofs: tuple[tuple[int, ...], ...] = ()
    """Velocity coordinates of hinges, slides and planar joints that each tendon runs over."""
    coupling_names: tuple[str, ...] = ()
    """Couplings in file order."""
    coupling_kinds: tuple[str, ...] = ()
    """One of `COUPLING_KINDS`, one a coupling."""
    coupling_ends: tuple[tuple[int, int], ...] = ()
    """What each ties together: velocity coordinates, tendons or links. -1 as a second end is a
    constant or the world, -1 as a first one the world."""
    has_ground: bool = True
    """Whether there is a ground: the plane z = 0, or the terrain."""
    terrain: Grid | None = None
    """Heights of the ground; None for a plane."""
    integrator: str = "midpoint"
    """One of `INTEGRATORS`."""

    @property
    def nlinks(self) -> int:
        return len(self.parents)

    @property
    def nu(self) -> int:
        return len(self.actuator_names)

    @cached_property
    def q_start(self) -> tuple[int, ...]:
        """First coordinate in q of each link's joint, and the total nq as the last entry."""
        return (0, *np.cumsum([JOINT_NQ[kind] for kind in self.joint_types]).tolist())

    @cached_property
    def v_start(self) -> tuple[int, ...]:
        """First coordinate in v of each link's joint, and the total nv as the last entry."""
        return (0, *np.cumsum([JOINT_NV[kind] for kind in self.joint_types]).tolist())

    @property
    def nq(self) -> int:
        return self.q_start[-1]

    @property
    def nv(self) -> int:
        return self.v_start[-1]

    @cached_property
    def dof_links(self) -> tuple[int, ...]:
        """Link of each velocity coordinate."""
        return tuple(
            link for link, kind in enumerate(self.joint_types) for _ in range(JOINT_NV[kind])
        )

    @cached_property
    def actuator_dofs(self) -> tuple[int, ...]:
        """Velocity coordinate that each actuator drives."""
        return tuple(self.v_start[link] for link in self.actuator_links)

    @cached_property
    def actuator_rows(self) -> tuple[int, ...]:
        """What each actuator drives: a velocity coordinate, or nv + a tendon."""
        tendons = self.actuator_tendons or (-1,) * self.nu
        pairs = zip(self.actuator_dofs, tendons, strict=True)
        return tuple(dof if tendon < 0 else self.nv + tendon for dof, tendon in pairs)

    @property
    def nrows(self) -> int:
        """Velocity coordinates and tendons: what actuators and stops may act on."""
        return self.nv + len(self.tendon_names)

    @cached_property
    def limited_dofs(self) -> tuple[int, ...]:
        """Velocity coordinates that have limits."""
        return tuple(self.v_start[link] for link in self.limited_joints)

    @cached_property
    def link_ancestors(self) -> Bool[np.ndarray, "links links"]:
        """[b, a] is True when link a is b or an ancestor of b."""
        mask = np.eye(self.nlinks, dtype=bool)
        for link, parent in enumerate(self.parents):
            if parent >= 0:
                mask[link] |= mask[parent]
        return mask

    @cached_property
    def link_dofs(self) -> Bool[np.ndarray, "links nv"]:
        """[b, j] is True when velocity coordinate j moves link b."""
        return self.link_ancestors[:, list(self.dof_links)]

    @cached_property
    def q_names(self) -> tuple[str, ...]:
        """Name of each entry of q, for plots and messages."""
        suffixes = {
            "hinge": ("",),
            "slide": ("",),
            "planar": (".x", ".z", ".pitch"),
            "ball": (".qw", ".qx", ".qy", ".qz"),
            "free": (".x", ".y", ".z", ".qw", ".qx", ".qy", ".qz"),
        }
        return self._coordinate_names(suffixes)

    @cached_property
    def v_names(self) -> tuple[str, ...]:
        """Name of each entry of v, for plots and messages."""
        suffixes = {
            "hinge": ("",),
            "slide": ("",),
            "planar": (".vx", ".vz", ".pitch_rate"),
            "ball": (".wx", ".wy", ".wz"),
            "free": (".vx", ".vy", ".vz", ".wx", ".wy", ".wz"),
        }
        return self._coordinate_names(suffixes)

    def _coordinate_names(self, suffixes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(
            name + suffix
            for name, kind in zip(self.joint_names, self.joint_types, strict=True)
            for suffix in suffixes.get(kind, ())
        )
