"""Tendons, couplings and the fluid in robot files: what is read, and every mistake's place."""

import numpy as np
import pytest

import robodiff as rd
from robodiff.errors import InputError
from robodiff.physics.topology import Topology
from robodiff.robot.topology import topology_of

LINKS = """
name: hand
links:
  palm: {joint: {type: planar}, shapes: [{sphere: {radius: 0.1}}]}
  a: {parent: palm, joint: {type: hinge, axis: [1, 0, 0]}, shapes: [{sphere: {radius: 0.1}}]}
  b: {parent: palm, joint: {type: slide, axis: [1, 0, 0]}, shapes: [{sphere: {radius: 0.1}}]}
  c: {parent: b, joint: {type: ball}, shapes: [{sphere: {radius: 0.1}}]}
"""


def topology(text: str) -> Topology:
    return topology_of(rd.parse_robot(LINKS + text))


def mistakes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(InputError) as error:
        rd.parse_robot(LINKS + text)
    return [(problem.line - LINKS.count("\n"), problem.message) for problem in error.value.problems]


def test_names_become_coordinates():
    found = topology("""
tendons:
  t: {joints: {b: 1, palm.pitch: 0.2}}
  u: {joints: {a: 2 cm}}
couplings:
  a: {follows: palm.x}
  hold: {joint: b, offset: 1 cm}
  u: {type: tendon, follows: t}
  pin: {type: point, links: [a, world]}
  glue: {type: weld, links: [world, c]}
actuators:
  pull: {tendon: u}
""")
    assert found.tendon_dofs == ((4, 2), (3,))
    assert found.coupling_kinds == ("joint", "joint", "tendon", "point", "weld")
    assert found.coupling_ends == ((3, 0), (4, -1), (1, 0), (1, -1), (-1, 3))
    assert (found.actuator_tendons, found.actuator_rows) == ((1,), (found.nv + 1,))


def test_templates_hold_tendons_and_couplings():
    found = topology("""
repeat:
  - for: {joint: [a, b]}
    tendons: {"t_{joint}": {joints: {"{joint}": 1}}}
    couplings: {"{joint}": {offset: 0}}
""")
    assert found.tendon_names == ("t_a", "t_b")
    assert found.coupling_names == ("a", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("couplings: {x: {follows: a}}", "there is no hinge or slide 'x'"),
        ("couplings: {a: {follows: c}}", "there is no hinge or slide 'c'"),
        ("couplings: {a: {follows: a}}", "'a' cannot follow itself"),
        ("couplings: {a: {links: [a, b]}}", "a coupling of type joint has no links"),
        ("couplings: {a: {follows: b, ratio: 1, polynomial: [0, 1]}}", "give either ratio or"),
        ("couplings: {a: {offset: 3 kg}}", "the unit kg is one of mass"),
        ("couplings: {p: {type: point}}", "missing key 'links'"),
        ("couplings: {p: {type: point, links: [a, d]}}", "there is no link 'd'"),
        ("couplings: {p: {type: weld, links: [a, a]}}", "a link cannot be joined to itself"),
        ("couplings: {p: {type: point, links: [a, b], rotation: [0, 0, 0]}}", "no rotation"),
        ("couplings: {a: {type: jiont}}", "unknown choice 'jiont'"),
        ("tendons: {t: {joints: {c: 1}}}", "there is no hinge or slide 'c'"),
        ("tendons: {t: {joints: {a: 1}, rest: [2, 1]}}", "from 2 is beyond to 1"),
        ("tendons: {t: {joints: {a: 1}, stiffness: -1}}", "must not be negative"),
        ("actuators: {m: {tendon: t}}", "there is no tendon 't'"),
        ("fluid: {density: -1}", "must not be negative"),
    ],
)
def test_mistakes_have_their_place(text, message):
    (found,) = mistakes(text)
    assert found[0] == 1
    assert message in found[1]


def test_firm_couplings_are_as_stiff_as_what_they_hold_is_heavy():
    model = rd.build_model(
        rd.parse_robot("""
name: sliders
links:
  a: {joint: {type: slide, axis: [1, 0, 0]}, inertial: {mass: 3, inertia: [1, 1, 1]}}
  b: {joint: {type: slide, axis: [1, 0, 0]}, inertial: {mass: 6, inertia: [1, 1, 1]}}
couplings:
  a: {follows: b}
  b: {offset: 0, stiffness: 7}
tendons:
  t: {joints: {a: 2}, limits: {lower: 0, upper: 1}}
""")
    )
    np.testing.assert_allclose(model.couplings.stiffness, [9e6 / (1 / 3 + 1 / 6), 7], rtol=1e-6)
    np.testing.assert_allclose(model.tendons.limit_stiffness, [1e4 * 3 / 4], rtol=1e-6)
