"""Mass, centre and inertia against MuJoCo's compiler, and what every body obeys."""

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robodiff.robot import build_model, parse_robot
from robodiff.robot.mass_properties import rotated, solid

POSE = 'pos="0.1 -0.2 0.3" quat="0.9 0.1 -0.3 0.2"'
YAML_POSE = "center: [0.1, -0.2, 0.3], rotation: [0.9, 0.1, -0.3, 0.2]"
SHAPES = {
    "sphere": ("sphere: {radius: 0.2, center: [0.1, -0.2, 0.3]}", f'size="0.2" {POSE}'),
    "capsule": (f"capsule: {{radius: 0.1, length: 0.5, {YAML_POSE}}}", f'size="0.1 0.25" {POSE}'),
    "cylinder": (f"cylinder: {{radius: 0.1, length: 0.5, {YAML_POSE}}}", f'size="0.1 0.25" {POSE}'),
    "box": (f"box: {{size: [0.2, 0.4, 0.6], {YAML_POSE}}}", f'size="0.1 0.2 0.3" {POSE}'),
    "ellipsoid": (f"ellipsoid: {{semi_axes: [0.1, 0.2, 0.3], {YAML_POSE}}}",
                  f'size="0.1 0.2 0.3" {POSE}'),
}  # fmt: skip
FROM_TO = [("0 0 0", "0 0 -0.4"), ("0 0 0", "0 0 0.4"), ("0.1 0.2 0.3", "-0.2 0.1 0.3"),
           ("0 0.1 0", "0.2 0.1 -0.3"), ("-0.1 0 0", "0.3 0 0")]  # fmt: skip


def model_of(shapes, link=""):
    joint = "joint: {type: free}"
    return build_model(
        parse_robot(f"name: r\nlinks: {{a: {{{joint}, {link} shapes: [{shapes}]}}}}")
    )


def mujoco_of(geoms):
    xml = f"<mujoco><worldbody><body><freejoint/>{geoms}</body></worldbody></mujoco>"
    model = mujoco.MjModel.from_xml_string(xml)
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, model.body_iquat[1])
    rotation = rotation.reshape(3, 3)
    inertia = rotation @ np.diag(model.body_inertia[1]) @ rotation.T
    return model.body_mass[1], model.body_ipos[1], inertia


def assert_same(model, expected):
    xx, yy, zz, xy, xz, yz = np.asarray(model.links.inertia[0], float)
    inertia = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    np.testing.assert_allclose(model.links.mass[0], expected[0], rtol=1e-10)
    np.testing.assert_allclose(model.links.center[0], expected[1], atol=1e-10)
    np.testing.assert_allclose(inertia, expected[2], atol=1e-10 * np.abs(expected[2]).max())


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_weighs_what_mujoco_says(kind):
    yaml, geom = SHAPES[kind]
    assert_same(
        model_of(f"{{{yaml}, density: 700}}"),
        mujoco_of(f'<geom type="{kind}" density="700" {geom}/>'),
    )


@pytest.mark.parametrize("kind", ["capsule", "cylinder"])
@pytest.mark.parametrize(("start", "end"), FROM_TO)
def test_a_rod_between_two_points_weighs_what_mujoco_says(kind, start, end):
    ends = [", ".join(point.split()) for point in (start, end)]
    yaml = f"{{{kind}: {{from: [{ends[0]}], to: [{ends[1]}], radius: 0.05}}, density: 900}}"
    geom = f'<geom type="{kind}" size="0.05" fromto="{start} {end}" density="900"/>'
    assert_same(model_of(yaml), mujoco_of(geom))


def test_a_link_of_all_shapes_weighs_what_mujoco_says():
    yaml = ", ".join(f"{{{shape}, density: {300 + 100 * i}}}" for i, (shape, _) in
                     enumerate(SHAPES.values()))  # fmt: skip
    geoms = "".join(
        f'<geom type="{kind}" density="{300 + 100 * i}" {geom}/>'
        for i, (kind, (_, geom)) in enumerate(SHAPES.items())
    )
    assert_same(model_of(yaml), mujoco_of(geoms))


def test_masses_given_for_a_shape_or_a_link_hold():
    shapes = (
        "{sphere: {radius: 0.1}, mass: 3}, {box: {size: [1, 1, 1], center: [0, 0, 2]}, mass: 1}"
    )
    model = model_of(shapes)
    assert float(model.links.mass[0]) == pytest.approx(4)
    assert float(model.links.center[0, 2]) == pytest.approx(0.5)
    scaled = model_of(shapes, "mass: 8,")
    np.testing.assert_allclose(
        scaled.links.inertia, 2 * model.links.inertia, rtol=1e-10, atol=1e-12
    )


@given(
    st.sampled_from(list(SHAPES)),
    st.tuples(*[st.floats(0.01, 2)] * 3),
    st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: sum(x * x for x in q) > 0.1),
)
@settings(max_examples=100, deadline=None)
def test_inertias_are_those_of_bodies(kind, size, quaternion):
    from robodiff.robot.frames import to_matrix, unit

    size = np.array([size]) * (np.array([1.0, 0, 0]) if kind == "sphere" else 1.0)
    volume, moments = solid([kind], size)
    inertia = rotated(moments, to_matrix(unit(np.array([quaternion]))))[0]
    principal = np.linalg.eigvalsh(inertia)
    assert volume[0] > 0
    assert principal[0] > 0
    assert principal[2] <= (principal[0] + principal[1]) * (1 + 1e-9)
    np.testing.assert_allclose(principal, np.sort(moments[0]), rtol=1e-6)
