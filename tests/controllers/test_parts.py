"""What each kind of controller computes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics.layout import add_batch
from tests.controllers.robots import FLOATER, controller, state


def command(made, time=0.3, parameters=None, at=None):
    parameters = made.initial() if parameters is None else parameters
    at = state() if at is None else at
    return np.asarray(made.command(add_batch(parameters), time, at))[:, 0]


def test_a_constant_spline_is_constant():
    made = controller("{type: spline, knots: 4, value: {hip_*: 0.3, knee_*: -0.2}}")
    for time in (0.0, 0.7, 5.0):
        np.testing.assert_allclose(command(made, time), [0.3, -0.2, 0.3, -0.2])


def test_a_spline_is_held_after_its_end_and_smooth_before():
    made = controller("{type: spline, knots: 5, duration: 2, value: [0, 1, -1, 2, 0.5]}")
    curve = made.commands(add_batch(made.initial()), jnp.linspace(0, 4, 4001))[:, 0, 0]
    np.testing.assert_allclose(curve[2600:], 0.5)
    assert np.abs(np.diff(curve, 2)).max() < 3e-5  # the second derivative jumps nowhere


def test_a_periodic_spline_repeats_with_its_period():
    made = controller(
        "{type: spline, knots: 5, periodic: true, period: 0.8, value: [0, 1, -1, 2, 0]}"
    )
    np.testing.assert_allclose(command(made, 0.1), command(made, 1.7), atol=1e-12)
    assert set(made.initial()) == {"knots", "log_period"}


def test_an_oscillator_is_a_sine():
    made = controller("{type: oscillator, frequency: 2, amplitude: 0.5, phase: 0.3, offset: 0.1}")
    expected = 0.1 + 0.5 * np.sin(2 * np.pi * 2 * 0.3 + 0.3)
    np.testing.assert_allclose(command(made), np.full(4, expected))


def test_mirrored_actuators_share_parameters_half_a_period_apart():
    made = controller("{type: oscillator, mirror: [['*_left', '*_right']], second_harmonic: true}")
    parameters = jax.tree.map(lambda x: x + 0.3, made.initial())
    assert parameters["amplitude"].shape == (2,)
    half = 0.5 / float(jnp.exp(parameters["log_frequency"]))
    left, right = command(made, 0.2, parameters)[:2], command(made, 0.2 + half, parameters)[2:]
    np.testing.assert_allclose(left, right, atol=1e-12)


def test_groups_share_parameters_with_given_phases():
    text = "{type: oscillator, groups: [{actuators: 'hip_*', phases: [0, 1.5]}], frequency: 1}"
    made = controller(text)
    hips = command(made, 0.25)[[0, 2]]
    np.testing.assert_allclose(hips, 0.1 * np.sin(np.pi / 2 + np.array([0.0, 1.5])))


def test_a_ramp_starts_from_the_offset():
    made = controller("{type: oscillator, phase: 1, offset: 0.2, ramp: 0.5}")
    np.testing.assert_allclose(command(made, 0.0), 0.2)


def test_own_frequencies_differ():
    made = controller("{type: oscillator, own_frequency: true, frequency: {hip_*: 1, knee_*: 2}}")
    np.testing.assert_allclose(np.exp(made.initial()["log_frequency"]), [1, 2, 1, 2])


def test_pd_pulls_towards_its_target():
    made = controller("{type: pd, kp: 50, kd: 2, target: {type: spline, value: 0.4}}")
    at = state()
    expected = 50 * (0.4 - at.q[3:, 0]) - 2 * at.v[3:, 0]
    np.testing.assert_allclose(command(made, at=at), expected)
    assert set(made.initial()) == {"target"}


def test_pd_gains_may_be_parameters():
    made = controller("{type: pd, kp: 50, kd: 2, fixed: [kd], target: {type: spline}}")
    np.testing.assert_allclose(np.exp(made.initial()["log_kp"]), 50)


def test_feedback_is_linear_in_the_named_features():
    made = controller(
        """
        type: feedback
        features: [q.torso.pitch, v.torso.*]
        actuators: hip_*
        gains: {hip_*: {q.torso.pitch: 0.5, v.torso.pitch_rate: 0.1}}
        reference: {q.torso.pitch: 0.2}
        bias: 0.3
        share: [hip_*]
        """
    )
    at = state()
    hip = 0.3 + 0.5 * (at.q[2, 0] - 0.2) + 0.1 * at.v[2, 0]
    np.testing.assert_allclose(command(made, at=at), [hip, 0, hip, 0])
    assert made.initial()["gain"].shape == (1, 4)


def test_body_features_turn_with_the_body_and_not_with_its_heading():
    made = controller("{type: feedback, features: [body.*, q.root.z]}", FLOATER)
    features = made.features
    at = state(FLOATER)
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])  # a quarter turn about z
    w, x, y, z = at.q[3:7, 0]
    c = np.sqrt(0.5)
    turned = jnp.stack([c * (w - z), c * (x - y), c * (y + x), c * (z + w)])[:, None]
    q = jnp.concatenate([turn @ at.q[:3], turned, at.q[7:]])
    v = jnp.concatenate([turn @ at.v[:3], at.v[3:]])
    other = type(at)(q, v)
    np.testing.assert_allclose(features.values(at), features.values(other), atol=1e-12)
    assert features.names[0] == "q.root.z"


def test_all_leaves_out_the_absolute_place():
    made = controller("{type: feedback, features: all}", FLOATER)
    assert not {"q.root.x", "q.root.y", "q.root.qw", "v.root.vx"} & set(made.features.names)
    assert {"q.root.z", "q.shoulder", "v.shoulder", "body.up.z"} <= set(made.features.names)


def test_a_policy_starts_near_zero_and_is_bounded_by_its_scale():
    made = controller("{type: policy, hidden: [8, 8], clock: 1.5, scale: 3}")
    parameters = made.initial()
    assert np.abs(command(made)).max() < 1.0
    large = jax.tree.map(lambda x: 100.0 * x, parameters)
    assert np.abs(command(made, parameters=large)).max() <= 3.0
    assert parameters["weight0"].shape == (8, 12 + 2 + 1 - 1 + 1)


def test_a_sum_adds_its_parts():
    parts = (
        "{type: spline, value: 0.2}",
        "{type: oscillator, name: swing}",
        "{type: spline, value: 1}",
    )
    made = controller("{type: sum, parts: [" + ", ".join(parts) + "]}")
    expected = sum(command(controller(part)) for part in parts)
    np.testing.assert_allclose(command(made), expected)
    assert set(made.initial()) == {"spline", "swing", "spline_2"}
    assert made.open_loop


def test_scale_changes_the_parameters_and_not_the_command():
    plain, scaled = "{type: spline, value: 30}", "{type: spline, value: 30, scale: {hip_*: 60}}"
    np.testing.assert_allclose(command(controller(plain)), command(controller(scaled)))
    np.testing.assert_allclose(controller(scaled).initial()["knots"][:, 0], [0.5, 30, 0.5, 30])


def test_a_limit_bounds_the_command():
    made = controller("{type: spline, value: 30, limit: {hip_*: 10}}")
    hips, knees = command(made)[::2], command(made)[1::2]
    assert np.all(hips < 10.0)
    np.testing.assert_allclose(knees, 30.0)


@pytest.mark.parametrize("actuators", ["knee_left", "[hip_left, hip_right]", "'*_right'"])
def test_actuators_that_are_not_named_get_nothing(actuators):
    made = controller("{type: spline, value: 1, actuators: " + actuators + "}")
    driven = [index for index, value in enumerate(command(made)) if value]
    assert tuple(driven) == made.rows
