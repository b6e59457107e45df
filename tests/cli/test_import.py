"""`robodiff import`, and other tools' files where a robot file may stand."""

from __future__ import annotations

import json

from robodiff.robot import build_model, load_robot

BODY = """
<body name="arm">
  <joint name="a"/>
  <geom type="capsule" fromto="0 0 0 0 0 -0.5" size="0.02"/>
</body>
"""
SLOW_MOTOR = '<actuator><general joint="a" dyntype="filter" dynprm="1"/></actuator>'


def write(folder, rest: str = ""):
    path = folder / "arm.xml"
    path.write_text(f"<mujoco><worldbody>{BODY}</worldbody>{rest}</mujoco>")
    return path


def test_import_writes_a_robot_file(robodiff, tmp_path):
    out = tmp_path / "robot.yaml"
    result = robodiff("import", write(tmp_path), "-o", out, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["unsupported"] == []
    assert "arm_length: {value: 0.5" in out.read_text()
    assert robodiff("check", out).exit_code == 0


def test_import_refuses_what_it_cannot_say_unless_told_to(robodiff, tmp_path):
    path, out = write(tmp_path, SLOW_MOTOR), tmp_path / "robot.yaml"
    result = robodiff("import", path, "-o", out, "--json")
    assert result.exit_code == 2
    ((entry),) = json.loads(result.stdout)["unsupported"]
    assert set(entry) == {"element", "file", "line", "effect"}
    assert not out.exists()
    assert robodiff("import", path, "-o", out, "--ignore").exit_code == 0
    assert out.exists()


def test_other_files_are_checked_and_exported_like_robots(robodiff, tmp_path):
    path = write(tmp_path)
    assert robodiff("check", path).exit_code == 0
    result = robodiff("export", path, "--mjcf", tmp_path / "again.xml")
    assert result.exit_code == 0, result.output
    assert robodiff("check", write(tmp_path, SLOW_MOTOR)).exit_code == 2


def test_an_experiment_may_name_another_tools_file(robodiff, files):
    write(files)
    text = (files / "experiment.yaml").read_text()
    text = text.replace("robot.yaml", "arm.xml").replace("{length: free}", "{arm_length: free}")
    (files / "experiment.yaml").write_text(text.replace("arm: 0.3", "a: 0.3"))
    result = robodiff("check", files / "experiment.yaml", "--quick")
    assert result.exit_code == 0, result.output


def test_pairs_may_be_left_out_by_name(robodiff, tmp_path):
    path, out = tmp_path / "balls.xml", tmp_path / "balls.yaml"
    balls = "".join(f'<body name="{name}"><freejoint/><geom size="0.1"/></body>' for name in "abc")
    path.write_text(f"<mujoco><worldbody>{balls}</worldbody></mujoco>")

    def pairs(*options):
        result = robodiff("import", path, "-o", out, "--json", *options)
        assert result.exit_code == 0, result.output
        told = [note["effect"] for note in json.loads(result.stdout)["notes"]]
        assert any("left out as asked" in effect for effect in told) == bool(options)
        return build_model(load_robot(out)).topology.pairs

    assert pairs() == ((0, 1), (0, 2), (1, 2))
    assert pairs("--exclude", "a,c") == ((0, 1), (1, 2))
    assert pairs("--exclude", "all") == ()
    assert robodiff("import", path, "-o", out, "--exclude", "a,x").exit_code == 2
    assert robodiff("import", path, "-o", out, "--exclude", "a").exit_code == 2
