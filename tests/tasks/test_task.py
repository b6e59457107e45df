"""Weighing, starting, and the gradients of everything."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.errors import InputError
from robodiff.physics.kinematics import link_poses
from robodiff.physics.layout import drop_batch
from robodiff.physics.shapes import contact_point_names
from robodiff.tasks.base import base_pose
from robodiff.tasks.evaluation import Evaluation
from robodiff.tasks.task import METRICS
from tests.fast import FAST
from tests.tasks.robots import every_joint, hopper, task, trajectory
from tests.trees import random_q

EVERYTHING = """
duration: 1.0
samples: 6
metrics:
  distance: {of: com}
  velocity: {target: 1}
  velocity_tracking: {target: 1.0, of: NAMED}
  height: {reduce: max}
  energy:
  electrical: {type: energy, work: electrical}
  absolute: {type: energy, work: absolute}
  torque: {at_most: -0.1}
  effort: 0.1
  cost_of_transport:
  upright:
  heading: {link: NAMED}
  fall: {below: 5.0}
  survival: {below: 0.5, of: com}
  reach: {link: NAMED, point: [0.1, 0, 0.2], targets: [[1, 0, 0], {position: [0, 0, 1], time: 0.7}]}
  joint_limit: {margin: 2}
  joint_speed:
  final_pose: {pose: {"*": 1.0}, velocity: {"*": 0}, hold: 0.1}
  smoothness: 0.01
  slip:
  impact:
  clearance: {links: "*"}
  mass:
"""


def random_run(model):
    """A random trajectory of a batch, smooth enough to differentiate."""
    rng = np.random.default_rng(0)
    topology, points = model.topology, len(contact_point_names(model.topology))
    start, end = random_q(rng, topology), random_q(rng, topology)
    v, torque, force = (rng.normal(size=(101, n)) for n in (model.nv, model.nu, 3 * points))
    return trajectory(
        model,
        q=lambda t: np.asarray(start + 0.3 * t * end),
        v=lambda t: v[round(100 * t)],
        torque=lambda t: torque[round(100 * t)],
        command=lambda t: np.sin(3 * t + np.arange(model.nu)),
        force=lambda t: force[round(100 * t)].reshape(points, 3),
    )


@pytest.fixture(scope="module")
def value_and_gradient():
    """A random sum of every metric's term (tamed by asinh) of the robot with every joint."""
    model = every_joint()
    made = task(EVERYTHING.replace("NAMED", model.topology.link_names[4]), model.topology)
    assert {spec.type for spec in made.spec.metrics.values()} == set(METRICS)
    _, rest = eqx.partition((model, random_run(model)), eqx.is_inexact_array)
    weights = np.random.default_rng(1).normal(size=(len(made.units), 2))

    def total(real):
        terms = made.terms(*eqx.combine(real, rest))
        return jnp.sum(weights * jnp.arcsinh(jnp.stack(list(terms.values()))))

    return jax.jit(jax.value_and_grad(total), compiler_options=FAST)


def reals(model, run):
    return eqx.filter((model, run), eqx.is_inexact_array)


def test_gradients_of_every_metric_match_differences(value_and_gradient):
    model = every_joint()
    start = reals(model, random_run(model))
    _, gradient = value_and_gradient(start)
    rng = np.random.default_rng(2)
    # Infinite limits and the time grid stay where they are.
    direction = jax.tree.map(lambda x: np.where(np.isfinite(x), rng.normal(size=x.shape), 0), start)
    direction = eqx.tree_at(lambda tree: tree[1].time, direction, np.zeros(101))
    slope = sum(
        np.sum(g * d) for g, d in zip(*map(jax.tree.leaves, (gradient, direction)), strict=True)
    )

    def moved(h):
        return float(value_and_gradient(jax.tree.map(lambda x, d: x + h * d, start, direction))[0])

    assert float(slope) == pytest.approx((moved(1e-6) - moved(-1e-6)) / 2e-6, rel=1e-5)


def test_gradients_are_finite_at_rest(value_and_gradient):
    model = every_joint()
    still = trajectory(model, q=lambda t: model.start_q[:, 0])
    value, gradient = value_and_gradient(reals(model, still))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((value, gradient)))


def test_floating_bases_are_read_off_q():
    model = every_joint()
    run = random_run(model)
    poses = link_poses(model, run.q[7])
    for link, kind in enumerate(model.topology.joint_types):
        if kind in ("planar", "free") and model.topology.parents[link] < 0:
            place, turn = base_pose(model, link, run.q)
            np.testing.assert_allclose(jnp.stack(place)[:, 7], poses.position[link], atol=1e-12)
            np.testing.assert_allclose(jnp.stack(turn)[:, 7], poses.rotation[link], atol=1e-12)


def test_poses_belong_to_their_robot_and_instant():
    model = every_joint()
    run = Evaluation(model, random_run(model), 1.0, samples=5)
    place = run.position(model.topology.link_names[4])
    poses = link_poses(model, run.trajectory.q[run.rows[2]])
    np.testing.assert_allclose(jnp.stack(place.parts)[:, 2], poses.position[4], atol=1e-12)


