"""Equalities, tendons and fluids of MJCF: what they become, and that they survive a round trip."""

import jax
import mujoco
import numpy as np
import pytest

import robodiff as rd
from robodiff.io.mjcf import export_mjcf
from robodiff.robot.foreign.convert import convert
from robodiff.robot.load import parse_robot

GRIPPER = """<mujoco model="gripper">
<default><geom contype="0" conaffinity="0"/></default>
<option density="1.2" viscosity="0.1"/>
<worldbody><body name="palm" pos="0 0 .5"><joint name="lift" type="slide" axis="0 0 1"/>
<geom type="box" size=".05 .06 .02"/>
<body name="left" pos="0 .03 0"><joint name="left" axis="1 0 0" ref="5"/>
  <geom type="capsule" fromto="0 0 0 0 0 -.1" size=".01"/>
  <body name="tip" pos="0 0 -.1"><joint name="tip" axis="1 0 0"/><site name="s" pos="0 .01 0"/>
    <geom type="capsule" fromto="0 0 0 0 0 -.05" size=".008"/></body></body>
<body name="right" pos="0 -.03 0"><joint name="right" axis="1 0 0"/><site name="r" pos="0 0 -.1"/>
  <geom type="capsule" fromto="0 0 0 0 0 -.1" size=".01"/></body></body></worldbody>
<tendon><fixed name="split" range="-1 1" limited="true" stiffness="2" springlength="-.1 .1"
  damping=".1" frictionloss=".01"><joint joint="left" coef=".5"/><joint joint="right" coef="-.5"/>
  </fixed><fixed name="idle"><joint joint="tip" coef="1"/></fixed></tendon>
<equality><joint joint1="right" joint2="left" polycoef="0 -1 0.1 0 0"/>
  <joint joint1="tip" solref="0.05 1" solimp=".9 .9 .001"/>
  <connect body1="tip" body2="right" anchor="0 0 -.05" solref=".1 1" solimp=".8 .8 .001"/>
  <weld site1="s" site2="r" solref=".05 1" solimp=".9 .9 .001" torquescale="0.5"/>
  <joint joint1="lift" active="false"/></equality>
<actuator><position name="grip" tendon="split" kp="10"/></actuator></mujoco>"""


@pytest.fixture(scope="module")
def gripper(tmp_path_factory):
    file = tmp_path_factory.mktemp("gripper") / "gripper.xml"
    file.write_text(GRIPPER)
    return file


def test_they_are_written_as_a_person_would(gripper):
    converted = convert(gripper)
    assert not converted.refused
    assert "held firmly" in converted.findings[0].effect
    spec = parse_robot(converted.text)
    kinds = [(one.name, one.kind) for one in spec.couplings]
    assert kinds == [("right", "joint"), ("tip", "joint"), ("connect_3", "point"),
                     ("weld_4", "weld")]  # fmt: skip
    assert [one.name for one in spec.tendons] == ["split"]
    assert spec.couplings[0].stiffness is None
    assert spec.actuators[0].tendon == 0
    assert "to: [0, 0, -right_length]" in converted.text


def test_a_round_trip_keeps_them(gripper, tmp_path):
    model = jax.jit(lambda: rd.build_model(parse_robot(convert(gripper).text)))()
    again = tmp_path / "again.xml"
    again.write_text(export_mjcf(model))
    back = jax.jit(lambda: rd.build_model(parse_robot(convert(again).text)))()
    for part in ("tendons", "couplings", "fluid"):
        for name, value in vars(getattr(model, part)).items():
            found = getattr(getattr(back, part), name)
            if name == "axes":  # another order, so other sides
                continue
            if name == "box":
                found, value = np.sort(found), np.sort(value)
            scale = np.abs(np.where(np.isfinite(value), value, 0)).max()
            np.testing.assert_allclose(found, value, rtol=1e-6, atol=1e-9 * scale, err_msg=name)
    assert back.topology.coupling_ends == model.topology.coupling_ends


def test_equal_moments_about_oblique_axes_are_refused_in_a_fluid(tmp_path):
    inertia = '<inertial mass="1" pos="0 0 0" diaginertia="1 2 2" quat="{}"/>'
    body = f'<body name="b"><joint/>{inertia}</body>'
    for quat, refused in (("1 0 0 0", 0), (".6 .8 0 0", 1)):
        file = tmp_path / "b.xml"
        world = f"<worldbody>{body.format(quat)}</worldbody>"
        file.write_text(f'<mujoco><option density="9"/>{world}</mujoco>')
        assert len(convert(file, ignore=True).refused) == refused


def test_equalities_have_mujocos_error_and_lengths(gripper):
    theirs = mujoco.MjModel.from_xml_path(str(gripper))
    ours = mujoco.MjModel.from_xml_string(
        export_mjcf(jax.jit(lambda: rd.build_model(parse_robot(convert(gripper).text)))())
    )
    rng, data = np.random.default_rng(0), [mujoco.MjData(theirs), mujoco.MjData(ours)]
    for _ in range(5):
        q = rng.normal(size=theirs.nq)
        for model, one in zip((theirs, ours), data, strict=True):
            one.qpos[:] = q
            mujoco.mj_forward(model, one)
        held = [one.efc_pos[one.efc_type == 0] for one in data]
        # The weld's torquescale is another one where the two mobilities are.
        np.testing.assert_allclose(held[1][:8], held[0][:8], atol=1e-12)
        np.testing.assert_allclose(data[1].ten_length[0], data[0].ten_length[0], atol=1e-12)
        np.testing.assert_allclose(data[1].qfrc_passive, data[0].qfrc_passive, atol=1e-9)
