"""Forces between bodies in pictures and on the page: those of a pile that rests."""

from __future__ import annotations

import numpy as np
import pytest

import robodiff as rd
from robodiff.io.trajectory import trajectory_arrays
from robodiff.optimization.iteration import Outcome
from robodiff.optimization.parameters import Parameters
from robodiff.viz.between import forces_between, link_pair_name
from robodiff.viz.motion_plots import plot_contact_forces
from robodiff.viz.recording import Recording, record
from robodiff.viz.report.motion import motion
from robodiff.viz.report.pack import unpack

ROBOT = """\
name: pile
materials: {wood: {density: 600}}
links:
  block:
    joint: {type: fixed}
    shapes: [{box: {size: [0.3, 0.3, 0.2]}}]
    material: wood
  ball:
    joint: {type: slide, axis: [0, 0, 1]}
    shapes: [{sphere: {radius: 0.1}}]
    material: wood
  bead:
    joint: {type: slide, axis: [0, 0, 1]}
    shapes: [{sphere: {radius: 0.05}}]
    material: wood
ground: false
start: {ball: 0.2, bead: 0.35}
contact: {pairs: [[block, ball], [ball, bead]]}
"""
BEAD, BALL = (600 * 4 / 3 * np.pi * radius**3 * 9.81 for radius in (0.05, 0.1))
"""Their weights [N]."""


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A bead on a ball on a block, for 0.6 s."""
    path = tmp_path_factory.mktemp("pile") / "pile.yaml"
    path.write_text(ROBOT)
    model = rd.build_model(rd.load_robot(path))
    trajectory = rd.rollout(model, rd.initial_state(model), dt=0.004, steps=120)
    return Outcome(Parameters({}, {}), 0.0, {}, {}, model, trajectory)


@pytest.fixture(scope="module")
def recording(pile: Outcome) -> Recording:
    return record(pile.model, pile.trajectory, "after")


def test_what_lies_on_top_presses_with_its_weight(recording: Recording) -> None:
    forces = forces_between(recording.topology, recording.pair_force)
    # The block carries both, the ball the bead.
    assert [link_pair_name(recording.topology, pair) for pair in sorted(forces)] == [
        "block – ball", "ball – bead",
    ]  # fmt: skip
    np.testing.assert_allclose(forces[0, 1][-1], [0, 0, BALL + BEAD], rtol=2e-3, atol=1e-3)
    np.testing.assert_allclose(forces[1, 2][-1], [0, 0, BEAD], rtol=2e-3, atol=1e-3)


def test_the_page_gets_each_two_links_with_place_and_force(pile: Outcome) -> None:
    shown = motion("after", pile.model, trajectory_arrays(pile))
    assert shown["pair_links"] == [[0, 1], [1, 2]]
    point, force = (unpack(shown[name])[-2] for name in ("pair_point", "pair_force"))
    np.testing.assert_allclose(force[:, 2], [BALL + BEAD, BEAD], rtol=5e-3)
    np.testing.assert_allclose(point, [[0, 0, 0.1], [0, 0, 0.3]], atol=2e-3)
    assert shown["contact_links"] == []


def test_a_robot_whose_bodies_never_meet_has_nothing_more(pile: Outcome) -> None:
    arrays = trajectory_arrays(pile)
    apart = {**arrays, "pair_force": 0.0 * arrays["pair_force"]}
    del arrays["pair_force"]
    alone, none = motion("a", pile.model, arrays), motion("a", pile.model, apart)
    assert alone.keys() == none.keys()
    assert not [key for key in alone if key.startswith("pair")]


def test_forces_between_links_have_a_row_of_their_own(recording: Recording) -> None:
    rows = plot_contact_forces([recording]).axes
    assert [axes.get_ylabel() for axes in rows] == [
        "normal force [N]", "friction, along x [N]", "between links [N]",
    ]  # fmt: skip
    labels = [line.get_label() for line in rows[2].lines]
    assert labels == ["block – ball", "ball – bead"]
    last = [float(np.asarray(line.get_ydata())[-1]) for line in rows[2].lines]
    np.testing.assert_allclose(last, [BALL + BEAD, BEAD], rtol=2e-3)
