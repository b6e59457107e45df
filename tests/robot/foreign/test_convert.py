"""What an MJCF or URDF file says becomes a robot file, or is named with its line."""

from __future__ import annotations

import sys

import mujoco
import numpy as np
import pytest

import robodiff as rd
from robodiff.errors import InputError, RobodiffWarning
from robodiff.io.mjcf import export_mjcf
from robodiff.robot.build import build_model
from robodiff.robot.design import Design
from robodiff.robot.foreign.convert import convert
from robodiff.robot.foreign.scene import read_scene
from robodiff.robot.foreign.softness import contact_stiffness
from robodiff.robot.load import parse_robot

BALL = '<body name="ball" pos="0 0 1"><freejoint/><geom name="ball" size="0.1"{}/></body>'


EXCLUDED_1_2 = '<contact><exclude body1="_1" body2="_2"/></contact>'
EXCLUDED = '<contact><exclude body1="ball" body2="other"/></contact>'


def mjcf(tmp_path, world: str, rest: str = "", name: str = "robot.xml"):
    path = tmp_path / name
    path.write_text(f"<mujoco>\n<worldbody>\n{world}\n</worldbody>\n{rest}\n</mujoco>\n")
    return path


def refusals(path) -> list[tuple[str, int]]:
    with pytest.raises(InputError) as error:
        convert(path)
    assert all(problem.file == str(path) for problem in error.value.problems)
    return [(problem.message, problem.line) for problem in error.value.problems]


def test_the_same_file_serves_as_a_robot(tmp_path):
    path = mjcf(tmp_path, '<geom type="plane" size="1 1 1"/>\n' + BALL.format(""))
    model = rd.build_model(rd.load_robot(path))
    np.testing.assert_array_equal(model.start_q, [0, 0, 1, 1, 0, 0, 0])
    assert model.topology.has_ground
    assert model.topology.shape_collides == (True,)


def test_without_a_plane_there_is_no_ground(tmp_path):
    assert not rd.load_robot(mjcf(tmp_path, BALL.format(""))).ground


def test_what_is_lost_is_named_with_its_line(tmp_path):
    hinge = '<body><joint name="a"/><site name="s"/><geom size="0.1" contype="0"/></body>'
    rest = '<tendon>\n<spatial name="rope" stiffness="3"><site site="s"/><site site="t"/></spatial>'
    path = mjcf(tmp_path, f'{hinge}<site name="t"/>', f"{rest}</tendon>")
    effect = "no sum of hinges and slides: its force on the joints is left out"
    assert refusals(path) == [(f'tendon "rope": {effect}', 6)]


def test_contact_with_two_heightfields_is_refused(tmp_path):
    hill = '<geom type="hfield" hfield="hill"/><geom type="hfield" hfield="hill" pos="2 0 0"/>\n'
    hill += BALL.format("")
    asset = '<asset><hfield name="hill" nrow="2" ncol="2" size="1 1 1 1"/></asset>'
    found = refusals(mjcf(tmp_path, hill, asset))
    assert ("contact between bodies", 3) in [(text.split(":")[0], line) for text, line in found]


def test_two_things_that_touch_are_all_pairs(tmp_path):
    two = BALL.format("") + BALL.format("").replace("ball", "other")
    text = convert(mjcf(tmp_path, '<geom type="plane" size="1 1 1"/>' + two)).text
    assert "pairs: all" in text
    assert rd.build_model(parse_robot(text)).topology.pairs == ((0, 1),)


