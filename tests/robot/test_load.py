"""Robot files: what they mean, and every mistake with its place and a remedy."""

import contextlib
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robodiff.errors import InputError
from robodiff.robot import load_robot, parse_robot, robot_json_schema
from robodiff.robot.build import build_model

ROBOTS = sorted(Path("assets/robots").glob("*.yaml"))
WALKER = Path("assets/robots/walker.yaml").read_text()
ZOO = Path("tests/data/robots/zoo.yaml").read_text()

BASE = """\
name: r
parameters:
  length: {value: 0.5, min: 0.2, max: 0.9, unit: m}
materials: {steel: {density: 7800}}
links:
  base:
    joint: {type: planar}
    shapes: [{sphere: {radius: 0.1}}]
  leg:
    parent: base
    joint: {type: hinge, name: hip, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -length], radius: 3 cm}}]
actuators:
  hip: {type: motor, torque_limit: 5 N m}
start: {base.z: 1}
"""

MISTAKES = [
    ("radius: 3 cm", "radus: 3 cm", "radus", "unknown key", "did you mean radius?"),
    ("radius: 3 cm", "radius: -3 cm", "radius", "must be positive", ""),
    ("radius: 3 cm", "radius: 3 kg", "radius", "the unit kg is one of mass", "use m, cm, mm"),
    ("radius: 3 cm", "radius: 3 cmm", "radius", "'cmm' is no known unit", "use m, cm, mm"),
    ("radius: 3 cm", "radius: [3]", "radius", "expected a number", ""),
    ("radius: 3 cm", "radius: .nan", "radius", "not a sensible number", ""),
    ("radius: 3 cm", "radius: 1e300", "radius", "not a sensible number", ""),
    ("radius: 3 cm", "radius: true", "radius", "expected a number", ""),
    ("radius: 3 cm", "radius: length - 0.3", "radius", "at length = 0.2", "narrow"),
    ("radius: 3 cm", "radius: 1 / 0", "radius", "divides by zero", ""),
    ("-length]", "-lenght]", "to[2]", "unknown parameter 'lenght'", "did you mean length?"),
    ("-length]", "0]", "to", "the same point", ""),
    ("from: [0, 0, 0], ", "", "capsule", "needs from and to", ""),
    ("parent: base", "parent: bass", "parent", "no link 'bass'", "did you mean base?"),
    ("  base:\n", "  base:\n    parent: leg\n", "parent", "circle: base -> leg -> base", ""),
    ("type: hinge", "type: hing", "type", "unknown choice 'hing'", "did you mean hinge?"),
    ("axis: [0, 1, 0]", "axis: [0, 0, 0]", "axis", "must not be zero", ""),
    ("axis: [0, 1, 0]", "axis: [0, 1]", "axis", "at least 3 items", ""),
    (", axis: [0, 1, 0]", "", "joint", "needs an axis", "axis: [0, 1, 0]"),
    ("min: 0.2", "min: 0.95", "min", "must be less than max", ""),
    ("value: 0.5", "value: 1.5", "value", "outside its bounds [0.2, 0.9]", ""),
    ("unit: m}", "unit: metre}", "unit", "unknown unit 'metre'", ""),
    ("value: 0.5", "value: 50 deg", "value", "the unit deg is one of angle", ""),
    ("  hip: {type", "  hop: {type", "hop", "no joint 'hop'", "did you mean hip?"),
    ("{type: motor", "{joint: base, type: motor", "joint", "is planar", ""),
    ("type: motor", "type: motor, kp: 3", "kp", "has no kp", ""),
    ("type: motor", "type: position", "hip", "needs kp", ""),
    ("base.z", "base.y", "base.y", "no coordinate", ""),
    ("name: hip", "name: base", "joint", "two joints are called 'base'", "line 7"),
    ("{density: 7800}", "{density: length}", "density", "length is in m", ""),
    ("    joint: {type: planar}\n", "    material: steal\n", "material", "'steal'", "steel"),
    ("[{capsule: {from: [0, 0, 0], to: [0, 0, -length], radius: 3 cm}}]", "[]", "leg",
     "carries no mass", "inertial"),
    ("[{sphere: {radius: 0.1}}]", "[{}]", "shapes[0]", "needs one shape", "capsule"),
    ("name: r\n", "name: r\nname: s\n", "", "duplicate key 'name'", "line 1"),
    ("  length:", "  pi: 3\n  length:", "pi", "built-in", "rename"),
    ("  length:", "  a: b\n  b: a\n  length:", "a", "circle: a, b", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "message", "suggestion"), MISTAKES)
