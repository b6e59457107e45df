"""Heightfields through files: MJCF in and out, text, arrays and pictures; mistakes with a place."""

from pathlib import Path

import jax
import numpy as np
import pytest

import robodiff as rd
from robodiff.errors import InputError
from robodiff.io.mjcf import export_mjcf
from robodiff.robot import load_robot, parse_robot
from robodiff.robot.foreign.convert import convert

mujoco = pytest.importorskip("mujoco")

X, Y = np.linspace(-2, 2, 21), np.linspace(-1.5, 1.5, 16)
HILLS = 0.1 * np.sin(1.5 * X) * np.cos(2 * Y)[:, None]
SCENE = f"""<mujoco><asset><hfield name="h" nrow="16" ncol="21" size="2 1.5 {np.ptp(HILLS)} .1"
  elevation="{" ".join(map(str, HILLS[::-1].ravel()))}"/></asset>
<worldbody>
<geom name="floor" type="plane" size="1 1 1" pos="0 0 -1"/>
<geom name="hills" type="hfield" hfield="h" pos="0.2 0 0.05" euler="0 0 20"/>
<body name="a" pos="0.3 0.2 0.38"><freejoint name="r"/><geom type="box" size=".2 .15 .1"/></body>
</worldbody></mujoco>"""


def write(folder: Path, text: str, name: str = "scene.xml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def below(model, x: float, y: float) -> float:
    """Height of MuJoCo's ground at a place."""
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    geom = np.zeros(1, np.int32)
    start, down = np.array([x, y, 5.0]), np.array([0, 0, -1.0])
    return 5.0 - mujoco.mj_ray(model, data, start, down, None, 1, 1, geom)


def test_heights_stand_where_mujoco_has_them_and_come_back(tmp_path):
    converted = convert(write(tmp_path, SCENE))
    told = " ".join(f"{one.element} {one.effect}" for one in converted.findings)
    assert not converted.refused
    assert "3.2 mm from MuJoCo's triangles" in told
    assert "beneath a heightfield" in told
    model = rd.build_model(parse_robot(converted.text))
    again = export_mjcf(model)
    theirs = mujoco.MjModel.from_xml_path(str(tmp_path / "scene.xml"))
    ours = mujoco.MjModel.from_xml_string(again)
    for x, y in np.random.default_rng(0).uniform(-0.9, 0.9, (20, 2)):
        np.testing.assert_allclose(below(ours, x, y), below(theirs, x, y), atol=1e-6)
    back = rd.build_model(parse_robot(convert(write(tmp_path, again)).text))
    tops = [np.asarray(m.topology.terrain.heights + m.terrain.position[2]) for m in (model, back)]
    np.testing.assert_allclose(*tops, atol=1e-7)
    np.testing.assert_allclose(back.terrain.size, model.terrain.size)
    np.testing.assert_allclose(back.terrain.rotation, model.terrain.rotation, atol=1e-12)


@pytest.mark.slow
def test_a_box_comes_to_rest_as_in_mujoco(tmp_path):
    model = rd.build_model(parse_robot(convert(write(tmp_path, SCENE)).text))
    engine = mujoco.MjModel.from_xml_string(export_mjcf(model))
    data = mujoco.MjData(engine)
    data.qpos[:] = model.start_q
    mujoco.mj_step(engine, data, 500)
    run = jax.jit(lambda m: rd.rollout(m, rd.initial_state(m), dt=0.002, steps=500))
    np.testing.assert_allclose(run(model).q[-1, :3], data.qpos[:3], atol=5e-3)
    np.testing.assert_allclose(run(model).q[-1, 2], data.qpos[2], atol=2e-3)


ROBOT = """
name: ball
ground:
  heightfield: {GROUND}
links:
  ball: {joint: {type: free}, shapes: [{sphere: {radius: 0.1}}]}
"""


def heights_of(folder: Path, ground: str) -> np.ndarray:
    path = write(folder, ROBOT.replace("GROUND", ground).replace("{{", "{"), "robot.yaml")
    return load_robot(path).terrain.heights


def test_every_way_to_write_heights_gives_the_same(tmp_path):
    from PIL import Image

    rows = [[0.0, 1.0, 0.0], [0.0, 0.0, 0.2]]  # seen from above
    np.save(tmp_path / "hills.npy", rows)
    write(tmp_path, "0 1 0\n\n0, 0, 0.2\n", "hills.csv")
    Image.fromarray(np.array(np.array(rows) * 255, np.uint8)).save(tmp_path / "hills.png")
    for ground in (f"heights: {rows}", 'heights: "0 1 0\\n0 0 0.2"', "file: hills.npy",
                   "file: hills.csv", "file: hills.png"):  # fmt: skip
        found = heights_of(tmp_path, f"size: [2, 1], {ground}")
        np.testing.assert_allclose(found, rows[::-1], err_msg=ground)


def test_the_text_of_a_robot_finds_its_heights_from_elsewhere(tmp_path):
    np.save(tmp_path / "hills.npy", np.eye(3))
    ground = "size: [2, 1], file: hills.npy, scale: 0.5"
    path = write(tmp_path, ROBOT.replace("GROUND", ground), "robot.yaml")
    text = load_robot(path).source.text
    (tmp_path / "run").mkdir()
    moved = load_robot(write(tmp_path / "run", text, "robot.yaml"))
    np.testing.assert_allclose(moved.terrain.heights, np.eye(3)[::-1])
    assert moved.terrain.scale.value == 0.5


@pytest.mark.parametrize(
    ("ground", "message"),
    [
        ("size: [2, 1]", "either heights or a file"),
        ("size: [2, 1], heights: [[0, 1], [2]]", "row 2 has 1 numbers, the first 2"),
        ("size: [2, 1], heights: [[0, 1]]", "2 x 2 to 1,000,000 heights, not 1 x 2"),
        ("size: [2, 1], heights: [[0, one], [1, 2]]", "rows of plain numbers"),
        ("size: [2, 1], file: no.npy", "No such file"),
        ("size: [2, 1], file: hills.jpg", "none of .txt, .csv, .npy, .png"),
        ("size: [2, 0], heights: [[0, 1], [1, 2]]", "must be positive"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path, ground, message):
    with pytest.raises(InputError) as raised:
        heights_of(tmp_path, ground)
    (problem,) = raised.value.problems
    assert message in problem.message
    assert problem.line == 4