def test_explicit_pairs_keep_their_numbers_and_shapes(tmp_path):
    """A pair between neighbours, which the filters would leave out; one of two shapes alone."""
    leg = '<body name="leg"><joint/><geom name="leg" size="0.1"/></body>'
    trunk = f'<body><freejoint/><geom name="a" size="0.1"/><geom name="b" size="0.1"/>{leg}</body>'
    wall = '<geom name="wall" type="box" size="1 0.1 1" pos="0 1 0" contype="0" conaffinity="0"/>'
    pairs = (
        '<contact><pair geom1="leg" geom2="a" friction="0.3 0.3 0 0 0" margin="0.002"/>'
        '<pair geom1="wall" geom2="leg" condim="1"/></contact>'
    )
    text = convert(mjcf(tmp_path, trunk + wall, pairs)).text
    model = rd.build_model(parse_robot(text))
    topology, numbers = model.topology, model.pairs
    assert numbers is not None
    found = {
        frozenset(topology.shape_names[shape] for shape in two): (float(f), float(m))
        for two, f, m in zip(topology.pairs, numbers.friction, numbers.margin, strict=True)
    }
    expected = {frozenset(["leg", "a"]): (0.3, 0.002), frozenset(["wall", "leg"]): (0.0, 0.0)}
    assert found == expected


def test_an_excluded_pair_does_not_touch(tmp_path):
    two = BALL.format("") + BALL.format("").replace("ball", "other")
    model = rd.build_model(parse_robot(convert(mjcf(tmp_path, two, EXCLUDED)).text))
    assert model.topology.pairs == ()


def test_a_floor_at_another_height_becomes_zero(tmp_path):
    plane = '<geom type="plane" size="1 1 1" pos="0 0 -0.5"/>\n'
    hinge = '<body name="other" pos="0 0 2"><joint/><geom size="0.1"/></body>'
    converted = convert(mjcf(tmp_path, plane + BALL.format("") + hinge, EXCLUDED))
    model = rd.build_model(parse_robot(converted.text))
    np.testing.assert_allclose(model.start_q[:3], [0, 0, 1.5])
    np.testing.assert_allclose(model.links.position[1], [0, 0, 2.5])
    assert "floor" in [finding.element for finding in converted.findings]


def test_margins_count_as_mujocos(tmp_path):
    plane = '<geom type="plane" size="1 1 1" margin="0.003"/>\n'
    path = mjcf(tmp_path, plane + BALL.format(' margin="0.004"'))
    model = rd.build_model(rd.load_robot(path))
    theirs = mujoco.MjModel.from_xml_path(str(path))
    data = mujoco.MjData(theirs)
    data.qpos[2] = 0.1
    mujoco.mj_forward(theirs, data)
    np.testing.assert_allclose(model.shapes.margin, data.contact.includemargin)


def test_a_tilted_ground_is_refused(tmp_path):
    plane = '<geom name="hill" type="plane" size="1 1 1" euler="0 10 0"/>\n'
    messages = [message for message, _ in refusals(mjcf(tmp_path, plane + BALL.format("")))]
    assert any("a plane that is not level" in message for message in messages)


def test_ignored_losses_stand_in_the_head_of_the_file(tmp_path):
    path = mjcf(tmp_path, BALL.format(""), '<option><flag actuation="disable"/></option>')
    assert '# - flag actuation="disable" (line 5): this part' in convert(path, ignore=True).text


def test_gravity_switched_off_is_no_gravity_and_no_other_flag(tmp_path):
    path = mjcf(tmp_path, BALL.format(""), '<option><flag gravity="disable"/></option>')
    assert not convert(path).refused
    np.testing.assert_array_equal(rd.build_model(rd.load_robot(path)).gravity, 0)


def test_tendons_that_only_have_inertia_are_refused(tmp_path):
    hinge = '<body><joint name="a"/><geom size="0.1" contype="0"/></body>'
    fixed = '<fixed name="t" armature="0.1"><joint joint="a" coef="1"/></fixed>'
    path = mjcf(tmp_path, hinge, f"<tendon>\n{fixed}</tendon>")
    assert refusals(path) == [('tendon "t": its inertia is left out', 6)]


def test_light_bodies_keep_their_digits(tmp_path):
    body = '<body><joint name="a"/><inertial mass="{}" pos="0 0 0" diaginertia="1 1 1"/></body>'
    mass = 3.123456789012345e-05
    path = mjcf(tmp_path, body.format(mass))
    np.testing.assert_allclose(rd.build_model(rd.load_robot(path)).links.mass, mass, rtol=1e-11)


