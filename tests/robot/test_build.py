"""Models built from robot files: right numbers, and derivatives for every one of them."""

from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.physics.model import batch_size
from robodiff.robot import Design, build_model, load_robot, parse_robot

ZOO = load_robot("tests/data/robots/zoo.yaml")
ROBOTS = sorted(Path("assets/robots").glob("*.yaml"))


def one(shape="sphere: {radius: r}", extra="", joint="{type: free}"):
    text = f"name: r\nparameters: {{r: {{value: 0.1, min: 0.01, max: 1}}}}\n{extra}\n"
    return parse_robot(f"{text}links: {{a: {{joint: {joint}, shapes: [{{{shape}}}]}}}}")


def flat(model):
    return jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree.leaves(model)])


@pytest.mark.parametrize("path", ROBOTS, ids=lambda path: path.stem)
def test_shipped_robots_build_finite_models(path):
    model = build_model(load_robot(path))
    for part in (model.links, model.joints, model.shapes, model.contact, model.start_q):
        assert all(jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(part))
    assert jnp.all(model.links.mass >= 0)
    assert model.start_q.shape == (model.nq,)


def test_masses_of_legged_robots_are_realistic():
    masses = {name: float(build_model(load_robot(f"assets/robots/{name}.yaml")).links.mass.sum())
              for name in ("walker", "quadruped", "hopper")}  # fmt: skip
    assert 20 < masses["walker"] < 40
    assert 8 < masses["quadruped"] < 20
    assert 8 < masses["hopper"] < 30


def test_legged_robots_start_with_their_feet_on_the_ground():
    from robodiff.physics.kinematics import link_poses

    for name, foot in [
        ("walker", "foot_left"),
        ("hopper", "foot"),
        ("quadruped", "shin_rear_left"),
    ]:
        model = build_model(load_robot(f"assets/robots/{name}.yaml"))
        poses = link_poses(model, model.start_q)
        shape = model.topology.shape_links.index(model.topology.link_names.index(foot))
        shape += name == "quadruped"  # its foot is the shin's second shape
        link = model.topology.shape_links[shape]
        rotation = poses.rotation[link].reshape(3, 3)
        center = poses.position[link] + rotation @ model.shapes.position[shape]
        np.testing.assert_allclose(center[2], model.shapes.size[shape, 0], atol=1e-9)


def test_the_same_model_comes_out_with_and_without_tracing():
    design = Design.from_spec(ZOO)
    eager, traced = build_model(ZOO), jax.jit(partial(build_model, ZOO))(design)
    assert eager.topology == traced.topology
    np.testing.assert_allclose(flat(eager), flat(traced), rtol=1e-12, atol=1e-13)


def test_every_number_follows_the_design():
    design = Design.from_spec(ZOO)

    def numbers(x):
        values = dict(zip(design.names, x, strict=True))
        model = build_model(ZOO, design.replace(**values))
        return jnp.where(jnp.isinf(flat(model)), 0.0, flat(model))

    x = jnp.array([design.values[name] for name in design.names])
    reverse = jax.jit(jax.jacrev(numbers))(x)
    assert jnp.all(jnp.isfinite(reverse))
    forward = jax.jit(numbers)
    for column, size in enumerate(1e-6 * jnp.abs(x)):
        step = size * jnp.eye(len(x))[column]
        difference = (forward(x + step) - forward(x - step)) / (2 * size)
        np.testing.assert_allclose(reverse[:, column], difference, rtol=1e-6, atol=1e-5)
    assert jnp.all(jnp.abs(reverse).sum(0) > 0)