def test_a_mistake_is_told_with_place_and_remedy(old, new, key, message, suggestion):
    assert BASE.count(old) >= 1
    text = BASE.replace(old, new, 1)
    with pytest.raises(InputError) as caught:
        parse_robot(text, "r.yaml")
    found = [p for p in caught.value.problems if message in p.message]
    assert found, caught.value
    problem = found[0]
    assert problem.key.endswith(key)
    assert suggestion in problem.suggestion
    changed = next(n for n, (a, b) in enumerate(_lines(text), 1) if a != b)
    assert problem.file == "r.yaml"
    assert abs(problem.line - changed) <= 3
    assert problem.column > 0


def _lines(text):
    lines, base = text.split("\n"), BASE.split("\n")
    return [(line, base[i] if i < len(base) else "") for i, line in enumerate(lines)]


def test_a_link_named_world_is_refused():
    with pytest.raises(InputError, match="'world' is no name for a link"):
        parse_robot(BASE.replace("base", "world"))


@pytest.mark.parametrize(("text", "place"), [("", (1, 1)), ("name: r\nlinks: a\0b\n", (2, 9))])
def test_no_text_and_what_yaml_forbids_have_a_place(text, place):
    with pytest.raises(InputError) as caught:
        parse_robot(text, "robot.yaml")
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == place


def test_a_robot_without_shapes_can_be_built():
    model = build_model(parse_robot("name: r\nlinks: {base: {}}\n"))
    assert model.links.mass.sum() == 0


def test_all_mistakes_of_a_file_are_told_at_once():
    text = BASE
    for old, new in [("min: 0.2", "min: 2"), ("parent: base", "parent: bass"),
                     ("radius: 3 cm", "radus: 3 cm"), ("base.z", "base.q"),
                     ("density: 7800", "density: -1")]:  # fmt: skip
        text = text.replace(old, new)
    with pytest.raises(InputError) as caught:
        parse_robot(text)
    keys = [problem.key for problem in caught.value.problems]
    assert keys == [
        "parameters.length.min",
        "materials.steel.density",
        "links.leg.parent",
        "links.leg.shapes[0].capsule.radius",
        "links.leg.shapes[0].capsule.radus",
        "start.base.q",
    ]


def test_units_are_converted_and_defaults_hold():
    spec = parse_robot(BASE)
    assert spec.shapes[1].size[0].value == pytest.approx(0.03)
    assert spec.shapes[1].friction.value == 0.8
    assert spec.shapes[1].density.value == 1000
    assert [link.joint.name for link in spec.links] == ["base", "hip"]
    percent = parse_robot(BASE.replace("value: 0.5, min: 0.2, max: 0.9, unit: m",
                                       "value: 50, min: 20, max: 70, unit: cm"))  # fmt: skip
    length = percent.parameters["length"]
    assert (length.value, length.lower, length.upper, length.unit) == (0.5, 0.2, 0.7, "m")


def test_parameters_may_depend_on_later_ones():
    spec = parse_robot(
        BASE.replace("  length:", "  twice: 2 * half\n  half: length / 2\n  length:")
    )
    assert list(spec.parameters) == ["length", "half", "twice"]
    assert spec.parameters["twice"].value == 0.5


