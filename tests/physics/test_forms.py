"""Bilinear forms against numpy's products and the formulas they are made of."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from robodiff.physics import rotation, spatial
from robodiff.physics.forms import Form, bilinear, form_p
from robodiff.physics.layout import components, stack

RANDOM = np.random.default_rng(0)
SIZES = {"cross": (3, 3), "cross_motion": (6, 6), "cross_force": (6, 6),
         "apply_inertia": (10, 6), "symmetric_product": (6, 3)}  # fmt: skip
ALL = pytest.mark.parametrize("name", SIZES)


def arrays(name, *batch):
    return [jnp.asarray(RANDOM.normal(size=(4, k, *batch))) for k in SIZES[name]]


def of_arrays(name):
    """The form as a function of arrays."""
    form = getattr(spatial, name)
    return lambda a, b: stack(form(components(a), components(b)))


def spatial_matrix(w, v):
    """[V x] of a motion (RBDA 2.31)."""
    cross = lambda a: np.cross(a, np.eye(3)).T  # noqa: E731  its columns are a x e
    return np.block([[cross(w), np.zeros((3, 3))], [cross(v), cross(w)]])


def test_cross_products_of_motions_and_forces_are_those_of_the_matrices():
    V, S = arrays("cross_motion")
    for row, motion, force, x in zip(V, of_arrays("cross_motion")(V, S),
                                     of_arrays("cross_force")(V, S), S, strict=True):  # fmt: skip
        matrix = spatial_matrix(row[:3], row[3:])
        np.testing.assert_allclose(motion, matrix @ x, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(force, -matrix.T @ x, rtol=1e-12, atol=1e-12)


def test_an_inertia_gives_the_momentum_of_point_masses():
    r, m, V = RANDOM.normal(size=(5, 3)), RANDOM.uniform(1, 2, 5), RANDOM.normal(size=6)
    J = [m @ (r[:, i] ** 2 + r[:, j] ** 2) for i, j in ((1, 2), (0, 2), (0, 1))]
    J += [-m @ (r[:, i] * r[:, j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    momentum = m[:, None] * (V[3:] + np.cross(V[:3], r))
    expected = [*np.cross(r, momentum).sum(axis=0), *momentum.sum(axis=0)]
    inertia = [jnp.asarray([x]) for x in (m.sum(), *(m @ r), *J)]
    found = spatial.apply_inertia(inertia, [jnp.asarray([x]) for x in V])
    np.testing.assert_allclose(np.ravel(found), expected, rtol=1e-12)


@ALL
def test_derivatives_of_both_orders_are_right(name):
    check_grads(of_arrays(name), arrays(name), order=2, modes=("fwd", "rev"))


@ALL
def test_a_derivative_in_one_quantity_alone_is_right(name):
    a, b = arrays(name)
    check_grads(lambda a: of_arrays(name)(a, b), (a,), order=2, modes=("fwd", "rev"))
    check_grads(lambda b: of_arrays(name)(a, b), (b,), order=2, modes=("fwd", "rev"))


@ALL
def test_a_batch_is_each_robot_alone_mapped_or_not(name):
    a, b = arrays(name, 3)
    together = of_arrays(name)(a, b)
    one_by_one = [of_arrays(name)(a[..., i], b[..., i]) for i in range(3)]
    np.testing.assert_allclose(together, np.stack(one_by_one, axis=-1), rtol=1e-13)
    mapped = jax.vmap(of_arrays(name), (-1, None))(a, b[..., 0])
    np.testing.assert_allclose(mapped[0], one_by_one[0], rtol=1e-13)


def test_one_row_counts_for_all_and_is_added_up_in_its_derivative():
    a, b = arrays("cross")
    one = lambda a: of_arrays("cross")(jnp.broadcast_to(a, b.shape[:1] + a.shape[1:]), b)  # noqa: E731
    found = stack(spatial.cross(components(a[:1]), components(b)))
    np.testing.assert_allclose(found, np.cross(a[:1], b), rtol=1e-12)
    pulled = jax.vjp(lambda a: stack(spatial.cross(components(a), components(b))), a[:1])[1]
    np.testing.assert_allclose(pulled(b)[0], jax.vjp(one, a[:1])[1](b)[0], rtol=1e-12)


def test_a_formula_becomes_its_terms():
    traced = jax.make_jaxpr(bilinear(2, 1, lambda a, b: [-a[1] * b[0]]))([1.0, 2.0], [3.0])
    (equation,) = (each for each in traced.eqns if each.primitive is form_p)
    assert equation.params["form"][:2] == Form((2, 1, 1), ((1, 0, 0, -1),))[:2]


@pytest.mark.parametrize("coefficient", [2.0, 0.5, 1.5])
def test_a_formula_with_other_coefficients_is_refused(coefficient):
    with pytest.raises(AssertionError):
        bilinear(1, 1, lambda a, b: [coefficient * a[0] * b[0]])


def test_its_cross_product_is_that_of_components():
    a, b = (components(x) for x in arrays("cross"))
    np.testing.assert_array_equal(spatial.cross(a, b), rotation.cross(a, b))