def test_many_designs_build_at_once_with_the_batch_last():
    design = Design.from_spec(ZOO).replace(a=jnp.array([0.2, 0.3, 0.4]))
    design = design.from_unconstrained(jnp.linspace(-1, 1, 15).reshape(5, 3))
    batched = jax.jit(jax.vmap(partial(build_model, ZOO), in_axes=-1, out_axes=-1))(design)
    assert batch_size(batched) == 3
    single = build_model(ZOO, jax.tree.map(lambda leaf: leaf[1], design))
    middle = jax.tree.map(lambda leaf: leaf[..., 1], batched)
    np.testing.assert_allclose(flat(middle), flat(single), rtol=1e-12, atol=1e-13)


def test_rods_know_their_length_middle_and_direction():
    from robodiff.robot.frames import to_matrix

    for end in ([0, 0, -0.4], [0, 0, 0.4], [0.3, 0, 0], [0.1, -0.2, -0.3]):
        model = build_model(one(f"capsule: {{from: [0, 0, 0], to: {end}, radius: r}}"))
        np.testing.assert_allclose(model.shapes.size[0], [0.1, np.linalg.norm(end) / 2, 0])
        np.testing.assert_allclose(model.shapes.position[0], np.array(end) / 2)
        axis = to_matrix(np.asarray(model.shapes.rotation))[0, :, 2]
        np.testing.assert_allclose(np.abs(axis @ end), np.linalg.norm(end))
        np.testing.assert_allclose(np.linalg.norm(model.shapes.rotation[0]), 1)


def test_roll_pitch_yaw_turns_about_fixed_axes_in_that_order():
    from robodiff.robot.frames import from_roll_pitch_yaw, to_matrix

    turn = to_matrix(from_roll_pitch_yaw(np.array([[np.pi / 2, 0, np.pi / 2]])))[0]
    np.testing.assert_allclose(turn @ [0, 1, 0], [0, 0, 1], atol=1e-12)  # roll: y -> z; yaw keeps z
    np.testing.assert_allclose(turn @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_defaults_scale_with_the_weight():
    model = build_model(one(joint="{type: hinge, axis: [0, 2, 0], limits: {lower: -1, upper: 1}}"))
    weight = float(model.links.mass[0]) * 9.81
    assert float(model.contact.stiffness) == pytest.approx(weight / 1e-3)
    assert float(model.joints.limit_stiffness[0]) == pytest.approx(weight / 0.01)
    np.testing.assert_allclose(model.links.axis[0], [0, 1, 0])


def test_the_start_is_silent_zero_or_as_given():
    model = build_model(ZOO)
    start = dict(zip(model.topology.q_names, np.asarray(model.start_q), strict=True))
    speed = dict(zip(model.topology.v_names, np.asarray(model.start_v), strict=True))
    assert start["drone.z"] == pytest.approx(1.3)
    assert start["slider.pitch"] == pytest.approx(np.deg2rad(10))
    assert np.linalg.norm(model.start_q[3:7]) == pytest.approx(1)
    assert start["socket.qw"] == pytest.approx(1 / np.sqrt(1.05))
    assert (speed["drone.vx"], speed["socket.wz"], speed["cart"]) == (0.5, 2.0, -0.2)
    assert build_model(one()).start_q.tolist() == [0, 0, 0, 1, 0, 0, 0]


def test_a_motors_mass_rides_on_the_parent_at_the_joint():
    text = (
        "name: r\nlinks:\n  a: {joint: {type: free}, shapes: [{sphere: {radius: 0.1}, mass: 1}]}\n"
        "  b: {parent: a, position: [1, 0, 0], joint: {type: hinge, axis: [0, 0, 1]},"
        " shapes: [{sphere: {radius: 0.1}, mass: 1}]}\nactuators: {b: {mass: 3}}\n"
    )
    model = build_model(parse_robot(text))
    np.testing.assert_allclose(model.links.mass, [4, 1])
    np.testing.assert_allclose(model.links.center[0], [0.75, 0, 0])


def test_models_are_float32_unless_jax_is_in_x64():
    assert build_model(one()).links.mass.dtype == jnp.float64
    with jax.enable_x64(False):
        assert build_model(one()).links.mass.dtype == jnp.float32
