"""What MuJoCo passes over in a URDF: packages, limits of speed, mimic joints, odd inertias."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from robodiff.errors import InputError, Problem
from robodiff.robot.foreign.xml_source import Element

PACKAGE = re.compile(r"package://([^/]+)/")
FILE_NAME = re.compile(r"(?<=filename=)([\"'])(.*?)\1", re.DOTALL)


def locate_files(text: str, root: Element, packages: Mapping[str, str | Path]) -> str:
    """The text with absolute file names: `package://name/` and relative ones resolved.

    A package that is not given is a folder of its name above or beside the file. Raises
    `InputError` for one that a collision needs and that is nowhere; visuals may lack theirs.
    """
    names = {name[2] for name in FILE_NAME.finditer(text)}
    used = {found[1] for found in map(PACKAGE.match, names) if found}
    folders = {name: _folder(name, root.file, packages) for name in used}
    problems = [Problem(f"names no package {name!r}", root.file) for name in set(packages) - used]
    for mesh in _collision_meshes(root):
        name = PACKAGE.match(mesh.attributes.get("filename", ""))
        if name and folders[name[1]] is None:
            message = f"no folder {name[1]!r} above or beside this file"
            problems.append(mesh.problem(message, f"--package {name[1]}=FOLDER says where it is"))
    if problems:
        raise InputError(problems)
    here = Path(root.file).resolve().parent

    def absolute(match: re.Match[str]) -> str:
        name, package = match[2], PACKAGE.match(match[2])
        folder = folders[package[1]] if package else here
        if folder is None:
            return match[0]
        rest = name[package.end() :] if package else name.removeprefix("file://")
        return f"{match[1]}{folder / rest}{match[1]}"

    return FILE_NAME.sub(absolute, text)


def places_files_itself(root: Element) -> bool:
    """Whether a <mujoco> block says where mesh files lie."""
    return any("meshdir" in compiler.attributes for compiler in root.all("compiler"))


def check_meshes(root: Element) -> None:
    """Raises `InputError` for collision meshes that are missing or of an unknown format."""
    problems = []
    for mesh in _collision_meshes(root):
        name = mesh.attributes.get("filename", "")
        if Path(name).suffix.lower() not in (".stl", ".obj", ".msh"):
            remedy = "convert it to STL or OBJ"
            problems.append(mesh.problem(f"MuJoCo does not read the mesh {name!r}", remedy))
    if problems:
        raise InputError(problems)


def check_inertias(root: Element) -> None:
    """Raises `InputError` with every link whose mass or inertia no body has."""
    if any("balanceinertia" in compiler.attributes for compiler in root.all("compiler")):
        return
    problems = [problem for link in root.all("link") for problem in _odd_inertia(link)]
    if problems:
        raise InputError(problems)


def velocity_limits(root: Element) -> dict[str, float]:
    """Largest speed of each joint that has one [rad/s or m/s]."""
    limits = {}
    for joint in (one for one in root.children if one.tag == "joint"):
        limit = joint.one("limit")
        speed = float(limit.attributes.get("velocity", 0)) if limit else 0.0
        if speed > 0:
            limits[joint.attributes.get("name", "")] = speed
    return limits


def without_inertial(root: Element) -> Iterator[Element]:
    """Links that have shapes to touch with, and no inertia of their own."""
    for link in root.all("link"):
        if link.one("collision") and not link.one("inertial"):
            yield link


def _folder(name: str, file: str, packages: Mapping[str, str | Path]) -> Path | None:
    if name in packages:
        return Path(packages[name]).resolve()
    above = Path(file).resolve().parents
    likely = (folder for up in above for folder in (up, up / name) if folder.name == name)
    return next((folder for folder in likely if folder.is_dir()), None)


def _collision_meshes(root: Element) -> Iterator[Element]:
    return (mesh for part in root.all("collision") for mesh in part.all("mesh"))


def _odd_inertia(link: Element) -> Iterator[Problem]:
    inertial = link.one("inertial")
    if inertial is None:
        return
    name = link.attributes.get("name", "")
    mass, inertia = inertial.one("mass"), inertial.one("inertia")
    for tag, part in (("mass", mass), ("inertia", inertia)):
        if part is None:
            yield inertial.problem(f'link "{name}": the inertial has no <{tag}>')
    if inertia is None:
        return
    keys = ("ixx", "ixy", "ixz", "ixy", "iyy", "iyz", "ixz", "iyz", "izz")
    try:
        entries = [float(inertia.attributes.get(key, 0)) for key in keys]
    except ValueError:
        yield inertia.problem(f'link "{name}": its inertia is not six numbers')
        return
    moments = np.linalg.eigvalsh(np.reshape(entries, (3, 3)))
    if moments[0] < -1e-9 * moments[2]:
        reason = f"a principal moment is negative: {moments[0]:.3g} kg m^2"
    elif moments[2] > (moments[0] + moments[1]) * (1 + 1e-6):
        parts = ", ".join(f"{moment:.3g}" for moment in moments)
        reason = f"the largest principal moment is beyond the sum of the others: {parts} kg m^2"
    else:
        return
    yield inertia.problem(f'link "{name}": no body has this inertia: {reason}')