def test_parameters_begin_with_a_letter_whatever_shapes_are_called(tmp_path):
    rod = '<geom name="{}" type="capsule" fromto="0 0 0 0 0 {}" size="0.02"/>'
    body = '<body name="_{}"><joint/>' + rod + "</body>"
    path = mjcf(tmp_path, body.format(1, "L_1", 0.3) + body.format(2, "L_2", 0.4), EXCLUDED_1_2)
    names = parse_robot(convert(path).text).parameters
    assert all(name[0].isalpha() for name in names)


def test_several_joints_become_a_chain(tmp_path):
    joints = '<joint name="a" axis="1 0 0" ref="20"/><joint name="b" axis="0 1 0" pos="0 0 1"/>'
    path = mjcf(tmp_path, f'<body name="arm">{joints}<geom size="0.1"/></body>')
    links = {link.name: link for link in rd.load_robot(path).links}
    assert list(links) == ["a", "arm"]
    assert links["arm"].joint.name == "b"


def test_a_motors_range_limits_its_torque_and_gains_are_kept(tmp_path):
    body = '<body><joint name="a"/><geom size="0.1"/></body>'
    motor = '<motor name="m" joint="a" gear="5" ctrlrange="-2 2" ctrllimited="true"/>'
    servo = '<position name="p" joint="a" kp="30" kv="2" forcerange="-4 4"/>'
    path = mjcf(tmp_path, body, f"<actuator>{motor}{servo}</actuator>")
    model = rd.build_model(rd.load_robot(path))
    np.testing.assert_allclose(model.actuators.force_limit, [2, 4])
    np.testing.assert_allclose(model.actuators.gear, [5, 1])
    np.testing.assert_allclose(model.actuators.stiffness, [0, 30])
    np.testing.assert_allclose(model.actuators.damping, [0, 2])


def test_odd_actuators_are_refused(tmp_path):
    body = '<body><joint name="a"/><geom size="0.1"/></body>'
    rest = '<actuator>\n<muscle joint="a" lengthrange="0 1"/>\n</actuator>'
    ((message, line),) = refusals(mjcf(tmp_path, body, rest))
    assert "dynamics of its own" in message
    assert line == 6


def test_limits_may_differ_by_direction_and_come_back(tmp_path):
    body = """<body><joint name="a"/><geom size="0.1"/>
      <body><joint name="b" actuatorfrcrange="-8 30"/><geom size="0.1"/></body></body>"""
    motors = """<general joint="a" gear="-2" gainprm="3" ctrlrange="-1 4" forcerange="-6 6"/>
      <position joint="b" kp="30" gear="-2" forcerange="-9 5"/>"""
    model = rd.build_model(rd.load_robot(mjcf(tmp_path, body, f"<actuator>{motors}</actuator>")))
    np.testing.assert_allclose(model.actuators.lower, [-1, -9])
    np.testing.assert_allclose(model.actuators.force_limit, [2, 4])
    again = tmp_path / "again.xml"
    again.write_text(export_mjcf(model))
    back = rd.build_model(rd.load_robot(again)).actuators
    np.testing.assert_allclose([back.lower, back.force_limit], [[-1, -9], [2, 4]])


def test_the_first_keyframe_is_the_start(tmp_path):
    body = '<body><joint name="a"/><geom size="0.1"/></body>'
    path = mjcf(tmp_path, body, '<keyframe><key qpos="0.3" qvel="2"/></keyframe>')
    model = rd.build_model(rd.load_robot(path))
    assert (model.start_q[0], model.start_v[0]) == pytest.approx((0.3, 2.0))


def test_shapes_weigh_what_mujoco_says_or_inertia_is_given(tmp_path):
    solid = '<body name="s"><joint/><geom size="0.1" density="500"/></body>'
    text = convert(mjcf(tmp_path, solid)).text
    assert "density: 500" in text
    assert "inertial" not in text
    given = '<body><joint/><inertial pos="0 0 0" mass="2" diaginertia="1 1 1"/></body>'
    text = convert(mjcf(tmp_path, given)).text
    assert "inertial" in text


