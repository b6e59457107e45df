"""What acts on several joints or links at once: tendons, couplings, and the drag of a fluid.

Numbers only; names and what is tied to what stand in `Topology`, the laws in `ties.py`. All are
None in a `Model` without them.
"""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Float


class Tendons(eqx.Module):
    """One row a tendon, whose length is the sum of lever x coordinate.

    Lengths are in metres where levers are radii; radians where they are ratios of hinge angles.
    """

    lever: Float[Array, " terms"]
    """d length / d coordinate of each term of `Topology.tendon_dofs`, tendon by tendon."""
    stiffness: Float[Array, " tendons"]
    """Of a spring [N/m or N m/rad]."""
    damping: Float[Array, " tendons"]
    """[N s/m or N m s/rad]."""
    friction: Float[Array, " tendons"]
    """Dry friction [N or N m]."""
    rest_lower: Float[Array, " tendons"]
    """The spring is at ease from here ..."""
    rest_upper: Float[Array, " tendons"]
    """... to here."""
    lower: Float[Array, " tendons"]
    """Least length; -inf for none."""
    upper: Float[Array, " tendons"]
    """Largest length; inf for none."""
    limit_stiffness: Float[Array, " tendons"]
    """Of the stops [N/m or N m/rad]."""


class Couplings(eqx.Module):
    """One row a coupling of `Topology.coupling_kinds`; the rows of other kinds are unused."""

    polynomial: Float[Array, "couplings 5"]
    """joint, tendon: the first follows sum_k polynomial_k x^k of the second, or polynomial_0."""
    first_point: Float[Array, "couplings 3"]
    """point, weld: in the first link's frame [m]; held together with ..."""
    second_point: Float[Array, "couplings 3"]
    """... this one, in the second link's frame [m]."""
    rotation: Float[Array, "couplings 4"]
    """weld: orientation of the second link's frame in the first's, a unit quaternion."""
    stiffness: Float[Array, " couplings"]
    """Of the spring that holds it [N/m, N m/rad for two hinges]."""
    turning_stiffness: Float[Array, " couplings"]
    """weld: of its rotation [N m/rad]."""
    time_constant: Float[Array, " couplings"]
    """In which an error decays: damping / stiffness [s]."""


class Fluid(eqx.Module):
    """The fluid around everything, and the box that stands for each link in it."""

    density: Float[Array, ""]
    """[kg/m^3]."""
    viscosity: Float[Array, ""]
    """[Pa s]."""
    wind: Float[Array, "3"]
    """Velocity of the fluid, world axes [m/s]."""
    box: Float[Array, "links 3"]
    """Sides of the box with the link's mass and moments; 0 without mass [m]."""
    axes: Float[Array, "links 9"]
    """Row-major rotation: the box's axes in the link's frame."""
