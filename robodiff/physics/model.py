"""The robot as numbers: a static `Topology` and a `Model` of traced arrays.

Every number of a `Model` may be differentiated; names, joint types and the tree may not.
A *batched* model is the same class with one more axis at the END of every array
(`jax.vmap(build_model, out_axes=-1)`); the physics core works in that layout only, and the
single robot is its case of batch size one (see `physics/batch.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from robodiff.physics.couplings import Couplings, Fluid, Tendons
from robodiff.physics.heightfield import Grid, Terrain

JOINT_NQ = {"fixed": 0, "hinge": 1, "slide": 1, "planar": 3, "ball": 4, "free": 7}
JOINT_NV = {"fixed": 0, "hinge": 1, "slide": 1, "planar": 3, "ball": 3, "free": 6}
SHAPE_KINDS = ("sphere", "capsule", "box", "cylinder", "ellipsoid")
"""Those that a size settles; the sixth, hull, has points too."""
ACTUATOR_KINDS = ("motor", "position", "velocity")
COUPLING_KINDS = ("joint", "tendon", "point", "weld")
INTEGRATORS = ("midpoint", "semi_implicit_euler")


@dataclass(frozen=True)
class Topology:
    """What cannot be differentiated: the tree, names and kinds. Hashable, so static under `jit`."""

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


class Links(eqx.Module):
    """Frames and masses; one row a link."""

    position: Float[Array, "links 3"]
    """Link frame origin in the parent's frame, at zero joint displacement [m]."""
    rotation: Float[Array, "links 4"]
    """Link frame orientation in the parent's frame, unit quaternion (w, x, y, z)."""
    axis: Float[Array, "links 3"]
    """Unit axis of a hinge or slide in the link frame; ignored for other joints."""
    mass: Float[Array, " links"]
    """Mass [kg]."""
    center: Float[Array, "links 3"]
    """Centre of mass in the link frame [m]."""
    inertia: Float[Array, "links 6"]
    """Inertia about the centre of mass in link axes: xx, yy, zz, xy, xz, yz [kg m^2]."""
    held: Float[Array, " links"] | None = None
    """Share of its weight that holds itself, a force at the centre of mass [-]; None for 0."""

    @property
    def heavy_mass(self) -> Float[Array, " links"]:
        """What gravity pulls at [kg]."""
        return self.mass if self.held is None else self.mass * (1.0 - self.held)


class Joints(eqx.Module):
    """What acts in the joints; one row a velocity coordinate."""

    armature: Float[Array, " nv"]
    """Reflected rotor inertia, added to the diagonal of the mass matrix [kg m^2 or kg]."""
    damping: Float[Array, " nv"]
    """Viscous damping [N m s/rad or N s/m]."""
    stiffness: Float[Array, " nv"]
    """Spring stiffness towards `rest` [N m/rad or N/m]."""
    friction: Float[Array, " nv"]
    """Dry friction [N m or N]."""
    rest: Float[Array, " nq"]
    """Spring rest configuration (a unit quaternion for ball joints)."""
    lower: Float[Array, " limited"]
    """Lower limit of each limited joint [rad or m]."""
    upper: Float[Array, " limited"]
    """Upper limit of each limited joint [rad or m]."""
    limit_stiffness: Float[Array, " limited"]
    """Stiffness of the limit stops [N m/rad or N/m]."""


class Actuators(eqx.Module):
    """One row an actuator. Force at the motor side; joint torque = gear x force."""

    gear: Float[Array, " nu"]
    """Ratio of motor speed to joint speed [-]."""
    stiffness: Float[Array, " nu"]
    """Position gain of a position servo [N m/rad]; 0 otherwise."""
    damping: Float[Array, " nu"]
    """Velocity gain of a position or velocity servo [N m s/rad]; 0 for a motor."""
    force_limit: Float[Array, " nu"]
    """Largest motor-side force or torque, held by a smooth clamp [N m]; inf for none."""
    no_load_speed: Float[Array, " nu"]
    """Motor speed at which the available torque reaches zero [rad/s]; inf for none."""
    motor_constant: Float[Array, " nu"]
    """Torque per square root of heat, for electrical power [N m/sqrt(W)]; inf for no heat."""
    force_lower: Float[Array, " nu"] | None = None
    """Least motor-side force or torque [N m]; None for -`force_limit`."""

    @property
    def lower(self) -> Float[Array, " nu"]:
        """Least motor-side force or torque [N m]."""
        return -self.force_limit if self.force_lower is None else self.force_lower

    def torque_range(self) -> tuple[Array, Array]:
        """Least and largest torque of each at its joint [N m or N]."""
        ends = self.gear * self.lower, self.gear * self.force_limit
        return jnp.minimum(*ends), jnp.maximum(*ends)


