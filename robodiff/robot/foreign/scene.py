"""An MJCF or URDF file as C MuJoCo understands it: the compiled model, and where things stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from robodiff.errors import InputError, Problem
from robodiff.robot.foreign.library import quiet_warnings, require_mujoco

SUFFIXES = (".xml", ".mjcf", ".urdf")
"""Of files that are read through MuJoCo."""


@dataclass(frozen=True)
class Finding:
    """Something in the file that robodiff says differently or not at all."""

    element: str
    """Such as `tendon "spring"`."""
    line: int
    """In the file, from 1; 0 when unknown."""
    effect: str
    """What is different."""
    refused: bool = True
    """Whether the motion would be another one; otherwise it is only told."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A file that MuJoCo compiled."""

    path: str
    """As the user named it."""
    mujoco: Any
    """The module."""
    spec: Any
    """`MjSpec`: what is written, with lines."""
    model: Any
    """`MjModel`: every number, defaults applied."""
    data: Any
    """`MjData` at the reference configuration, kinematics done."""
    is_urdf: bool
    """Whether the file is a URDF, which has no ground, no motors and no rules of contact."""
    names: dict[tuple[str, int], str] = field(default_factory=dict)
    """Name of each link, joint, shape and actuator in the robot file; see `naming.py`."""

    def line(self, kind: str, index: int) -> int:
        """Line of an element, such as `line("geoms", 3)`; 0 when unknown."""
        for element in getattr(self.spec, kind):
            if element.id == index:
                found = re.search(r"line (\d+)", element.info or "")
                return int(found.group(1)) if found else 0
        return 0

    def label(self, kind: str, index: int) -> str:
        """An element for people, such as `geom "foot"` or `geom 3`."""
        name = getattr(self.model, kind)(index).name
        return f'{kind} "{name}"' if name else f"{kind} {index}"


def read_scene(path: str | Path, base: str = "fixed") -> Scene:
    """Parse and compile a file; `base` "floating" frees the root links of a URDF.

    Raises `InputError` for anything that MuJoCo cannot read, with its line.
    """
    mujoco = require_mujoco(f"reading {path}")
    if not Path(path).is_file():
        raise InputError(Problem("no such file", str(path)))
    with quiet_warnings(mujoco):
        try:
            spec = mujoco.MjSpec.from_file(str(path))
            is_urdf = _is_urdf(path)
            if base == "floating":
                _free_roots(spec)
            model = spec.compile()
            data = mujoco.MjData(model)
            mujoco.mj_kinematics(model, data)
        except (ValueError, RuntimeError, mujoco.FatalError, UnicodeDecodeError) as error:
            raise InputError(_problem(str(path), str(error))) from None
    if not np.isfinite(model.body_mass).all() or model.nbody < 2:
        raise InputError(Problem("holds no body", str(path)))
    return Scene(str(path), mujoco, spec, model, data, is_urdf)


def _is_urdf(path: str | Path) -> bool:
    text = re.sub(r"<!--.*?-->|<\?.*?\?>", "", Path(path).read_text("utf-8"), flags=re.DOTALL)
    return text.lstrip().startswith("<robot")


def _free_roots(spec: Any) -> None:
    """A free joint for every root that has none."""
    for body in spec.worldbody.bodies:
        if not body.joints:
            body.add_freejoint()


def _problem(path: str, message: str) -> Problem:
    """What MuJoCo says, at the line that it names."""
    line = re.search(r"[Ll]ine(?: number)?[ =]+(\d+)", message)
    text = " ".join(part.strip() for part in message.splitlines() if part.strip())
    return Problem(text, path, int(line.group(1)) if line else 0, 1 if line else 0)
