"""Files that are no robots: each ends in one clear message, at its line, and exit code 2."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from robodiff.cli.main import app

BODY = "<body><joint/>\n{}</body>"
GEOM = '<geom size="{}"/>'


def world(inside: str, rest: str = "") -> str:
    return f"<mujoco>\n<worldbody>\n{inside}\n</worldbody>\n{rest}</mujoco>"


def arm(joint: str, after: str = "") -> str:
    """A URDF of two links whose joint stands on line 4."""
    inertia = '<inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/>'
    link = '<link name="{}"><inertial><mass value="1"/>' + inertia + "</inertial></link>\n"
    ends = '<parent link="a"/><child link="b"/>'
    urdf = f'<robot name="r">\n{link.format("a")}{link.format("b")}'
    return f'{urdf}<joint name="j" type="revolute">{ends}{joint}</joint>\n{after}</robot>'


LIMIT = '<limit lower="-1" upper="1" effort="1" velocity="{}"/>'
LOOP = '<joint name="k" type="fixed"><parent link="b"/><child link="a"/></joint>'


CASES = {
    "empty": ("", 0, "is empty"),
    "blank": ("  \n \n", 0, "is empty"),
    "not XML": ("links: {}\n", 1, "not well-formed"),
    "unclosed": ("<mujoco>\n<worldbody>\n<body>\n</worldbody></mujoco>", 4, "mismatched tag"),
    "cut off": ("<mujoco>\n<worldbody>\n<body", 3, "unclosed token"),
    "wrong root": ("<sdf>\n</sdf>", 1, "the root element is <sdf>"),
    "unknown element": ("<mujoco>\n<worldbody>\n<bodi/>\n</worldbody></mujoco>", 3, "bodi"),
    "unknown attribute": (world('<body><geom sise="1"/></body>'), 3, "sise"),
    "no body": ("<mujoco/>", 0, "no body"),
    "no mass": (world("<body><joint/></body>"), 3, "mass"),
    "infinite": (world(BODY.format(GEOM.format("inf"))), 4, "not a sensible number"),
    "not a number": (world(BODY.format(GEOM.format("nan"))), 4, "not a sensible number"),
    "absurd": (world(BODY.format('<geom size="1" density="1e300"/>')), 4, "not a sensible number"),
    "overflow": (world(BODY.format(GEOM.format("1e400"))), 4, "not a sensible number"),
    "negative mass": (world(BODY.format('<geom size="1" mass="-1"/>')), 4, "mass is negative"),
    "negative size": (world(BODY.format(GEOM.format("-1"))), 4, "size"),
    "words": (world(BODY.format(GEOM.format("big"))), 4, "size"),
    "includes itself": ('<mujoco>\n<include file="robot.xml"/></mujoco>', 2, "includes itself"),
    "circle": ('<mujoco>\n<include file="other.xml"/></mujoco>', 1, "includes itself"),
    "missing include": ('<mujoco>\n\n<include file="nowhere.xml"/></mujoco>', 3, "no such file"),
    "missing mesh": (
        world(BODY.format('<geom type="mesh" mesh="m"/>'),
              '<asset>\n<mesh name="m" file="m.stl"/></asset>'),
        7, "m.stl",
    ),
    "broken mesh": (
        world(BODY.format('<geom type="mesh" mesh="m"/>'),
              '<asset>\n<mesh name="m" file="broken.stl"/></asset>'),
        7, "broken.stl",
    ),
    "unknown joint": (
        world(BODY.format(GEOM.format(1)), '<actuator>\n<motor joint="x"/></actuator>'), 7, "x"
    ),
    "same name twice": (
        world('<body name="a"><joint/><geom size="1"/></body>\n<body name="a"/>'), 4, "a"
    ),
    "xacro": ('<robot xmlns:xacro="http://ros.org/wiki/xacro" name="a">\n</robot>', 1, "xacro"),
    "URDF without links": ('<robot name="a">\n</robot>', 0, ""),
    "URDF without mass": (
        '<robot name="a">\n<link name="b">\n<inertial/>\n</link></robot>', 3, "no <mass>"
    ),
    "negative damping": (world('<body>\n<joint damping="-1"/></body>'), 4, "must not be negative"),
    "negative friction": (world(BODY.format('<geom size="1" friction="-1"/>')), 4, "negative"),
    "deep": ("<mujoco>\n" + "<body>" * 5000, 2, "more than 500 elements in one another"),
    "many copies": (
        world('<replicate count="1000000"><body/></replicate>'), 3, "more than 10000 copies"
    ),
    "URDF loop": (arm(LIMIT.format(1), LOOP), 2, ""),
    "URDF joint of nothing": (arm("", LOOP.replace('"a"', '"c"')), 5, "missing"),
    "URDF two parents": (arm("", LOOP.replace('"a"', '"b"')), 5, "parent"),
    "URDF speed in words": (arm(LIMIT.format("fast")), 4, "is not a number"),
    "URDF axis of no length": (arm('<axis xyz="0 0 0"/>' + LIMIT.format(1)), 4, "axis too small"),
    "URDF that follows itself": (arm(LIMIT.format(1) + '<mimic joint="j"/>'), 4, "repeated"),
    "URDF of a flat mesh": (
        arm("").replace("</inertial></link>", "</inertial>\n<collision><geometry>"
                        '<mesh filename="flat.obj"/></geometry></collision></link>', 1),
        3, "coplanar",
    ),
    "URDF name twice": ('<robot name="a"><link name="b"/>\n<link name="b"/></robot>', 0, "b"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_broken_files_end_in_a_message_with_their_line(case, tmp_path):
    text, line, words = CASES[case]
    path = tmp_path / "robot.xml"
    path.write_text(text)
    (tmp_path / "other.xml").write_text('<mujoco><include file="robot.xml"/></mujoco>')
    (tmp_path / "flat.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\nf 1 2 3\nf 2 3 4\n")
    (tmp_path / "broken.stl").write_bytes(b"solid nothing")
    result = CliRunner().invoke(app, ["import", str(path), "-o", str(tmp_path / "robot.yaml")])
    assert result.exit_code == 2, result.output
    assert words in result.stderr.replace("\n", " ")
    place = "other.xml" if case == "circle" else "robot.xml"
    assert f"{place}:{line}:" in result.stderr.replace("\n", "") if line else place
    assert not (tmp_path / "robot.yaml").exists()
    assert "Traceback" not in result.output


def test_a_file_that_is_not_text_is_told(tmp_path):
    path = tmp_path / "robot.xml"
    path.write_bytes(b"<mujoco>\n\xff\xfe\x00</mujoco>")
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 2
    assert "robot.xml:2:1" in result.stderr.replace("\n", "")


def test_comments_that_only_mujoco_allows_do_no_harm(tmp_path):
    path = tmp_path / "robot.xml"
    path.write_text(world("<!-- -- a -- -->" + BODY.format(GEOM.format(1))))
    out = tmp_path / "robot.yaml"
    result = CliRunner().invoke(app, ["import", str(path), "-o", str(out)])
    assert result.exit_code == 0, result.output
