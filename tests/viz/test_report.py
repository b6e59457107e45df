"""The report's data and its text."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from robodiff.errors import InputError
from robodiff.experiment.load import load_experiment
from robodiff.physics.dynamics import energy
from robodiff.physics.model import State
from robodiff.robot.build import build_model
from robodiff.robot.load import load_robot
from robodiff.viz.report import motion
from robodiff.viz.report.binding import binding
from robodiff.viz.report.contacts import mean_forces
from robodiff.viz.report.content import (
    report_content,
    reproduce,
    sample_iterations,
    stages_alike,
)
from robodiff.viz.report.motion import camera, choose_frames
from robodiff.viz.report.pack import pack, unpack
from robodiff.viz.report.page import data_text, render
from robodiff.viz.report.report import write_report
from tests.viz.runs import MARKUP, finished_run, history_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_run(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def content(run: Path) -> dict:
    return report_content(run)


def states(time: np.ndarray) -> dict[str, np.ndarray]:
    """A trajectory of one link that stands still."""
    turn = np.tile([1.0, 0.0, 0.0, 0.0], (len(time), 1, 1))
    return {"time": time, "q": np.zeros((len(time), 1)), "link_quaternion": turn}


def test_arrays_come_back_as_float32():
    array = np.random.default_rng(0).normal(size=(3, 4, 2))
    np.testing.assert_array_equal(unpack(pack(array)), array.astype(np.float32))


def test_kept_frames_are_states_of_the_simulation(run: Path, content: dict):
    for shown in content["motions"]:
        stored = np.load(run / f"trajectory_{shown['label']}.npz")
        time = unpack(shown["time"])
        rows = np.searchsorted(stored["time"], time - 1e-6)
        np.testing.assert_allclose(stored["time"][rows], time, rtol=1e-6)
        for name in ("link_position", "link_quaternion"):
            np.testing.assert_allclose(unpack(shown[name]), stored[name][rows], atol=1e-6)


def test_frames_are_at_most_60_a_second_and_hold_both_ends():
    time = 0.002 * np.arange(1001)
    frames = choose_frames(states(time), width=10)
    assert frames[0] == 0
    assert frames[-1] == 1000
    assert np.min(np.diff(time[frames])[:-1]) >= 1 / 60
    assert np.max(np.diff(time[frames])) < 1 / 50


def test_long_motions_get_fewer_frames():
    frames = choose_frames(states(0.002 * np.arange(30001)), width=150)
    assert len(frames) * 150 <= motion.FLOATS + 300
    assert len(frames) > 1000


def test_what_diverged_is_cut_off():
    arrays = states(np.linspace(0.0, 1.0, 11))
    arrays["q"][7:] = np.nan
    assert choose_frames(arrays, width=10)[-1] == 6


def test_the_robot_is_drawn_at_forty_designs_and_both_ends(content: dict):
    designs = content["designs"]
    assert len(designs["iteration"]) == 42
    size = unpack(designs["size"])
    half_lengths = size[:, 1, 1]
    assert half_lengths[0] == pytest.approx(0.25)
    assert half_lengths[-1] == pytest.approx(0.40)
    assert np.all(np.diff(half_lengths[1:]) > 0)
    heights = unpack(designs["link_position"])[:, 0, 2]
    np.testing.assert_allclose(heights, 2 * half_lengths + 0.03, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 7, 40, 1000])
def test_sampled_iterations_are_spread_over_all(count: int):
    chosen = sample_iterations(count)
    assert len(chosen) == min(count, 40)
    assert chosen == sorted(set(chosen))
    if count:
        assert (chosen[0], chosen[-1]) == (0, count - 1)


def test_contact_forces_act_where_the_leg_touches(content: dict):
    after = content["motions"][1]
    leg = after["contact_links"].index(1)
    assert np.all(unpack(after["contact_force"])[:, leg, 2] == 20.0)
    point, com = unpack(after["contact_point"])[:, leg], unpack(after["com"])
    assert np.all(np.abs(point[:, 2]) < 0.15)
    assert np.all(np.abs(point[:, 0] - com[:, 0]) < 0.6)


def test_forces_between_frames_keep_their_impulse():
    steps = 0.002 * np.arange(1500)
    bounce = np.maximum(0.0, np.sin(40.0 * steps) ** 31)  # pushes of 15 ms
    force = 400.0 * bounce[:, None, None] * [0.1, 0.0, 1.0]
    frames = choose_frames(states(0.002 * np.arange(1501)), width=motion.FLOATS // 60)
    assert frames[1] > 20  # 40 ms and more
    kept = mean_forces(force, frames)
    shown = np.trapezoid(kept[:, 0], 0.002 * frames, axis=0)
    np.testing.assert_allclose(shown, 0.002 * force[:, 0].sum(axis=0), rtol=0.02)
    sampled = np.trapezoid(force[np.minimum(frames, 1499), 0, 2], 0.002 * frames)
    assert abs(sampled / shown[2] - 1) > 0.1
    every = np.arange(1501)
    np.testing.assert_allclose(mean_forces(force, every)[:-1], force, atol=1e-9)
    cut = np.where(steps[:, None, None] < 2.0, force, np.nan)
    assert np.all(np.isfinite(mean_forces(cut, frames[frames <= 1000])))


def test_limits_and_units_are_told(content: dict):
    names = [(c["name"], c["unit"], c["base"]) for c in content["coordinates"]]
    assert names == [
        ("body.x", "m", True),
        ("body.z", "m", True),
        ("body.pitch", "rad", True),
        ("hip", "rad", False),
    ]
    assert content["motions"][0]["coordinate_limits"] == [[None] * 3 + [-1.0], [None] * 3 + [1.0]]
    np.testing.assert_allclose(content["motions"][0]["torque_limits"], [[-5.0, 5.0]])
    assert content["actuators"] == [{"name": "hip", "unit": "N m"}]


@pytest.mark.parametrize(("name", "alike"), [("walker", False), ("hopper", True)])
def test_pages_know_whether_the_losses_of_stages_compare(name: str, alike: bool):
    experiment = load_experiment(ROOT / "configs" / f"{name}.yaml")
    (first,) = history_of(1)
    both = [first, replace(first, stage=1), replace(first, stage=2)]
    assert stages_alike(experiment, both) is alike
    assert stages_alike(experiment, both[:1])


def test_limits_that_bind_are_told(run: Path):
    experiment = load_experiment(run / "experiment.yaml")
    model = build_model(experiment.robot, experiment.design)
    arrays = dict(np.load(run / "trajectory_after.npz"))
    assert binding(model, arrays) == []
    hip = model.topology.q_start[1]
    arrays["torque"][:50] = -4.95  # of 5, for 50 of 250 steps
    arrays["q"][:, hip] = np.linspace(0.0, 1.01, 251)
    motor, stop = binding(model, arrays)
    assert (motor["kind"], motor["name"], motor["limit"]) == ("motor", "hip", 5.0)
    assert motor["share"] == pytest.approx(0.2)
    assert (stop["kind"], stop["name"], stop["side"]) == ("joint", "hip", "upper")
    assert 0.005 < stop["share"] < 0.03


def test_only_runs_of_the_same_experiment_are_compared_in_the_report(run: Path):
    row = {"label": "cma", "loss": {}, "simulations": 1, "seconds": {}, "run": "/secret"}
    rows = [{**row, "experiment": "hop"}, {**row, "experiment": "walk"}]
    (run / "comparison.json").write_text(json.dumps({"runs": rows}))
    try:
        (shown,) = report_content(run)["comparison"]
    finally:
        (run / "comparison.json").unlink()
    assert set(shown) == {"label", "loss", "simulations", "seconds"}


def test_planar_robots_are_seen_from_the_side(content: dict):
    assert content["camera"] == "side"
    arrays = states(np.linspace(0.0, 1.0, 3))
    arrays["contact_force"] = np.zeros((2, 0, 3))
    half = np.sqrt(0.5)
    arrays["link_quaternion"][1] = [half, 0.0, 0.0, half]
    assert camera([arrays]) == "top"
    arrays["link_quaternion"][2] = [half, half, 0.0, 0.0]
    assert camera([arrays]) == "oblique"


def test_proofs_in_the_folder_are_taken_in(run: Path, content: dict):
    assert content["certificate"] == {}
    replay = {"engine": "mujoco", "metrics": {}, "max_gap": 0.1}
    (run / "replay.json").write_text(json.dumps(replay))
    try:
        assert report_content(run)["replay"] == replay
    finally:
        (run / "replay.json").unlink()


def test_the_command_is_as_a_person_types_it():
    versions = {"command": ["/usr/bin/robodiff", "optimize", "my file.yaml", "a=3"]}
    assert reproduce(versions) == "robodiff optimize 'my file.yaml' a=3"


def test_data_holds_no_character_that_html_gives_a_meaning(content: dict):
    text = data_text({**content, "name": "<!-- & \u2028"})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text)["description"] == MARKUP
    assert json.loads(text)["name"] == "<!-- & \u2028"


def test_numbers_that_are_not_finite_become_null():
    assert json.loads(data_text({"a": float("nan"), "b": np.inf})) == {"a": None, "b": None}


def test_the_page_has_two_scripts_and_loads_nothing(content: dict):
    class Reader(HTMLParser):
        tags: list = []  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.tags.append((tag, dict(attrs)))

    page = render({**content, "name": MARKUP})
    Reader().feed(page)
    scripts = [attributes for tag, attributes in Reader.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    assert not [tag for tag, _ in Reader.tags if tag in ("img", "link", "iframe", "base")]
    assert not [a for _, a in Reader.tags if "src" in a or "href" in a]
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    assert not re.search(r"\{\{\w+\}\}", re.sub(r"(?s)<script.*?</script>", "", page))


def test_the_page_is_written_and_small(run: Path):
    path = write_report(run)
    assert path == run / "report.html"
    assert 500_000 < path.stat().st_size < 1_500_000


def test_a_run_that_has_not_ended_has_no_report(run: Path, tmp_path: Path):
    for name in ("experiment.yaml", "robot.yaml", "metrics.jsonl"):
        (tmp_path / name).write_bytes((run / name).read_bytes())
    with pytest.raises(InputError, match="has not ended"):
        report_content(tmp_path)


def test_energies_are_those_of_the_states(run: Path, content: dict):
    after = content["motions"][1]
    stored = np.load(run / "trajectory_after.npz")
    spec = load_robot(run / "robot_after.yaml")
    model = build_model(spec)
    for row in (0, len(unpack(after["time"])) - 1):
        state = int(np.argmin(np.abs(stored["time"] - unpack(after["time"])[row])))
        expected = energy(model, State(stored["q"][state], stored["v"][state]))
        found = unpack(after["energy"])[row]
        np.testing.assert_allclose(found, [expected.kinetic, expected.potential], rtol=1e-5)
