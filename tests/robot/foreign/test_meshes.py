"""Meshes: mass from MuJoCo's compiler, contact by corners of the convex hull."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from scipy.spatial import ConvexHull

import robodiff as rd
from robodiff.errors import InputError
from robodiff.io.mjcf import export_mjcf
from robodiff.robot.foreign.convert import convert
from robodiff.robot.foreign.hulls import MOST_POINTS, farthest_corners
from robodiff.robot.load import parse_robot
from robodiff.viz.outlines import outline
from tests.robot.foreign.meshes import WEDGE, ball, write_hull

MJCF = """<mujoco><asset><mesh name="m" file="m.stl" scale="1 2 1"/></asset><worldbody>
<geom type="plane" size="1 1 1"/>
<body pos="0 0 1"><freejoint/><geom name="shell" type="mesh" mesh="m" euler="20 30 40"/></body>
</worldbody></mujoco>"""


@pytest.fixture
def wedge(tmp_path):
    write_hull(tmp_path / "m.stl", WEDGE)
    (tmp_path / "robot.xml").write_text(MJCF)
    return tmp_path / "robot.xml"


def world_corners(model) -> np.ndarray:
    """Corners of MuJoCo's only mesh, in the world at the start."""
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    geom = int(np.flatnonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_MESH)[0])
    return data.geom_xpos[geom] + model.mesh_vert @ data.geom_xmat[geom].reshape(3, 3).T


def by_place(points: np.ndarray) -> np.ndarray:
    unique = np.unique(np.round(points, 6), axis=0)
    return unique[np.lexsort(unique.T)]


def test_mass_is_mujocos_and_corners_lie_where_the_mesh_lies(wedge):
    model, theirs = rd.build_model(rd.load_robot(wedge)), mujoco.MjModel.from_xml_path(str(wedge))
    np.testing.assert_allclose(model.links.mass[0], theirs.body_mass[1], rtol=1e-12)
    again = mujoco.MjModel.from_xml_string(export_mjcf(model))
    data = mujoco.MjData(again)
    data.qpos[:] = model.start_q
    np.testing.assert_allclose(again.body_ipos[1], theirs.body_ipos[1], atol=1e-12)
    found, wanted = by_place(world_corners(again)), by_place(world_corners(theirs))
    np.testing.assert_allclose(found - found.mean(0), wanted - wanted.mean(0), atol=2e-6)
    state = rd.State(model.start_q.at[2].set(-1.0), model.start_v)
    forces = rd.rollout(model, state, dt=0.001, steps=1).contact_force
    assert (forces[0, :, 2] > 0).sum() == len(WEDGE)


def test_a_hulls_scale_may_be_a_parameter():
    text = """
name: tent
parameters: {k: {value: 2, min: 1, max: 3}}
links:
  tent:
    joint: {type: free}
    inertial: {mass: 1, inertia: [1, 1, 1]}
    shapes: [{hull: {points: [[0, 0, 0.1], [0.2, 0, 0], [0, 0.3, 0], [-0.1, 0, 0]], scale: k}}]
"""
    model = rd.build_model(parse_robot(text))
    np.testing.assert_allclose(model.shapes.size[0], [0.4, 0.6, 0.2])
    reach = np.array(model.topology.shape_points[0]) * np.asarray(model.shapes.size[0])
    np.testing.assert_allclose(reach[1], [0.4, 0, 0])
    with pytest.raises(InputError, match="a hull has no mass of its own"):
        parse_robot(text.replace("    inertial: {mass: 1, inertia: [1, 1, 1]}\n", ""))


def test_few_corners_stand_for_many_and_the_difference_is_told(tmp_path):
    corners = ball(600)
    kept, distance = farthest_corners(corners)
    assert len(kept) == MOST_POINTS
    missing = ConvexHull(kept).equations @ np.c_[corners, np.ones(600)].T
    assert 0.3 * distance < missing.max() < 1.5 * distance
    write_hull(tmp_path / "m.stl", corners)
    (tmp_path / "robot.xml").write_text(MJCF)
    (finding,) = convert(tmp_path / "robot.xml").findings
    assert f"by {MOST_POINTS} of the " in finding.effect
    assert not finding.refused


def test_the_outline_of_a_hull_is_that_of_its_corners():
    points = np.array([[1, 0, 0], [-1, 0, 0], [0, 0, 1.0], [0, 1, 0]])
    page = np.array([[1.0, 0, 0], [0, 0, 1.0]])
    drawn = outline("hull", np.array([0.1, 0.2, 0.3]), np.zeros(3), np.eye(3), page, points)
    np.testing.assert_allclose(drawn.max(axis=0), [0.1, 0.3])
    np.testing.assert_allclose(drawn.min(axis=0), [-0.1, 0.0], atol=1e-12)
