"""Arithmetic of parameters: what it means, what it refuses."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robodiff.robot.expressions import ExpressionError, evaluate_float, parse_expression

VALUES = {"x": 0.7, "length": 2.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 * x + 1", 2.4), ("-length / 4", -0.5), ("length ** 3", 8), ("sqrt(2 * length)", 2),
        ("min(x, length, 3)", 0.7), ("max(x, 1)", 1), ("deg(180)", math.pi), ("cos(pi)", -1),
        ("abs(-x)", 0.7), ("2 - -x", 2.7), ("(1 + 2) * 3", 9), ("1e-3", 1e-3), ("+3", 3),
    ],
)  # fmt: skip
def test_arithmetic_means_what_it_says(text, value):
    assert evaluate_float(parse_expression(text), VALUES) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "x x", "__import__('os')", "x.real", "x[0]", "lambda: 1", "1 if x else 2",
        "sin", "sin(1, 2)", "min(1)", "f(x)", "sqrt(x=1)", "1, 2", "x = 1", "True", "1 < 2", "1j",
        "(" * 400, "-" * 600 + "1", "x // 2", "x % 2", "~1", "not x", "2 @ 3", "*x", "'a'", "é",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(ExpressionError):
        parse_expression(text)


@pytest.mark.parametrize("text", ["1 / 0", "sqrt(-1)", "9**9**9**9", "(-8)**0.5", "log(0)"])
def test_values_that_are_not_finite_numbers_are_refused(text):
    with pytest.raises(ExpressionError):
        evaluate_float(parse_expression(text), VALUES)


def test_an_unknown_function_is_named_with_its_place():
    with pytest.raises(ExpressionError) as caught:
        parse_expression("1 + sqr(x)")
    assert (caught.value.name, caught.value.offset) == ("sqr", 4)


leaves = st.one_of(st.floats(0.1, 9).map(repr), st.sampled_from(["x", "length", "pi"]))
texts = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"-{t}"),
        inner.map(lambda t: f"sin({t})"),
        st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})"),
    ),
    max_leaves=12,
)


@given(texts)
@settings(max_examples=150, deadline=None)
def test_values_agree_with_python(text):
    scope = {"sin": math.sin, "max": max, "pi": math.pi, **VALUES}
    try:
        expected = eval(text, {"__builtins__": {}}, scope)
    except ZeroDivisionError:
        return
    if len(text) <= 500 and math.isfinite(expected):
        assert evaluate_float(parse_expression(text), VALUES) == pytest.approx(expected, rel=1e-9)


@given(st.text(alphabet="x1.+-*/()e, sinmin", max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_number_or_an_expression_error(text):
    try:
        value = evaluate_float(parse_expression(text), {"x": 1.0})
    except (ExpressionError, KeyError):  # KeyError: another name
        return
    assert math.isfinite(value)