def test_links_are_ordered_depth_first_with_children_in_file_order():
    text = (
        "name: r\nlinks:\n  c: {parent: a}\n  r2: {}\n  a: {}\n  d: {parent: c}\n  b: {parent: a}\n"
    )
    spec = parse_robot(text)
    assert [link.name for link in spec.links] == ["r2", "a", "c", "d", "b"]
    assert [link.parent for link in spec.links] == [-1, -1, 1, 2, 1]


def test_templates_write_out_each_leg_and_blame_their_own_text():
    spec = load_robot("assets/robots/walker.yaml")
    assert [link.name for link in spec.links] == [
        "torso", "thigh_left", "shin_left", "foot_left", "thigh_right", "shin_right", "foot_right",
    ]  # fmt: skip
    assert [actuator.name for actuator in spec.actuators][:3] == [
        "hip_left", "knee_left", "ankle_left",
    ]  # fmt: skip
    assert spec.links[4].position[1].value == pytest.approx(-0.09)
    with pytest.raises(InputError) as caught:
        parse_robot(WALKER.replace("radius: shin_radius", "radius: shn_radius"))
    (problem,) = caught.value.problems
    line = WALKER.split("\n")[problem.line - 1]
    assert line[problem.column - 1 :].startswith("shin_radius")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{side: [left, right], y: [0.5, -0.5]}", "{side: [left, right], y: [1]}", "equally long"),
        ("{side: [left, right], y: [0.5, -0.5]}", "{side: left}", "needs lists"),
        ("{y} * hip_width", "{z} * hip_width", "unknown placeholder {z}"),
        ('"shin_{side}":', "shin:", "duplicate key 'shin'"),
    ],
)
def test_mistakes_in_templates_are_told(old, new, message):
    with pytest.raises(InputError, match=r".+") as caught:
        parse_robot(WALKER.replace(old, new, 1))
    assert any(message in problem.message for problem in caught.value.problems)


@pytest.mark.parametrize("path", ROBOTS, ids=lambda path: path.stem)
def test_shipped_robots_load(path):
    spec = load_robot(path)
    assert spec.name == path.stem
    assert spec.description


def test_reading_robots_needs_no_jax():
    code = (
        "import sys, robodiff.robot as r; r.load_robot('assets/robots/walker.yaml');"
        "r.robot_json_schema(); sys.exit('jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_schema_for_editors_knows_every_section():
    schema = robot_json_schema()
    assert {"links", "parameters", "repeat", "actuators"} <= schema["properties"].keys()


@given(st.integers(0, 2**32), st.sampled_from([WALKER, ZOO, BASE]))
@settings(max_examples=150, deadline=None)
def test_mutilated_files_load_or_are_refused_but_never_crash(seed, text):
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(text)), rng.choice([1, 1, 2, 5, 30])
        other = rng.randrange(len(text))
        piece = rng.choice(["", "0", "-", "[", "}", ":", "null", "{}", "x", "\n", "1e400", "&a",
                            "*a", "true", "é", "'", text[other : other + length]])  # fmt: skip
        text = text[:at] + piece + text[at + rng.choice([0, length]) :]
    with contextlib.suppress(InputError):
        parse_robot(text)


def test_a_wrong_choice_does_not_hide_later_mistakes():
    text = BASE.replace("type: hinge", "type: hing").replace("parent: base", "parent: bass")
    with pytest.raises(InputError) as caught:
        parse_robot(text)
    assert "unknown choice 'hing'" in str(caught.value)
    assert "no link 'bass'" in str(caught.value)


def test_bounds_may_tell_the_unit_of_a_plain_value():
    spec = parse_robot(
        BASE.replace("value: 0.5, min: 0.2, max: 0.9, unit: m", "value: 0.5, max: 90 cm")
    )
    assert spec.parameters["length"].value == 0.5
    assert spec.parameters["length"].unit == "m"
