"""Imported limbs that are alike become templates, which say exactly what the flat text says."""

from importlib.resources import files

import jax
import numpy as np
import pytest

import robodiff as rd
from robodiff.robot import parse_robot
from robodiff.robot.foreign import convert as converting
from robodiff.robot.foreign.convert import convert

ASSETS = files("gymnasium") / "envs" / "mujoco" / "assets"


def both(path, monkeypatch) -> tuple[str, str]:
    """The text with templates, and without."""
    folded = convert(path).text
    monkeypatch.setattr(converting, "fold_limbs", lambda robot: robot)
    return folded, convert(path).text


@pytest.mark.parametrize(
    ("name", "part", "words"),
    [
        ("walker2d_v5", 0.7, ("thigh{side}", "side: ['', _left]")),
        (
            "ant",
            0.6,
            ("{limb}_leg", "x: [1, -1, -1, 1]", "'{x} * 0.7071067811865475 * aux_length'"),
        ),
        ("humanoid", 0.9, ("side: [right, left]",)),
    ],
)
def test_limbs_become_a_template_that_says_the_same(name, part, words, monkeypatch):
    folded, flat = both(str(ASSETS / f"{name}.xml"), monkeypatch)
    assert len(folded) < part * len(flat)
    assert all(word in folded for word in words)
    ours, theirs = (rd.build_model(parse_robot(text)) for text in (folded, flat))
    assert ours.topology == theirs.topology
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_array_equal(a, b)
    designs = [rd.Design.from_spec(parse_robot(text)) for text in (folded, flat)]
    longer = [d.replace(**{n: 1.1 * v for n, v in d.values.items()}) for d in designs]
    ours, theirs = (rd.build_model(parse_robot(text), design)
                    for text, design in zip((folded, flat), longer, strict=True))  # fmt: skip
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-15)


def test_limbs_that_differ_stay_as_they_are(monkeypatch):
    folded, flat = both(str(ASSETS / "half_cheetah.xml"), monkeypatch)
    assert folded == flat
