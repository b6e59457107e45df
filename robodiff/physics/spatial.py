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

from robodiff.physics.layout import Components
from robodiff.physics.rotation import cross


def _add(a: Components, b: Components) -> list[Array]:
    return [x + y for x, y in zip(a, b, strict=True)]


def cross_motion(V: Components, S: Components) -> list[Array]:
    """V x S = (w x s, w x s_lin + v x s): how a motion S fixed in a frame moving with V changes
    (RBDA 2.31)."""
    w, v, s, s_lin = V[:3], V[3:], S[:3], S[3:]
    return [*cross(w, s), *_add(cross(w, s_lin), cross(v, s))]


def cross_force(V: Components, F: Components) -> list[Array]:
    """V x* F = (w x n + v x f, w x f) (RBDA 2.32)."""
    w, v, n, f = V[:3], V[3:], F[:3], F[3:]
    return [*_add(cross(w, n), cross(v, f)), *cross(w, f)]


def apply_inertia(inertia: Components, V: Components) -> list[Array]:
    """I V = (J w + h x v, m v - h x w) (RBDA 2.63)."""
    m, *rest = inertia
    h, J = rest[:3], rest[3:]
    w, v = V[:3], V[3:]
    moment = _add(symmetric_product(J, w), cross(h, v))
    hw = cross(h, w)
    return [*moment, *(m * v[i] - hw[i] for i in range(3))]


def symmetric_product(J: Components, w: Components) -> list[Array]:
    """J w for J = (xx, yy, zz, xy, xz, yz)."""
    xx, yy, zz, xy, xz, yz = J
    x, y, z = w
    return [xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z]


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
