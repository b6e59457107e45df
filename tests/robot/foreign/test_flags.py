"""What the flags of an MJCF file switch off is not in the robot file; all else stays."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

import robodiff as rd
from robodiff.io.mjcf import export_mjcf
from robodiff.robot.foreign.convert import convert
from robodiff.robot.load import parse_robot

ROBOT = """<mujoco>
<compiler autolimits="true"/>
<option density="1000" viscosity="0.1"><flag {}/></option>
<worldbody>
<geom type="plane" size="1 1 1"/>
<body pos="0 0 1" gravcomp="{}">
<joint name="a" axis="0 1 0" range="-90 90" stiffness="2" damping="0.3" frictionloss="0.1"/>
<geom size="0.1" pos="0.2 0 0"/>
<body pos="0.5 0 0"><joint name="b" axis="0 1 0"/><geom size="0.1" pos="0.2 0 0"/></body>
</body>
</worldbody>
<equality><joint joint1="a" joint2="b"/></equality>
<actuator><motor joint="b" ctrlrange="-1 1"/></actuator>
</mujoco>
"""


def imported(tmp_path, off: str, gravcomp: float = 0.0):
    path = tmp_path / "robot.xml"
    path.write_text(ROBOT.format(" ".join(f'{one}="disable"' for one in off.split()), gravcomp))
    converted = convert(path)
    return rd.build_model(parse_robot(converted.text)), mujoco.MjModel.from_xml_path(str(path))


def test_contact(tmp_path):
    model, _ = imported(tmp_path, "contact")
    assert not model.topology.has_ground
    assert not any(model.topology.shape_collides)
    assert model.topology.limited_joints


def test_all_constraints(tmp_path):
    model, _ = imported(tmp_path, "constraint")
    assert not any(model.topology.shape_collides)
    assert not model.topology.limited_joints
    assert not np.any(model.joints.friction)
    assert model.couplings is None


def test_clamps_of_commands(tmp_path):
    model, _ = imported(tmp_path, "clampctrl")
    assert np.isinf(model.actuators.force_limit).all()


@pytest.mark.parametrize("off", ["spring", "damper", "spring damper", "spring damper gravity"])
def test_passive_forces_are_those_of_mujoco(tmp_path, off):
    model, theirs = imported(tmp_path, off, gravcomp=1.0 if "spring damper" in off else 0.0)
    ours = mujoco.MjModel.from_xml_string(export_mjcf(model))
    forces = []
    for one in (ours, theirs):
        one.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
        data = mujoco.MjData(one)
        data.qpos[:], data.qvel[:] = [0.3, -0.2], [1.0, 2.0]
        mujoco.mj_forward(one, data)
        forces.append([data.qfrc_passive, data.qacc])
    np.testing.assert_allclose(forces[0], forces[1], rtol=1e-9, atol=1e-12)
