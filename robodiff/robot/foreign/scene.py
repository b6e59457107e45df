"""An MJCF or URDF file as C MuJoCo understands it: the compiled model, and where things stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from robodiff.errors import InputError, Problem
from robodiff.robot.foreign.flags import apply_flags
from robodiff.robot.foreign.library import quiet_warnings, require_mujoco
from robodiff.robot.foreign.places import find_elements
from robodiff.robot.foreign.urdf import (
    check_inertias,
    check_meshes,
    locate_files,
    places_files_itself,
)
from robodiff.robot.foreign.xml_source import Element, read_elements, read_text

SUFFIXES = (".xml", ".mjcf", ".urdf")
"""Of files that are read through MuJoCo."""


@dataclass(frozen=True)
class Finding:
    """Something in the file that robodiff says differently or not at all."""

    element: str
    """Such as `tendon "spring"`."""
    place: Element | None
    """Where it stands, if that is known."""
    effect: str
    """What is different."""
    refused: bool = True
    """Whether the motion would be another one; otherwise it is only told."""

    @property
    def line(self) -> int:
        """In its file, from 1; 0 when unknown."""
        return self.place.line if self.place else 0

    @property
    def file(self) -> str:
        """The file of its place; empty when unknown."""
        return self.place.file if self.place else ""


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
    root: Element
    """The text's elements, with their lines."""
    names: dict[tuple[str, int], str] = field(default_factory=dict)
    """Name of each link, joint, shape and actuator in the robot file; see `naming.py`."""

    @property
    def is_urdf(self) -> bool:
        """Whether the file is a URDF, which has no ground, no motors and no rules of contact."""
        return self.root.tag == "robot"

    def place(self, kind: str, index: int) -> Element | None:
        """Where an element stands, such as `place("geoms", 3)`."""
        return _places(self, kind).get(index)

    def first(self, *tags: str) -> Element | None:
        """The first element of these tags."""
        return next(self.root.all(*tags), None)

    def option(self, *keys: str) -> Element | None:
        """The option or flag that sets one of these."""
        options = self.root.all("option", "flag")
        return next((one for one in options if one.attributes.keys() & set(keys)), None)

    def label(self, kind: str, index: int) -> str:
        """An element for people, such as `geom "foot"` or `geom 3`."""
        name = getattr(self.model, kind)(index).name
        return f'{kind} "{name}"' if name else f"{kind} {index}"


@lru_cache(maxsize=32)
def _places(scene: Scene, kind: str) -> dict[int, Element]:
    return find_elements(scene.root, kind, getattr(scene.spec, kind))


def read_scene(
    path: str | Path, base: str = "fixed", packages: Mapping[str, str | Path] | None = None
) -> Scene:
    """Parse and compile a file.

    `base` "floating" frees the root links of a URDF, `packages` says where its package:// files
    lie. Raises `InputError` for anything that MuJoCo cannot read, with its line.
    """
    mujoco = require_mujoco(f"reading {path}")
    root, problem = _elements(path)
    is_urdf = root.tag == "robot"
    with quiet_warnings(mujoco):
        try:
            spec = (
                _urdf_spec(mujoco, root, packages or {})
                if is_urdf
                else mujoco.MjSpec.from_file(str(path))
            )
            if base == "floating":
                _free_roots(spec)
            model = spec.compile()
            apply_flags(mujoco, model)
            data = mujoco.MjData(model)
            mujoco.mj_kinematics(model, data)
        except (ValueError, RuntimeError, mujoco.FatalError, UnicodeDecodeError) as error:
            raise InputError(problem or _problem(root, str(error))) from None
    if not np.isfinite(model.body_mass).all() or model.nbody < 2:
        raise InputError(Problem("holds no body", str(path)))
    return Scene(str(path), mujoco, spec, model, data, root)


def gravity(scene: Scene) -> np.ndarray:
    """Acceleration of free fall, 0 where a flag switches it off [m/s^2]."""
    off = scene.model.opt.disableflags & int(scene.mujoco.mjtDisableBit.mjDSBL_GRAVITY)
    return np.zeros(3) if off else scene.model.opt.gravity


def _elements(path: str | Path) -> tuple[Element, Problem | None]:
    """The file's elements; where only MuJoCo understands the text, none, and what is odd in it."""
    try:
        return read_elements(path), None
    except InputError as error:
        if "not well-formed" not in error.problems[0].message:
            raise
        text = re.sub(r"<!--.*?-->|<\?.*?\?>", "", read_text(path), flags=re.DOTALL)
        tag = "robot" if text.lstrip().startswith("<robot") else "mujoco"
        return Element(tag, {}, str(path), 0, 0, None), error.problems[0]


def _urdf_spec(mujoco: Any, root: Element, packages: Mapping[str, str | Path]) -> Any:
    """A URDF with the files that it names found, and every link kept."""
    check_inertias(root)
    check_meshes(root)
    text = read_text(root.file)
    own = places_files_itself(root)
    spec = mujoco.MjSpec.from_string(text if own else locate_files(text, root, packages))
    if own:
        spec.modelfiledir = str(Path(root.file).resolve().parent)
    else:
        spec.strippath = False
    spec.compiler.fusestatic = False
    return spec


def _free_roots(spec: Any) -> None:
    """A free joint for every root that has none."""
    for body in spec.worldbody.bodies:
        if not body.joints:
            body.add_freejoint()


def _problem(root: Element, message: str) -> Problem:
    """What MuJoCo says, at the line that it names, or at the element that names a missing file."""
    found = re.search(r"[Ll]ine(?: number)?[ =]+(\d+)", message)
    text = " ".join(part.strip() for part in message.splitlines() if part.strip())
    text = re.sub(r"(XML )?Error: ?|,? ?Element name '', id \d+(, line \d+)?", "", text)
    line = int(found.group(1)) if found else 0
    if not line:
        element = _named_in(root, message)
        if element:
            return element.problem(text)
    return Problem(text, root.file, line, 1 if line else 0)


def _named_in(root: Element, message: str) -> Element | None:
    """The element whose file or name MuJoCo quotes."""
    quoted = re.findall(r"'([^']+)'", message)
    files = [re.escape(Path(name).name) for name in quoted if re.search(r"\.\w+$", name)]
    for element in root.all("mesh", "hfield", "texture", "include"):
        name = element.attributes.get("file") or element.attributes.get("filename") or ""
        if any(re.search(one, name) for one in files) or Path(name).stem in quoted:
            return element
    parts = root.all("joint", "body", "link", "geom", "key", "material")
    return next((one for one in parts if one.attributes.get("name") in quoted), None)
