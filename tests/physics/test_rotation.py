"""Rotation helpers against scipy, and their derivatives where formulas divide by zero."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from robodiff.physics import rotation

FEW = settings(max_examples=25, deadline=None)
vectors = st.lists(st.floats(-1.7, 1.7), min_size=3, max_size=3).map(np.array)
quaternions = (
    st.lists(st.floats(-1, 1), min_size=4, max_size=4)
    .map(np.array)
    .filter(lambda x: np.linalg.norm(x) > 0.1)
    .map(lambda x: x / np.linalg.norm(x))
)


def call(function, *arrays):
    return np.array(function(*(list(jnp.asarray(array)) for array in arrays)))


def scipy_matrix(quaternion):
    return Rotation.from_quat(quaternion, scalar_first=True).as_matrix()


@FEW
@given(quaternions)
def test_matrix_is_scipys(quaternion):
    matrix = call(rotation.quaternion_to_matrix, quaternion).reshape(3, 3)
    np.testing.assert_allclose(matrix, scipy_matrix(quaternion), atol=1e-14)


@FEW
@given(quaternions)
def test_length_of_a_quaternion_does_not_matter(quaternion):
    once = call(rotation.quaternion_to_matrix, quaternion)
    np.testing.assert_allclose(
        call(rotation.quaternion_to_matrix, 3.0 * quaternion), once, atol=1e-14
    )


@FEW
@given(quaternions, quaternions)
def test_product_of_quaternions_is_product_of_matrices(a, b):
    product = call(rotation.quaternion_multiply, a, b)
    np.testing.assert_allclose(scipy_matrix(product), scipy_matrix(a) @ scipy_matrix(b), atol=1e-14)
    composed = call(rotation.compose, scipy_matrix(a).ravel(), scipy_matrix(b).ravel())
    np.testing.assert_allclose(composed, (scipy_matrix(a) @ scipy_matrix(b)).ravel(), atol=1e-14)


@FEW
@given(quaternions)
def test_matrix_and_quaternion_are_inverse(quaternion):
    back = call(rotation.matrix_to_quaternion, scipy_matrix(quaternion).ravel())
    np.testing.assert_allclose(scipy_matrix(back), scipy_matrix(quaternion), atol=1e-13)


@FEW
@given(vectors)
def test_log_undoes_exp(vector):
    quaternion = call(rotation.quaternion_exp, 0.5 * vector)
    np.testing.assert_allclose(np.linalg.norm(quaternion), 1.0, atol=1e-15)
    np.testing.assert_allclose(call(rotation.quaternion_log, quaternion), vector, atol=1e-13)


@FEW
@given(vectors.filter(lambda x: np.linalg.norm(x) > 0.1), st.floats(-7, 7))
def test_axis_angle_is_scipys(axis, angle):
    axis = axis / np.linalg.norm(axis)
    matrix = rotation.axis_angle_matrix(list(axis), jnp.asarray(angle))
    expected = Rotation.from_rotvec(angle * axis).as_matrix().ravel()
    np.testing.assert_allclose(np.array(matrix), expected, atol=1e-14)


@FEW
@given(quaternions, vectors)
def test_rotating_back_undoes_rotating(quaternion, vector):
    matrix = scipy_matrix(quaternion).ravel()
    there = call(rotation.rotate, matrix, vector)
    np.testing.assert_allclose(there, scipy_matrix(quaternion) @ vector, atol=1e-14)
    np.testing.assert_allclose(call(rotation.rotate_back, matrix, there), vector, atol=1e-14)


def test_norm_has_gradient_zero_at_zero():
    gradient = jax.grad(lambda x: rotation.safe_norm(list(x)))
    np.testing.assert_array_equal(gradient(jnp.zeros(3)), np.zeros(3))
    np.testing.assert_allclose(gradient(jnp.array([3.0, 0.0, 4.0])), [0.6, 0.0, 0.8])


@pytest.mark.parametrize("size", [0.0, 1e-12, 1e-5, 0.99e-4, 1.01e-4, 1e-2])
def test_exp_and_log_have_exact_derivatives_around_zero(size):
    vector = size * jnp.array([0.6, 0.0, 0.8])

    def there_and_back(x):
        return jnp.stack(rotation.quaternion_log(rotation.quaternion_exp(list(0.5 * x))))

    np.testing.assert_allclose(jax.jacfwd(there_and_back)(vector), np.eye(3), atol=1e-9)
    np.testing.assert_allclose(jax.jacrev(there_and_back)(vector), np.eye(3), atol=1e-9)