def test_terms_are_weighted_and_signed():
    walk = lambda t: [2.0 * t, 0.8, 0.0, 0.0]  # noqa: E731
    model = hopper()
    made = task(
        """
        duration: 1
        metrics:
          distance: 3
          tracked: {type: velocity, target: 1.5, weight: 2}
          slow: {type: velocity, at_most: 1, scale: 2}
          enough: {type: velocity, at_least: 1}
          mass: {weight: 0.5, scale: 2}
        """
    )
    terms = {k: float(v[0]) for k, v in made.terms(model, trajectory(model, q=walk)).items()}
    expected = {"distance": -6.0, "tracked": 0.5, "slow": 0.25, "enough": 0.0, "mass": 1.0}
    assert terms == pytest.approx(expected)
    assert float(made.loss(model, trajectory(model, q=walk))[0]) == pytest.approx(-4.25)
    assert made.units["tracked"] == "m/s"
    assert made.higher_is_better["distance"]


BARE = "duration: 1\nmetrics: {mass: 0}\n"


def test_the_start_overrides_coordinates():
    made = task(BARE + "start: {hip: 0.3, torso.z: 1}\nstart_velocity: {torso.vx: 2}")
    start = made.initial_state(hopper())
    np.testing.assert_allclose(start.q[:, 0], [0, 1, 0, 0.3])
    np.testing.assert_allclose(start.v[:, 0], [2, 0, 0, 0])
    single = made.initial_state(drop_batch(hopper()))
    np.testing.assert_allclose(single.q, start.q[:, 0])


def test_clearance_puts_the_foot_above_the_ground():
    start = task(BARE + "clearance: 0.02\nstart: {hip: 0}").initial_state(hopper())
    assert float(start.q[1, 0]) == pytest.approx(0.52)


def test_noise_needs_a_key_and_keeps_the_place():
    made = task(BARE + "start_noise: {position: 0.1, velocity: 0.1}")
    model = hopper()
    np.testing.assert_allclose(made.initial_state(model).q, model.start_q)
    noisy = made.initial_state(model, jax.random.key(0))
    assert float(noisy.q[0, 0]) == 0.0
    assert float(jnp.abs(noisy.q[1:] - model.start_q[1:]).min()) > 1e-4


def test_copies_of_a_start_are_noisy_but_for_the_first():
    made = task(BARE + "start_noise: {position: 0.1, velocity: 0.1, copies: 3}")
    wide = jax.tree.map(lambda leaf: jnp.concatenate([leaf] * 6, -1), hopper())
    q = np.asarray(made.initial_state(wide, copies=3).q)
    exact = np.asarray(made.initial_state(wide).q)
    np.testing.assert_array_equal(q[:, :2], exact[:, :2])
    assert (np.abs(q[1:, 2:] - exact[1:, 2:]) > 1e-4).all()
    np.testing.assert_array_equal(q[:, 2], q[:, 3])  # both members of a copy start alike
    assert (q[1:, 2] != q[1:, 4]).all()


def test_copies_without_noise_are_refused():
    with pytest.raises(InputError, match="noise"):
        task(BARE + "start_noise: {copies: 3}")


def test_a_slope_turns_gravity_and_keeps_its_size():
    model = task(BARE + "slope: 0.1\ngravity: 5\nfriction: 0.3").prepare(hopper())
    expected = [-5 * np.sin(0.1), 0, -5 * np.cos(0.1)]
    np.testing.assert_allclose(model.gravity[:, 0], expected)
    np.testing.assert_allclose(model.shapes.friction, 0.3)


def test_the_ground_can_be_taken_away():
    assert not task(BARE + "ground: false").prepare(hopper()).topology.has_ground


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("duration: -1\nmetrics: {mass: 1}", "greater than 0"),
        ("duration: 1\nmetrics: {masss: 1}", "did you mean mass"),
        ("duration: 1\nmetrics: {}", "at least 1"),
        ("duration: 1\nmetrics: {velocity: {wieght: 1}}", "did you mean weight"),
        ("duration: 1\nmetrics: {velocity: {of: tors}}", "did you mean torso"),
        ("duration: 1\nmetrics: {velocity: {after: 2}}", "nothing is left"),
        ("duration: 1\nmetrics: {velocity: {direction: [0, 0, 0]}}", "may not be zero"),
        ("duration: 1\nmetrics: {final_pose: {pose: {hipp: 1}}}", "did you mean hip"),
        ("duration: 1\nmetrics: {final_pose: {}}", "give a pose"),
        ("duration: 1\nmetrics: {reach: {link: leg, targets: []}}", "at least 1"),
        ("duration: 1\nmetrics: {clearance: {links: [foot]}}", "no link is named"),
        (BARE + "start: {hap: 1}", "did you mean hip"),
        (BARE + "start_velocity: {hip: x}", "number"),
    ],
)
def test_mistakes_name_their_place_and_a_way_out(text, message):
    with pytest.raises(InputError, match=message) as caught:
        task(text)
    assert all(problem.line and problem.key for problem in caught.value.problems)
