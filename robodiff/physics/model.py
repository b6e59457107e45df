"""The robot as numbers: a `Model` of traced arrays, with its static `Topology`.

Every number of a `Model` may be differentiated; names, joint types and the tree may not.
A *batched* model is the same class with one more axis at the END of every array
(`jax.vmap(build_model, out_axes=-1)`); the physics core works in that layout only, and the
single robot is its case of batch size one (see `layout.py`).
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from robodiff.physics.couplings import Couplings, Fluid, Tendons
from robodiff.physics.heightfield import Terrain
from robodiff.physics.topology import Topology


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
