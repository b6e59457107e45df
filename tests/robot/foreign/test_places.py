"""What is refused is named with the line of the file that holds it, included files too."""

from __future__ import annotations

import cProfile

import pytest

from robodiff.errors import InputError
from robodiff.robot.foreign.convert import convert

SCENE = '<mujoco>\n<include file="robot.xml"/>\n<worldbody>{}</worldbody>\n</mujoco>\n'
ROBOT = """<mujoco>
<worldbody>
<frame pos="0 0 1">
<body name="first"><joint name="hinge"/><geom/><geom size="0.1"/>
<body><joint type="ball" range="0 1" limited="true"/><geom size="0.1"/></body>
<geom size="0.2"/></body>
</frame>
</worldbody>
<actuator>
<motor joint="hinge"/>
<general joint="hinge" dyntype="filter" dynprm="1"/>
</actuator>
</mujoco>
"""


def places(path) -> dict[str, tuple[str, int]]:
    with pytest.raises(InputError) as error:
        convert(path)
    problems = error.value.problems
    return {one.message.split(":")[0]: (one.file, one.line) for one in problems}


def test_elements_of_an_included_file_are_found_there(tmp_path):
    (tmp_path / "robot.xml").write_text(ROBOT.replace("<geom/>", '<geom size="0.1"/>'))
    scene = tmp_path / "scene.xml"
    scene.write_text(SCENE.format('<geom type="plane" size="1 1 1"/>'))
    robot = str(tmp_path / "robot.xml")
    assert places(scene) == {
        "joint 1": (robot, 5),
        "actuator 1": (robot, 11),
    }
    assert "- actuator 1 (robot.xml, line 11): " in convert(scene, ignore=True).text


def test_the_work_of_reading_a_robot_grows_with_its_pairs_of_shapes(tmp_path):
    """Counted in calls, which no other job on the machine changes."""

    def calls(shapes):
        geom = '<geom size="0.01" pos="{} 0 0"/>'
        body = f"<joint/>{''.join(geom.format(k / 10) for k in range(shapes))}"
        chain = "".join(f'<body pos="0 {k} 1">{body}</body>' for k in range(8))
        path = tmp_path / "robot.xml"
        path.write_text(f"<mujoco><worldbody><body>{chain}{body}</body></worldbody></mujoco>")
        profile = cProfile.Profile()
        profile.runcall(convert, path, ignore=True)
        return sum(entry.callcount for entry in profile.getstats())

    calls(1)  # what is imported and cached at the first call
    assert calls(24) < 16.0 * calls(6)
