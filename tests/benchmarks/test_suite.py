"""The benchmark suite runs; its figures mean what they say. No figure is judged here."""

import json
import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main, rounded
from benchmarks.bars import Bar, bars
from benchmarks.case import Case, Job
from benchmarks.page import BEGIN, END, write_page
from benchmarks.program import timed
from benchmarks.robots import case
from benchmarks.systems.brax_peer import simplified
from benchmarks.systems.sdf import sdf_of

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


def rows(**rates: float) -> dict:
    """Cells of the speed piece with these steps per CPU second."""
    return {label.replace("_", " "): {"steps_per_cpu_second": r} for label, r in rates.items()}


def test_the_suite_measures_and_writes_its_page(tmp_path, monkeypatch):
    pytest.importorskip("mujoco")
    monkeypatch.setenv("ROBODIFF_BENCHMARKS", str(tmp_path / "kept"))
    page = tmp_path / "page.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    arguments = ["--quick", "--no-peers", "--robots", "double_pendulum", "--only", "speed"]
    main([*arguments, "--results", str(tmp_path), "--page", str(page)])
    found = json.loads((tmp_path / "speed.json").read_text())
    cells = found["robots"]["double_pendulum"]["1"]
    assert set(cells) == {"mujoco forward", "robodiff forward", "robodiff gradient"}
    for one in cells.values():
        assert one["finite"]
        seconds = one["steps"] / one["steps_per_cpu_second"]
        assert seconds == pytest.approx(one["seconds"]["cpu"], rel=1e-3)
    text = page.read_text()
    assert text.startswith("above\n")
    assert text.endswith("below\n")
    assert "double_pendulum | 1 |" in text
    assert "old" not in text


def test_bars_compare_in_the_right_direction():
    size = rows(mujoco_forward=100, robodiff_forward=250, robodiff_gradient=60)
    found = {"speed": {"robots": {"walker": {"256": size}}}}
    verdicts = {bar.figure: (bar.value, bar.reached) for bar in bars(found)}
    assert verdicts["walker: forward, batch 256 / C MuJoCo"] == (2.5, False)
    assert verdicts["walker: gradient, batch 256 / C MuJoCo forward"] == (0.6, True)
    slower = verdicts["walker: value and gradient / forward, batch 256"]
    assert slower == (pytest.approx(250 / 60), False)
    assert not verdicts["walker: forward, batch 1 / C MuJoCo"][1]
    assert Bar("x", 1.0, float("nan")).row()[2:] == ["not measured", "-"]


def test_growth_is_an_exponent():
    chains = {f"chain_{n}": {"1": rows(robodiff_forward=1 / n**2, robodiff_gradient=1 / n)}
              for n in (10, 20, 60)}  # fmt: skip
    found = bars({"growth": {"robots": chains}})
    values = [bar.value for bar in found if bar.figure.startswith("chains")]
    np.testing.assert_allclose(values, [2.0, 1.0])


def test_a_page_without_markers_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="has no line"):
        write_page(tmp_path, page)


def test_the_humanoid_is_a_case_for_every_engine(tmp_path):
    mujoco = pytest.importorskip("mujoco")
    humanoid = Case.read(case("humanoid").write(tmp_path / "humanoid.json"))
    model = mujoco.MjModel.from_xml_string(humanoid.mjcf)
    assert (model.nq, model.nv, model.nu) == (28, 27, 21)
    q, v = humanoid.starts(3)
    assert q.shape == (3, 28)
    assert v.shape == (3, 27)
    np.testing.assert_array_equal(q[:, 3:7], [[1, 0, 0, 0]] * 3)  # quaternions are not spread
    assert len(humanoid.servos) == len(humanoid.command) == 21
    brax = mujoco.MjModel.from_xml_string(simplified(humanoid.mjcf))
    assert brax.opt.cone == mujoco.mjtCone.mjCONE_PYRAMIDAL
    assert not brax.geom_priority.any()


def test_sdf_has_every_link_and_joint():
    walker, quadruped = case("walker"), case("quadruped")
    fixed, free = (xml.fromstring(sdf_of(one.urdf)) for one in (walker, quadruped))
    joints = {joint.get("name"): joint for joint in fixed.iter("joint")}
    assert set(joints) == {"base_to_world", *(name.replace(".", "_") for name in walker.joints)}
    children = [joint.findtext("child") for joint in joints.values()]
    assert sorted(children) == sorted(link.get("name") for link in fixed.iter("link"))
    assert "world" not in {joint.findtext("parent") for joint in free.iter("joint")}


def test_parameters_set_equal_shares_of_all_commands():
    shares = Job("parameters", 1, steps=50, count=10).shares(nu=2)
    assert shares.shape == (50, 2)
    assert np.bincount(shares.ravel()).tolist() == [10] * 10


def test_timing_counts_calls():
    calls = []
    found = timed(lambda: calls.append(sum(range(1000))), least=0.001)
    assert found["calls"] == len(calls) > 1
    assert rounded({"a": [1.23456789]}) == {"a": [1.2346]}


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_kept_results_are_real_and_name_no_places(path):
    text = path.read_text()
    assert json.loads(text)["machine"]["quick"] is False
    assert "/home/" not in text
    assert "/tmp/" not in text