URDF = """<?xml version="1.0"?>
<robot name="arm">
  <link name="base"><inertial><mass value="1"/>
    <inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <link name="tip"><inertial><mass value="1"/>
    <inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <joint name="elbow" type="revolute"><parent link="base"/><child link="tip"/>
    <axis xyz="0 1 0"/><limit lower="-1" upper="1" effort="7" velocity="2"/></joint>
</robot>
"""


def test_urdf_gets_a_floating_base_and_motors_on_request(tmp_path):
    path = tmp_path / "arm.urdf"
    path.write_text(URDF)
    with pytest.warns(RobodiffWarning, match="velocity of 1 joints"):
        model = rd.build_model(rd.load_robot(path))
    assert model.topology.joint_types == ("fixed", "hinge")
    assert model.nu == 0
    floating = convert(path, base="floating", actuate="all").text
    model = rd.build_model(parse_robot(floating))
    assert model.topology.joint_types == ("free", "hinge")
    np.testing.assert_allclose(model.actuators.force_limit, [7])
    np.testing.assert_allclose(model.actuators.no_load_speed, [2])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<mujoco>\n<worldbody>\n<bodi/>\n</worldbody></mujoco>", 3),
        ("<mujoco>\n<worldbody>\n<body><joint/></worldbody></mujoco>", 3),
        ('<mujoco>\n<worldbody>\n<body><joint/></body></worldbody></mujoco>', 3),
        ('<mujoco>\n<include file="robot.xml"/></mujoco>', 0),
        ('<mujoco><asset>\n<mesh file="nowhere.stl"/></asset></mujoco>', 0),
        ('<mujoco>\n<worldbody><body><geom size="1e400"/></body></worldbody></mujoco>', 0),
        ("<mujoco/>", 0),
        ("", 0),
    ],
)  # fmt: skip
def test_broken_files_are_told_with_their_line(tmp_path, text, line):
    path = tmp_path / "robot.xml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        rd.load_robot(path)
    (problem,) = error.value.problems
    assert problem.file == str(path)
    assert problem.line == line or not line


def test_without_mujoco_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(InputError, match=r"pip install 'robodiff\[mujoco\]'"):
        rd.load_robot(mjcf(tmp_path, BALL.format("")))


HINGE = '<body><joint name="a"/><geom size="0.1"/></body>'
SERVOS = {
    "motor": ('<motor joint="a" gear="3"/>', 'gainprm="1" gear="3"'),
    "gain": ('<motor joint="a" gear="6"/>', 'gainprm="2" gear="3"'),
    "position": (
        '<position joint="a" kp="20" kv="3"/>',
        'gainprm="20" biastype="affine" biasprm="0 -20 -3"',
    ),
    "velocity": ('<velocity joint="a" kv="4"/>', 'gainprm="4" biastype="affine" biasprm="0 0 -4"'),
    "critically damped": (
        '<position joint="a" kp="20" dampratio="1"/>',
        'gainprm="20" biastype="affine" biasprm="0 -20 1"',
    ),
}


@pytest.mark.parametrize("name", SERVOS)
def test_general_actuators_are_what_they_equal(name, tmp_path):
    short, general = SERVOS[name]
    models = [
        rd.build_model(rd.load_robot(mjcf(tmp_path, HINGE, f"<actuator>{text}</actuator>")))
        for text in (short, f'<general joint="a" {general}/>')
    ]
    assert models[0].topology.actuator_kinds == models[1].topology.actuator_kinds
    for key in ("gear", "stiffness", "damping"):
        ours, theirs = (getattr(model.actuators, key) for model in models)
        np.testing.assert_allclose(ours, theirs)


SCALED = {
    "gripper": ('gainprm="0.3" biastype="affine" biasprm="0 -100 -10"', "0.003 c here"),
    "offset": ('gainprm="-2" biastype="affine" biasprm="3 -4 0"', "-0.5 c +0.75 here"),
    "wheel": ('gainprm="2" biastype="affine" biasprm="0 0 -4" gear="3"', "0.5 c here"),
}


