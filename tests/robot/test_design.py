"""Designs: named values within bounds, a pytree, and files written back."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.errors import InputError
from robodiff.robot import Design, load_robot, parse_robot, robot_from_source, robot_yaml

SPEC = parse_robot("""\
name: r  # a comment
parameters:
  both: {value: 30, min: 20, max: 70, unit: cm}
  edge: {value: 1, min: 1, max: 2}
  low: {value: 3, min: 1}
  high: {value: -2, max: 5}
  none: {value: 2, min: 1, unit: ""}
  plain: 0.25   # fixed
  double: 2 * plain
links: {a: {shapes: [{sphere: {radius: both}}]}}
""")
ALL = {name: {} for name in ("both", "edge", "low", "high", "plain")}


def test_parameters_with_both_bounds_are_free():
    design = Design.from_spec(SPEC)
    assert design.names == ("both", "edge")
    assert design.values == {"both": 0.3, "edge": 1.0}
    assert design.bounds["both"] == (0.2, 0.7)
    assert design.units == {"both": "m", "edge": ""}


def test_only_values_are_leaves():
    design = Design.from_spec(SPEC)
    assert jax.tree.leaves(design) == [0.3, 1.0]
    assert hash(jax.tree.structure(design)) == hash(jax.tree.structure(design.replace(both=0.4)))


def test_an_experiment_may_free_others_and_change_bounds():
    design = Design.from_spec(SPEC, {"plain": {"min": 0.1, "max": 0.3}, "both": {"value": 0.5}})
    assert design.names == ("both", "plain")
    assert design.values["both"] == 0.5
    assert design.bounds["plain"] == (0.1, 0.3)


@pytest.mark.parametrize(
    "free", [{"plane": {}}, {"both": {"value": 3}}, {"both": {"min": 0.8}}, {"both": {"min": 1}}]
)
def test_bad_freedoms_are_refused(free):
    with pytest.raises(InputError):
        Design.from_spec(SPEC, free)


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match="did you mean both"):
        Design.from_spec(SPEC).replace(bth=1)


def test_the_map_to_unbounded_space_gives_values_back():
    design = Design.from_spec(SPEC, ALL)
    back = design.from_unconstrained(design.to_unconstrained())
    for name in ("both", "low", "high", "plain"):
        np.testing.assert_allclose(back.values[name], design.values[name], rtol=1e-12)
    # On a bound the map has no slope; the start is moved in by a thousandth of the range.
    np.testing.assert_allclose(back.values["edge"], 1.001, rtol=1e-9)


@pytest.mark.parametrize("size", [1.0, 8.0, 1e3])
def test_mapped_values_lie_within_bounds(size):
    design = Design.from_spec(SPEC, ALL)
    x = size * jax.random.normal(jax.random.key(0), (5, 40))
    values = design.from_unconstrained(x).values
    for name, (lower, upper) in design.bounds.items():
        assert jnp.all((values[name] >= lower) & (values[name] <= upper))
        assert values[name].shape == (40,)


def test_the_map_has_a_slope_everywhere_inside():
    design = Design.from_spec(SPEC, ALL)
    x = design.to_unconstrained()
    slopes = jax.jacobian(lambda x: jnp.stack(jax.tree.leaves(design.from_unconstrained(x))))(x)
    assert jnp.linalg.matrix_rank(slopes) == 5
    assert jnp.all(jnp.isfinite(slopes))


def test_the_stretch_of_each_parameter_is_the_derivative_of_the_map():
    design = Design.from_spec(SPEC, ALL)
    x = design.to_unconstrained()
    ones = jnp.ones_like(x)
    _, slopes = jax.jvp(lambda x: design.from_unconstrained(x).values, (x,), (ones,))
    stretch = design.from_unconstrained(x).stretch()
    for name, slope in slopes.items():
        assert stretch[name] == pytest.approx(float(slope), rel=1e-4), name


def test_a_design_is_written_back_into_the_authors_text():
    design = Design.from_spec(SPEC, {"both": {"max": 0.9}, "plain": {}, "none": {"max": 4}})
    text = robot_yaml(SPEC, design.replace(both=0.8, plain=jnp.float32(0.1), none=3.0))
    assert 'none: {value: 3.0, min: 1, unit: ""}' in text
    assert "{value: 80.0, min: 20, max: 90.0, unit: cm}" in text
    assert "plain: 0.1   # fixed" in text
    assert "# a comment" in text
    again = parse_robot(text)
    assert again.parameters["both"].value == pytest.approx(0.8)
    assert again.parameters["double"].value == pytest.approx(0.2)


@pytest.mark.parametrize("name", ["walker", "quadruped", "cartpole"])
def test_written_robots_load_with_the_designs_values(name):
    spec = load_robot(f"assets/robots/{name}.yaml")
    design = Design.from_spec(spec)
    moved = design.from_unconstrained(design.to_unconstrained() + 0.3)
    again = Design.from_spec(parse_robot(robot_yaml(spec, moved)))
    for key, value in moved.values.items():
        assert again.values[key] == pytest.approx(float(value), rel=1e-12)


def test_overrides_of_the_file_are_written_into_it():
    source = SPEC.source.with_overrides(["parameters.both.value=40", "name=other"])
    spec = robot_from_source(source)
    again = parse_robot(robot_yaml(spec, Design.from_spec(spec).replace(edge=1.5)))
    assert again.name == "other"
    assert again.parameters["both"].value == 0.4
    assert again.parameters["edge"].value == 1.5


def test_overrides_without_a_place_in_the_text_are_not_lost_silently():
    spec = robot_from_source(SPEC.source.with_overrides(["ground=false"]))
    with pytest.raises(InputError, match="no place"):
        robot_yaml(spec, Design.from_spec(spec))