class Shapes(eqx.Module):
    """Geometry that touches the ground and is drawn; one row a shape."""

    size: Float[Array, "shapes 3"]
    """Sphere r; capsule and cylinder r, half length (along z); box half sides; ellipsoid
    semi-axes; hull half sides of the box about its centre; unused entries 0 [m]."""
    position: Float[Array, "shapes 3"]
    """Shape frame origin in the link frame [m]."""
    rotation: Float[Array, "shapes 4"]
    """Shape frame orientation in the link frame, unit quaternion (w, x, y, z)."""
    friction: Float[Array, " shapes"]
    """Coefficient of sliding friction against the ground [-]."""
    margin: Float[Array, " shapes"] | None = None
    """Gap at which each begins to touch [m]; None for 0."""


class Pairs(eqx.Module):
    """How two shapes that touch each other do so; one row for each of `Topology.pairs`."""

    friction: Float[Array, " pairs"]
    """Coefficient of sliding friction between them [-]."""
    margin: Float[Array, " pairs"]
    """Gap at which they begin to touch [m]."""


class Contact(eqx.Module):
    """The compliant contact law of `physics/contact.py`, shared by all points."""

    stiffness: Float[Array, ""]
    """Normal stiffness of one contact point [N/m]."""
    dissipation_time: Float[Array, ""]
    """tau_d: how far ahead the gap is predicted; larger is less bouncy [s]."""
    slip_speed: Float[Array, ""]
    """eps: slip speed at which friction saturates, the creep of a sticking contact [m/s]."""
    smoothing: Float[Array, ""]
    """b: half width of the smooth onset of the normal force [m]."""


class Model(eqx.Module):
    """A robot (or several) ready to simulate; see the module docstring for the batched layout."""

    topology: Topology = eqx.field(static=True)
    links: Links
    joints: Joints
    actuators: Actuators
    shapes: Shapes
    contact: Contact
    gravity: Float[Array, "3"]
    """Acceleration of free fall, world axes [m/s^2]."""
    start_q: Float[Array, " nq"]
    """Configuration at the start."""
    start_v: Float[Array, " nv"]
    """Velocity at the start."""
    tendons: Tendons | None = None
    couplings: Couplings | None = None
    fluid: Fluid | None = None
    pairs: Pairs | None = None
    """Contact between bodies; None where only the ground touches them."""
    terrain: Terrain | None = None
    """Where the ground's heights stand; None for a plane."""

    @property
    def nq(self) -> int:
        return self.topology.nq

    @property
    def nv(self) -> int:
        return self.topology.nv

    @property
    def nu(self) -> int:
        return self.topology.nu


class State(eqx.Module):
    """Where a robot is and how it moves; MuJoCo's qpos and qvel."""

    q: Float[Array, " nq"]
    """Configuration [m, rad, unit quaternions]."""
    v: Float[Array, " nv"]
    """Velocity [m/s, rad/s]."""


class Trajectory(eqx.Module):
    """A rollout. T steps give T + 1 states; row 0 is the start."""

    time: Float[Array, " T+1"]
    """Time of each state [s]."""
    q: Float[Array, "T+1 nq"]
    """Configurations."""
    v: Float[Array, "T+1 nv"]
    """Velocities."""
    command: Float[Array, "T nu"]
    """Command held over each step (unit of the actuator's kind)."""
    torque: Float[Array, "T nu"]
    """Torque (or force) that each actuator exerts on its joint over each step [N m or N]."""
    contact_force: Float[Array, "T points 3"]
    """Force of the ground on each contact point over each step, world axes [N]."""
    diverged: Bool[Array, ""]
    """True when the trajectory left the finite world."""
    diverged_step: Int[Array, ""]
    """First step that is not finite; T when none."""
    pair_force: Float[Array, "T pair_points 3"] | None = None
    """Force on each contact point between bodies (`pair_point_names`) over each step, world axes,
    and its opposite on the other body [N]; None where bodies do not touch each other."""


def initial_state(model: Model) -> State:
    """The start that the robot file gives."""
    return State(model.start_q, model.start_v)


def batch_size(model: Model) -> int:
    """Size of the trailing batch axis of a batched model."""
    return jax.tree.leaves(model.gravity)[0].shape[-1]