@pytest.mark.parametrize("name", SCALED)
def test_servos_whose_command_has_another_unit(name, tmp_path):
    """The forces are those of MuJoCo once the command is translated as it is told."""
    text, told = SCALED[name]
    rest = f'<actuator><general joint="a" {text}/></actuator>'
    path = mjcf(tmp_path, HINGE, rest)
    converted = convert(path)
    (finding,) = (one for one in converted.findings if "command" in one.effect)
    assert finding.effect.endswith(told)
    scale, *offset = (float(part) for part in told.replace("here", "").split("c") if part.strip())
    ours = mujoco.MjModel.from_xml_string(export_mjcf(rd.build_model(parse_robot(converted.text))))
    forces = []
    for model, command in (
        (mujoco.MjModel.from_xml_path(str(path)), 7.0),
        (ours, 7.0 * scale + sum(offset)),
    ):
        data = mujoco.MjData(model)
        data.qpos[0], data.qvel[0], data.ctrl[0] = 0.3, -0.7, command
        mujoco.mj_forward(model, data)
        forces.append(data.qfrc_actuator[0])
    assert abs(forces[0]) > 1.0
    np.testing.assert_allclose(forces[1], forces[0], rtol=1e-12)


ODD = {
    "constant pull": 'gainprm="1" biastype="affine" biasprm="2 0 0"',
    "gain of its own": 'gaintype="affine" gainprm="1 2 0"',
    "a spring that pushes": 'gainprm="20" biastype="affine" biasprm="0 10 0"',
    "muscle": 'gaintype="muscle" biastype="muscle" dyntype="muscle" lengthrange="0 1" '
    'gainprm="0.75 1.05 -1 200 0.5 1.6 1.5 1.3 1.2" biasprm="0.75 1.05 -1 200 0.5 1.6 1.5 1.3 1.2"',
    "filter": 'dyntype="filter" dynprm="0.1"',
}


@pytest.mark.parametrize("name", ODD)
def test_other_general_actuators_are_refused(name, tmp_path):
    rest = f'<actuator>\n<general name="g" joint="a" {ODD[name]}/></actuator>'
    ((message, line),) = refusals(mjcf(tmp_path, HINGE, rest))
    assert 'actuator "g": the actuator is left out' in message
    assert line == 6


@pytest.mark.parametrize(
    ("plane", "ball", "rest", "touches"),
    [
        ("", "", "", True),
        ('conaffinity="0"', 'conaffinity="0"', "", False),
        ('contype="2" conaffinity="2"', "", "", False),
        ('contype="2" conaffinity="2"', 'contype="3"', "", True),
        ("", 'contype="0" conaffinity="0"', "", False),
        ("", "", '<contact><exclude body1="world" body2="ball"/></contact>', False),
    ],
)
def test_contact_filters_that_switch_the_ground_off_are_kept(tmp_path, plane, ball, rest, touches):
    """MuJoCo decides: the ball lies 1 cm deep in the plane."""
    ground = f'<geom type="plane" size="1 1 1" {plane}/>\n'
    path = mjcf(tmp_path, ground + BALL.format(" " + ball), rest)
    data = mujoco.MjData(theirs := mujoco.MjModel.from_xml_path(str(path)))
    data.qpos[2] = 0.09
    mujoco.mj_forward(theirs, data)
    assert (data.ncon > 0) == touches
    assert rd.build_model(rd.load_robot(path)).topology.shape_collides == (touches,)


def test_what_is_held_by_a_mocap_body_stays_where_that_is_drawn(tmp_path):
    hand = '<body name="hand" mocap="true" pos="0 0 2"/>'
    rest = '<equality>\n<weld name="e" body1="ball" body2="hand"/></equality>'
    path = mjcf(tmp_path, BALL.format("") + hand, rest)
    (finding,) = (one for one in convert(path).findings if "mocap" in one.effect)
    assert (finding.element, finding.line, finding.refused) == ('equality "e"', 6, False)
    model = rd.build_model(rd.load_robot(path))
    assert model.topology.coupling_kinds == ("weld",)
    np.testing.assert_allclose(model.links.position[1], [0, 0, 2])


