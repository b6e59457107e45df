"""Six-dimensional motion, force and inertia.

Conventions, stated once: spatial vectors are angular first, in world axes, about one reference
point for the whole
robot (its centre of mass at that instant, so that float32 holds far from the origin). A motion is
(angular velocity, linear velocity of the body-fixed point at the reference). A force is (moment
about the reference,
force). An inertia has ten numbers: mass m, first moment h = m c, and the rotational inertia about
the
reference point. Featherstone, Rigid Body Dynamics Algorithms (2008), ch. 2.
"""

from __future__ import annotations

from jaxtyping import Array

from robodiff.physics import rotation
from robodiff.physics.forms import bilinear
from robodiff.physics.layout import Components


def _add(a: Components, b: Components) -> list[Array]:
    return [x + y for x, y in zip(a, b, strict=True)]


def _cross_motion(V: Components, S: Components) -> list[Array]:
    w, v, s, s_lin = V[:3], V[3:], S[:3], S[3:]
    return [*rotation.cross(w, s), *_add(rotation.cross(w, s_lin), rotation.cross(v, s))]


def _cross_force(V: Components, F: Components) -> list[Array]:
    w, v, n, f = V[:3], V[3:], F[:3], F[3:]
    return [*_add(rotation.cross(w, n), rotation.cross(v, f)), *rotation.cross(w, f)]


def _apply_inertia(inertia: Components, V: Components) -> list[Array]:
    m, h, J, w, v = inertia[0], inertia[1:4], inertia[4:], V[:3], V[3:]
    moment = _add(_symmetric_product(J, w), rotation.cross(h, v))
    return [*moment, *(m * x - y for x, y in zip(v, rotation.cross(h, w), strict=True))]


def _symmetric_product(J: Components, w: Components) -> list[Array]:
    xx, yy, zz, xy, xz, yz = J
    x, y, z = w
    return [xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z]


cross = bilinear(3, 3, rotation.cross)
"""a x b."""
cross_motion = bilinear(6, 6, _cross_motion)
"""V x S = (w x s, w x s_lin + v x s): how a motion S fixed in a frame moving with V changes
(RBDA 2.31)."""
cross_force = bilinear(6, 6, _cross_force)
"""V x* F = (w x n + v x f, w x f) (RBDA 2.32)."""
apply_inertia = bilinear(10, 6, _apply_inertia)
"""I V = (J w + h x v, m v - h x w) (RBDA 2.63)."""
symmetric_product = bilinear(6, 3, _symmetric_product)
"""J w for J = (xx, yy, zz, xy, xz, yz)."""


def rotate_symmetric(R: Components, J: Components) -> list[Array]:
    """R J R^T, six components."""
    columns = [symmetric_product(J, R[3 * i : 3 * i + 3]) for i in range(3)]

    def entry(i: int, j: int) -> Array:
        row, column = R[3 * i : 3 * i + 3], columns[j]
        return row[0] * column[0] + row[1] * column[1] + row[2] * column[2]

    return [entry(0, 0), entry(1, 1), entry(2, 2), entry(0, 1), entry(0, 2), entry(1, 2)]


def point_mass_inertia(m: Array, r: Components) -> list[Array]:
    """m (|r|^2 1 - r r^T), six components: the parallel-axis term."""
    x, y, z = r
    mx, my, mz = m * x, m * y, m * z
    return [my * y + mz * z, mx * x + mz * z, mx * x + my * y, -mx * y, -mx * z, -my * z]
