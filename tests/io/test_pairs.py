"""Bodies that touch each other, written for C MuJoCo, read again, and put to rest in both."""

from __future__ import annotations

import functools

import mujoco
import numpy as np
import pytest

import robodiff as rd
from robodiff.io.mjcf import export_mjcf
from robodiff.io.mujoco_engine import simulate_in_mujoco
from robodiff.physics.pair_layout import pair_layout
from robodiff.robot.foreign.convert import convert
from robodiff.robot.load import parse_robot
from tests.robot.foreign.test_wheels import colliding

SHELF = """
name: shelf
ground: false
contact:
  stiffness: 20 kN/m
  pairs:
    - [table, ball]
    - {between: [table, rod], friction: 0.3}
    - {between: [drum, table], margin: 0.2 mm}
    - [table, crate]
    - [crate, lid]
links:
  table: {shapes: [{box: {size: [4, 1, 0.1], center: [0, 0, -0.05]}, mass: 1}]}
  ball: {joint: {type: free}, shapes: [{sphere: {radius: 0.1}, mass: 2}]}
  rod: {joint: {type: free}, shapes: [{capsule: {from: [0, -0.2, 0], to: [0, 0.2, 0], radius: 0.05}, mass: 1}]}
  drum: {joint: {type: free}, shapes: [{cylinder: {radius: 0.1, length: 0.2}, mass: 3}]}
  crate: {joint: {type: free}, shapes: [{box: {size: [0.2, 0.3, 0.1]}, mass: 3, friction: 0.5}]}
  lid: {joint: {type: free}, shapes: [{box: {size: [0.1, 0.1, 0.05]}, mass: 1}]}
start: {ball.z: 0.102, rod.x: 0.5, rod.z: 0.052, drum.x: 1, drum.z: 0.102, crate.x: -1, crate.z: 0.052, lid.x: -1, lid.z: 0.129}
"""  # noqa: E501
HEIGHT = {"ball": 0.1, "rod": 0.05, "drum": 0.1, "crate": 0.05, "lid": 0.125}
WEIGHT = {"ball": 2, "rod": 1, "drum": 3, "crate": 4, "lid": 1}
"""Of all that presses on what is below it [kg]."""
PENETRATION = 1e-3
"""[m]."""
DT, STEPS = 0.002, 500


@functools.cache
def shelf() -> rd.Model:
    return rd.build_model(parse_robot(SHELF))


def touching_names(model: rd.Model) -> dict[frozenset[str], tuple[float, float]]:
    """Friction and margin of each pair."""
    names, pairs = model.topology.shape_names, model.pairs
    return {
        frozenset(names[shape] for shape in two): (float(f), float(m))
        for two, f, m in zip(model.topology.pairs, pairs.friction, pairs.margin, strict=True)
    }


def test_mujoco_collides_the_same_pairs():
    model = shelf()
    theirs = mujoco.MjModel.from_xml_string(export_mjcf(model))
    found = {frozenset(theirs.geom(geom).name for geom in two) for two in colliding(theirs)}
    assert found == set(touching_names(model))


def test_pairs_survive_the_way_to_mjcf_and_back(tmp_path):
    path = tmp_path / "shelf.xml"
    path.write_text(export_mjcf(shelf()))
    again = rd.build_model(parse_robot(convert(path).text))
    assert touching_names(again) == touching_names(shelf())


@functools.cache
def both_at_rest() -> tuple[rd.Trajectory, rd.Trajectory]:
    model = shelf()
    start = rd.initial_state(model)
    batch = rd.State(np.asarray(start.q)[:, None], np.asarray(start.v)[:, None])
    theirs = simulate_in_mujoco(model, batch, lambda *_: np.zeros((0, 1)), dt=DT, steps=STEPS)
    return rd.rollout(model, start, dt=DT, steps=STEPS), theirs


@pytest.mark.slow
@pytest.mark.parametrize("body", HEIGHT)
def test_what_stands_on_another_rests_as_high_as_in_mujoco_and_presses_as_much(body):
    model, (ours, theirs) = shelf(), both_at_rest()
    layout, names = pair_layout(model.topology), model.topology.shape_names
    z = model.topology.q_names.index(f"{body}.z")
    own = names.index(body)
    two = {own, names.index("crate" if body == "lid" else "table")}
    for path in (ours, theirs):
        q, force = (np.asarray(x)[-1].reshape(shape) for x, shape in (
            (path.q, (-1,)), (path.pair_force, (-1, 3))))  # fmt: skip
        assert abs(q[z] - HEIGHT[body]) < PENETRATION
        up = sum(
            f[2] if of == own else -f[2]
            for f, of, to in zip(force, layout.of, layout.to, strict=True)
            if {of, to} == two
        )
        np.testing.assert_allclose(up, WEIGHT[body] * 9.81, rtol=1e-3)
