"""The data of the page of a robot alone."""

import json
import math
import operator
from pathlib import Path

import pytest

from robodiff.errors import Problem
from robodiff.robot.expressions import FLOAT_FUNCTIONS, parse_expression
from robodiff.robot.load import load_robot, parse_robot
from robodiff.viz.report.page import data_text, render
from robodiff.viz.view.content import Subject, free_of_file, view_content
from robodiff.viz.view.formulas import formula
from robodiff.viz.view.recipe import recipe

ROOT = Path(__file__).parents[2]
SYMBOLS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "**": operator.pow, "neg": operator.neg, "pos": operator.pos, **FLOAT_FUNCTIONS,
}  # fmt: skip
ROBOT = """\
name: <b>bold</b>
parameters:
  length: {value: 50, min: 20, max: 90, unit: cm, description: <img src=x>}
  half: 0.5 * length
links:
  arm:
    joint: {type: hinge, axis: [0, 1, 0]}
    shapes: [{capsule: {from: [0, 0, 0], to: [0, 0, -half], radius: 1 cm}}]
"""


def value(tree, values):
    """A formula as the page reads it."""
    if isinstance(tree, float):
        return tree
    if isinstance(tree, str):
        return values[tree]
    return SYMBOLS[tree[0]](*(value(operand, values) for operand in tree[1:]))


@pytest.mark.parametrize(
    "text",
    ["1.5", "-a", "+a / b - 3", "(a + b) ** 2 * pi", "min(a, b, 3) + max(a, 1)", "deg(a)",
     "sqrt(a) * sin(b) + cos(a) - tan(b) + exp(-a) * log(b) + abs(-b)"],
)  # fmt: skip
def test_formulas_survive_json(text: str):
    values = {"a": 0.7, "b": 2.5}
    tree = json.loads(json.dumps(formula(parse_expression(text))))
    wanted = eval(text, {"pi": math.pi, **FLOAT_FUNCTIONS}, values)
    assert value(tree, values) == pytest.approx(wanted, rel=1e-15)


def test_the_recipe_holds_all_of_the_robot():
    robot = load_robot(ROOT / "tests/data/robots/zoo.yaml")
    found = json.loads(data_text(recipe(robot)))
    assert [link["name"] for link in found["links"]] == [link.name for link in robot.links]
    assert [shape["kind"] for shape in found["shapes"]] == [s.kind for s in robot.shapes]
    assert found["motors"][1] == {
        "name": "arm", "link": 5, "carrier": 4, "mass": ["*", 0.3, "m"]
    }  # fmt: skip
    tilt = next(p for p in found["parameters"] if p["name"] == "tilt")
    assert (tilt["unit"], tilt["factor"]) == ("deg", math.pi / 180)
    assert found["links"][2]["coordinates"] == []
    assert found["links"][4]["coordinates"] == ["slider.x", "slider.z", "slider.pitch"]


def test_parameters_that_follow_tell_how():
    parameters = recipe(parse_robot(ROBOT))["parameters"]
    assert [p["text"] for p in parameters] == ["", "0.5 * length"]
    assert (parameters[0]["lower"], parameters[0]["upper"]) == (0.2, 0.9)


def test_html_in_names_is_only_text():
    robot = parse_robot(ROBOT)
    page = render(view_content(Subject(robot.name, robot, free_of_file(robot)), "robot.yaml"))
    assert "<b>bold" not in page
    assert "<img src=x>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;: robodiff view" in page


def test_problems_are_told_with_and_without_a_robot():
    problem = Problem("unknown key", "robot.yaml", 3, 5, "links.arm", "did you mean joint?")
    alone = view_content(None, "robot.yaml", [problem])
    assert "recipe" not in alone
    assert alone["problems"][0] | {} == {
        "message": "unknown key", "file": "robot.yaml", "line": 3, "column": 5,
        "key": "links.arm", "suggestion": "did you mean joint?",
    }  # fmt: skip
    robot = parse_robot(ROBOT)
    kept = view_content(Subject(robot.name, robot, {}), "robot.yaml", [problem])
    assert kept["problems"] == alone["problems"]
    assert kept["recipe"]["links"][0]["name"] == "arm"


def test_a_page_may_ask_for_news_only_where_it_is_served():
    robot = parse_robot(ROBOT)
    content = view_content(Subject(robot.name, robot, {}), "robot.yaml")
    assert "connect-src" not in render(content)[:2000]
    assert "connect-src" in render({**content, "live": {"version": 1}})[:2000]
