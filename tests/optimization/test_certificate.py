import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.optimization.certificate.certify import certify
from robodiff.robot.load import parse_robot
from robodiff.robot.mentions import mentions
from tests.optimization.certified import Formula


def smooth(design, gain, steps):
    size = jnp.sin(3 * design["length"]) * gain[0] + jnp.exp(10 * design["radius"])
    return {"size": size, "gap": steps / 40 * gain[1] ** 2}


def label_of(certificate, name):
    return certificate.parameters[name].label


def test_a_smooth_loss_is_certified():
    certificate = certify(Formula(smooth))
    assert certificate.ok
    assert certificate.counts == {"ok": 4}
    assert list(certificate.parameters) == ["length", "radius", "gain[0]", "gain[1]"]
    assert certificate.worst_relative_error < 1e-8
    entry = certificate.parameters["gain[1]"]
    assert entry.group == "control"
    assert entry.reverse == pytest.approx(-0.8)
    assert entry.difference == pytest.approx(-0.8, rel=1e-9)


def test_it_is_made_in_float64_whatever_the_setting():
    with jax.enable_x64(False):
        certificate = certify(Formula(smooth), quick=True)
    assert certificate.worst_relative_error < 1e-8
    assert certificate.half_step is None


def test_gradient_norms_are_told_by_horizon():
    certificate = certify(Formula(smooth))
    assert [row["steps"] for row in certificate.horizons] == [5, 10, 20, 40]
    for row in certificate.horizons:
        gain = np.array([np.sin(3 * 0.5), -0.8 * row["steps"] / 40])
        assert row["control"] == pytest.approx(np.linalg.norm(gain))


def test_a_wrong_derivative_rule_is_found():
    @jax.custom_jvp
    def square(x):
        return x**2

    @square.defjvp
    def _(primal, tangent):
        return square(*primal), -2 * primal[0] * tangent[0]

    certificate = certify(Formula(lambda d, g, n: {"size": square(d["length"]) + g[0] + g[1]}))
    assert label_of(certificate, "length") == "wrong"
    assert certificate.parameters["length"].relative_error == pytest.approx(2.0)
    assert label_of(certificate, "gain[0]") == "ok"
    assert not certificate.ok


def test_a_parameter_without_influence_is_zero_and_told_why():
    certificate = certify(Formula(lambda d, g, n: {"gap": g[0] ** 2 + 0 * d["radius"]}, (0.0, 1.0)))
    entries = certificate.parameters
    assert {entry.label for entry in entries.values()} == {"zero"}
    assert "nearby" in entries["gain[0]"].note
    assert "no term of the loss sees it" in entries["gain[1]"].note
    radius = "links.rod.shapes[0].capsule.radius (line 9)"
    assert radius in entries["radius"].note
    assert certificate.ok


def test_a_silent_zero_is_wrong():
    def terms(design, gain, steps):
        return {"size": jax.lax.stop_gradient(design["length"]) + gain[0] + gain[1]}

    certificate = certify(Formula(terms))
    assert label_of(certificate, "length") == "wrong"
    assert "silent zero" in certificate.parameters["length"].note


def test_a_kink_is_told_with_its_slopes():
    def terms(design, gain, steps):
        return {"size": 3 * jnp.abs(gain[0]) + gain[0] + gain[1] + design["length"]}

    entry = certify(Formula(terms, (0.0, 1.0))).parameters["gain[0]"]
    assert entry.label == "wrong"
    assert "a kink here: its slope is -2 below and 4 above" in entry.note


def test_an_infinite_slope_that_spreads_in_forward_mode_names_its_parameter():
    def terms(design, gain, steps):
        root = jnp.sqrt(gain[0])
        return {"size": root * (1 + gain[1]) + design["length"]}

    certificate = certify(Formula(terms, (0.0, 1.0)), quick=True)
    assert certificate.failures[0] == "gain[0]"
    assert "spread from gain[0]" in certificate.parameters["gain[1]"].note


def test_a_gradient_that_is_not_finite_names_its_term():
    def terms(design, gain, steps):
        return {"size": design["length"], "root": jnp.sqrt(gain[0] ** 2) + gain[1]}

    certificate = certify(Formula(terms, (0.0, 1.0)))
    assert label_of(certificate, "gain[0]") == "non-finite"
    assert "root" in certificate.parameters["gain[0]"].note
    assert np.isnan(certificate.parameters["gain[0]"].relative_error)
    assert np.isnan(certificate.worst_relative_error)
    assert not certificate.ok


def test_a_trap_of_reverse_mode_alone_names_step_and_term():
    def terms(design, gain, steps):
        x = gain[0] if steps > 12 else gain[0] + 1.0
        return {"size": design["length"], "trap": jnp.where(x > 0, jnp.sqrt(x), 0.0) + gain[1]}

    certificate = certify(Formula(terms, (0.0, 1.0)))
    entry = certificate.parameters["gain[0]"]
    assert entry.label == "non-finite"
    assert np.isfinite(entry.forward)
    assert "step 12; term trap" in entry.note


def test_a_rough_loss_is_chaotic_from_some_horizon_on():
    def terms(design, gain, steps):
        roughness = 1.0 if steps > 10 else 0.0
        ripple = roughness * 1e-3 * jnp.sin(3e3 * (design["length"] - 0.5))
        gap = gain[0] ** 2 + gain[1] ** 2 + design["radius"]
        return {"size": design["length"] + ripple, "gap": gap}

    certificate = certify(Formula(terms))
    assert label_of(certificate, "length") == "chaotic"
    assert "up to step 10, not beyond" in certificate.parameters["length"].note
    assert label_of(certificate, "gain[0]") == "ok"
    assert certificate.ok


def test_uses_are_found_through_other_parameters_and_templates():
    text = """
name: r
parameters:
  a: 0.1
  b: 2 * a
  c: 1.0
links:
  x:
    joint: {type: hinge, axis: [0, 1, 0]}
    shapes: [{sphere: {radius: b}, mass: 1.0}]
"""
    robot = parse_robot(text)
    assert mentions(robot, "a") == ("links.x.shapes[0].sphere.radius (line 10)",)
    assert mentions(robot, "c") == ()
