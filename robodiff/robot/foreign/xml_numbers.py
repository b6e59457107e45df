"""Numbers in the text of an MJCF or URDF file that no robot has; MuJoCo takes many of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

LARGEST = 1e15
"""A number beyond this is a slip of the keyboard."""
MOST_COPIES = 10_000
WORDS = {"name", "class", "childclass", "file", "filename", "mesh", "joint", "body", "model"}
"""Attributes that hold text, whatever it looks like."""
NOT_NEGATIVE = {"damping", "stiffness", "armature", "frictionloss", "friction", "density",
                "viscosity"}  # fmt: skip
NUMBERS = {("limit", "velocity"), ("limit", "effort")}
"""What MuJoCo passes over, by element and attribute."""


def odd_numbers(tag: str, attributes: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with an element: numbers that are not finite, beyond reason or negative."""
    for key, text in attributes.items():
        values = _numbers(text) if key not in WORDS else []
        if (tag, key) in NUMBERS and len(values) != 1:
            yield f'{key}="{_short(text)}" is not a number'
        elif not all(math.isfinite(value) and abs(value) <= LARGEST for value in values):
            yield f'{key}="{_short(text)}" is not a sensible number'
        elif values and values[0] < 0 and key in NOT_NEGATIVE:
            yield f"{key} must not be negative, not {values[0]:g}"
        elif values and values[0] < 0 and (key == "mass" or (tag, key) == ("mass", "value")):
            yield f"the mass is negative: {values[0]:g}"
        elif (tag, key) == ("replicate", "count") and values and values[0] > MOST_COPIES:
            yield f"more than {MOST_COPIES} copies"


def _numbers(text: str) -> list[float]:
    """The numbers of an attribute; none unless all of it is numbers."""
    try:
        return [float(part) for part in text.split()]
    except ValueError:
        return []


def _short(text: str) -> str:
    return text if len(text) < 60 else text[:57] + "..."