@pytest.mark.parametrize("solimp", ["0 0.8 0.01", "0.3 0.7 0.02 0.6 3", "0.9 0.95 0.001"])
def test_soft_ground_lets_it_sink_as_deep_as_mujoco_does(tmp_path, solimp):
    """A ball of half the weight, on its own, tells the depth."""
    plane = '<geom type="plane" size="1 1 1" condim="1"/>\n'
    soft = f' condim="1" solimp="{solimp}" priority="1"'
    path = mjcf(tmp_path, plane + BALL.format(soft))
    theirs = mujoco.MjModel.from_xml_path(str(path))
    theirs.opt.gravity[2] *= 0.5
    data = mujoco.MjData(theirs)
    data.qpos[2] = 0.1
    mujoco.mj_step(theirs, data, 5000)
    depth = 0.1 - data.qpos[2]
    found = contact_stiffness(read_scene(path))
    force = 0.5 * 9.81 * theirs.body_mass.sum()
    if depth < 1.5e-3:
        assert found is None
    else:
        assert found == pytest.approx(force / depth, rel=0.01)
        assert rd.build_model(rd.load_robot(path)).contact.stiffness == pytest.approx(found)


def test_a_joint_may_be_called_like_a_body_that_is_fixed(tmp_path):
    door = '<body name="door_leaf"><joint name="door"/><geom size="0.1" contype="0"/></body>'
    path = mjcf(tmp_path, f'<body name="door">{door}<geom size="0.1" contype="0"/></body>')
    links = {link.name: link for link in rd.load_robot(path).links}
    assert links["door"].joint.type == "fixed"
    assert links["door_leaf"].joint.name == "door_2"


def leg(scale: float) -> str:
    """A thigh that begins a little off its joint, a shin a little off its end, a knee cap there."""
    thigh, knee = scale * np.array([0.02, 0.01, 0.28]), scale * np.array([0.03, 0.01, 0.3])
    near = scale * np.array([0.01, 0.0, 0.02])
    capsule = '<geom name="thigh" type="capsule" size="0.03" fromto="{} {} {} {} {} {}"/>'
    cap = '<geom name="cap" size="0.02" pos="{} {} {}"/>'
    shin = '<body name="shin" pos="{} {} {}"><joint axis="0 1 0"/>'
    parts = (capsule.format(*near, *thigh), cap.format(*knee), shin.format(*knee))
    thigh_body = '<body name="thigh"><joint axis="0 1 0"/>' + "".join(parts)
    end = '<geom type="capsule" size="0.02" fromto="0 0 0 0 0 0.4"/></body></body>'
    exclude = '<contact><exclude body1="thigh" body2="shin"/></contact>'
    return f"<mujoco><worldbody>{thigh_body}{end}</worldbody>{exclude}</mujoco>"


def test_a_longer_limb_moves_frames_shapes_and_mass_together(tmp_path):
    path = tmp_path / "leg.xml"
    path.write_text(leg(1.0))
    spec = parse_robot(convert(path).text)
    length = spec.parameters["thigh_length"].value
    np.testing.assert_allclose(length, np.linalg.norm([0.03, 0.01, 0.3]))
    longer = build_model(spec, Design.from_spec(spec).replace(thigh_length=1.3 * length))
    models = [mujoco.MjModel.from_xml_string(text) for text in (export_mjcf(longer), leg(1.3))]
    close = {"rtol": 1e-9, "atol": 1e-12}
    for field in ("body_mass", "body_ipos", "geom_pos", "dof_M0", "body_pos"):
        np.testing.assert_allclose(*(getattr(one, field) for one in models), **close)
    np.testing.assert_allclose(
        longer.shapes.size[0][1], 1.3 * np.linalg.norm([0.01, 0.01, 0.26]) / 2
    )
