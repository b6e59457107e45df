"""Units a person may write behind a number; everything inside robodiff is SI and radians."""

from __future__ import annotations

import math
import re

UNITS: dict[str, dict[str, float]] = {
    "length": {"m": 1.0, "cm": 0.01, "mm": 0.001},
    "angle": {"rad": 1.0, "deg": math.pi / 180},
    "mass": {"kg": 1.0, "g": 0.001},
    "density": {"kg/m^3": 1.0, "g/cm^3": 1000.0},
    "time": {"s": 1.0, "ms": 0.001},
    "speed": {"m/s": 1.0, "cm/s": 0.01},
    "angular speed": {"rad/s": 1.0, "deg/s": math.pi / 180, "rpm": math.pi / 30},
    "acceleration": {"m/s^2": 1.0},
    "force": {"N": 1.0, "kN": 1000.0},
    "torque": {"N m": 1.0, "Nm": 1.0, "mN m": 0.001},
    "pressure": {"Pa": 1.0, "kPa": 1e3, "MPa": 1e6, "GPa": 1e9},
    "stiffness": {"N/m": 1.0, "kN/m": 1000.0},
    "angular stiffness": {"N m/rad": 1.0, "N m/deg": 180 / math.pi},
    "damping": {"N s/m": 1.0},
    "angular damping": {"N m s/rad": 1.0},
    "inertia": {"kg m^2": 1.0, "g cm^2": 1e-7},
    "viscosity": {"Pa s": 1.0, "mPa s": 0.001},
    "motor constant": {"N m/sqrt(W)": 1.0},
    "ratio": {"-": 1.0, "%": 0.01},
}
"""Dimension: the units it may be written in, the SI unit first."""

DIMENSION = {unit: dimension for dimension, units in UNITS.items() for unit in units}
_LONGEST_FIRST = sorted(DIMENSION.keys() - {"-"}, key=len, reverse=True)
_SUFFIX = re.compile(
    r"(?P<expression>.*?[\w.)])(?P<unit>(?:\s+|(?<=\d)\s*)(?:"
    + "|".join(re.escape(unit) for unit in _LONGEST_FIRST)
    + r"))\s*",
    re.ASCII,
)
_UNKNOWN = re.compile(r"(?P<expression>[-+]?[\d.]+|.*[\w)]\s)\s*(?P<unit>[A-Za-z][\w/^ ]*)")


def si_unit(dimension: str | None) -> str:
    """The SI unit of a dimension; empty for none."""
    return next(iter(UNITS[dimension])) if dimension else ""


def factor(unit: str) -> float:
    """What one of this unit is in SI."""
    return UNITS[DIMENSION[unit]][unit]


def split_unit(text: str) -> tuple[str, str]:
    """`30 deg` as (`30`, `deg`); an empty unit when there is none."""
    if match := _SUFFIX.fullmatch(text):
        return match["expression"], match["unit"].strip()
    return text, ""


def unknown_unit(text: str) -> str:
    """The word behind a number that looks like a unit but is none; empty when there is none."""
    match = _UNKNOWN.fullmatch(text)
    return match["unit"].strip() if match else ""
