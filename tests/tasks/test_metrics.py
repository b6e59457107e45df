"""Each metric on motions whose value is known."""

import numpy as np
import pytest

from tests.tasks.robots import metric

G = 9.81


def walk(t):
    """2 m/s along x at 0.8 m, upright."""
    return [2.0 * t, 0.8, 0.0, 0.0]


def lean(angle):
    return lambda t: [0.0, 0.8, angle, 0.0]


def test_distance_and_velocity_along_x():
    assert metric("distance: {}", q=walk) == pytest.approx(2.0)
    assert metric("velocity: {}", q=walk) == pytest.approx(2.0)
    assert metric("velocity: {of: com, after: 0.3}", q=walk) == pytest.approx(2.0)
    assert metric("distance: {after: 0.25}", q=walk) == pytest.approx(1.5)


def test_distance_along_a_direction():
    text = "distance: {of: leg, direction: [-3, 0, 4]}"
    assert metric(text, q=walk) == pytest.approx(-1.2)


def test_velocity_tracking_is_zero_at_the_target():
    assert metric("velocity_tracking: {target: 2}", q=walk) == pytest.approx(0.0, abs=1e-12)
    assert metric("velocity_tracking: {target: 0.5}", q=walk) == pytest.approx(2.25)


def hop(t):
    return [0.0, 0.8 + 0.3 * np.sin(np.pi * t), 0.0, 0.0]


def test_heights():
    assert metric("height: {reduce: max, sharpness: 1000}", q=hop) == pytest.approx(1.1, abs=5e-3)
    assert metric("height: {reduce: min, sharpness: 1000}", q=hop) == pytest.approx(0.8, abs=5e-3)
    assert metric("height: {reduce: final}", q=hop) == pytest.approx(0.8)
    assert metric("height: {}", q=hop) == pytest.approx(0.8 + 0.6 / np.pi, abs=3e-3)
    text = "height: {relative: true, of: com, reduce: max, sharpness: 1000}"
    assert metric(text, q=hop) == pytest.approx(0.3, abs=5e-3)


def test_fall_counts_only_below_its_threshold():
    assert metric("fall: {below: 0.7}", q=walk) == 0.0
    assert metric("fall: {below: 1.6}", q=walk) == pytest.approx(0.25)


def test_survival_is_the_duration_when_high_and_upright():
    assert metric("survival: {below: 0.3}", q=walk) == pytest.approx(1.0, abs=0.02)
    assert metric("survival: {below: 1.5}", q=walk) == pytest.approx(0.0, abs=0.02)
    assert metric("survival: {below: 0.3, of: com}", q=lean(2.0)) == pytest.approx(0.0, abs=0.02)


def test_upright_and_heading():
    assert metric("upright: {}", q=lean(0.0)) == pytest.approx(0.0)
    assert metric("upright: {}", q=lean(0.4)) == pytest.approx(1 - np.cos(0.4))
    assert metric("upright: {link: leg}", q=lean(0.4)) == pytest.approx(1 - np.cos(0.4))
    assert metric("heading: {}", q=lean(0.4)) == pytest.approx(1 - np.cos(0.4))


def test_reach_visits_targets_in_order():
    text = "reach: {link: leg, point: [0, 0, -0.5], targets: [[1, 0, 0.3], [2, 0, 0.3]]}"
    assert metric(text, q=walk) == pytest.approx(0.0, abs=1e-3)
    off = text.replace("0.3]", "0.7]")
    assert metric(off, q=walk) == pytest.approx(0.4, abs=2e-3)
    timed = "reach: {link: torso, targets: [{position: [1, 0, 0.8], time: 0.5}], hold: 0.1}"
    assert metric(timed, q=walk) == pytest.approx(0.1, abs=0.01)


def moving(speed, torque):
    return {"v": lambda t: [0, 0, 0, speed], "torque": lambda t: [torque]}


def test_work_of_the_actuators():
    push, brake = moving(3.0, 5.0), moving(3.0, -5.0)
    assert metric("energy: {}", q=walk, **push) == pytest.approx(15.0, abs=0.1)
    assert metric("energy: {}", q=walk, **brake) == pytest.approx(0.0, abs=0.1)
    assert metric("energy: {work: absolute}", q=walk, **brake) == pytest.approx(15.0, abs=0.2)
    assert metric("energy: {work: net}", q=walk, **brake) == pytest.approx(-15.0)
    heat = (5.0 / 2.0 / 0.5) ** 2
    text = "energy: {work: electrical, after: 0.5}"
    assert metric(text, q=walk, **push) == pytest.approx(0.5 * (15.0 + heat), abs=0.1)


def test_no_motion_costs_nothing():
    for text in ("energy", "torque", "effort", "joint_speed", "smoothness", "impact", "slip"):
        assert metric(text + ": {}", q=walk) == 0.0


def test_torque_is_relative_to_the_limit():
    assert metric("torque: {}", q=walk, torque=lambda t: [10.0]) == pytest.approx(0.25)
    assert metric("effort: {}", q=walk, torque=lambda t: [10.0]) == pytest.approx(100.0)


def test_cost_of_transport_is_energy_over_weight_and_distance():
    value = metric("cost_of_transport: {}", q=walk, **moving(3.0, 5.0))
    assert value == pytest.approx(15.0 / (4.0 * G * 2.0), rel=0.01)


def test_joint_limits():
    bent = metric("joint_limit: {}", q=lambda t: [0, 1, 0, 0.7])
    assert bent == pytest.approx(0.04)
    assert metric("joint_limit: {margin: 0.1}", q=lambda t: [0, 1, 0, -0.5]) == pytest.approx(0.01)


def test_final_pose_counts_whole_turns_as_nothing():
    turned = {"q": lambda t: [0, 1, 0, 2 * np.pi + 0.1], "v": lambda t: [0, 0, 0, 2.0]}
    value = metric("final_pose: {pose: {hip: 0.1}, velocity: {hip: 0}}", **turned)
    assert value == pytest.approx(0.4)
    assert metric("final_pose: {pose: {torso.z: 0.5}}", q=walk) == pytest.approx(0.09)


def test_smoothness_is_the_squared_command_rate():
    value = metric("smoothness: {}", q=walk, command=lambda t: [3.0 * t])
    assert value == pytest.approx(9.0)


def test_slip_is_the_squared_speed_of_a_loaded_foot():
    loaded = {"force": lambda t: [[0, 0, 40.0]], "v": lambda t: [2.0, 0, 0, 0]}
    assert metric("slip: {}", q=walk, **loaded) == pytest.approx(4.0, rel=1e-2)
    # Rolling about the lowest point of the foot: v = omega x r, with the foot 0.5 m below.
    rolling = {"force": lambda t: [[0, 0, 40.0]], "v": lambda t: [1.0, 0, 2.0, 0]}
    assert metric("slip: {}", q=walk, **rolling) == pytest.approx(0.0, abs=1e-12)


def test_impact_is_relative_to_weight():
    force = {"force": lambda t: [[0, 0, 2 * 4.0 * G]]}
    assert metric("impact: {}", q=walk, **force) == pytest.approx(4.0)


def test_clearance_excuses_high_feet():
    low = metric("clearance: {links: leg}", q=lambda t: [2.0 * t, 0.0, 0, 0])
    assert low == pytest.approx(4.0)
    assert metric("clearance: {links: leg}", q=walk) < 1e-6


def test_mass():
    assert metric("mass: {}", q=walk) == pytest.approx(4.0)
