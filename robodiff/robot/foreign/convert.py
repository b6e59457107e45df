"""MJCF or URDF file -> the text of a robot file, and a list of what that text does not say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from robodiff.errors import InputError, Problem
from robodiff.robot.foreign.actuators import read_actuators
from robodiff.robot.foreign.contacts import has_ground
from robodiff.robot.foreign.findings import find_differences
from robodiff.robot.foreign.fluid import read_fluid
from robodiff.robot.foreign.heightfields import read_heightfield
from robodiff.robot.foreign.limbs import fold_limbs
from robodiff.robot.foreign.links import Place, read_links
from robodiff.robot.foreign.masses import add_mass
from robodiff.robot.foreign.naming import name_everything
from robodiff.robot.foreign.numbers import row, tidy
from robodiff.robot.foreign.pairs import fixed_geoms, pairs_left_out, write_pairs
from robodiff.robot.foreign.scene import Finding, Scene, gravity, read_scene
from robodiff.robot.foreign.shapes import fixed_shape, read_shapes
from robodiff.robot.foreign.softness import contact_stiffness
from robodiff.robot.foreign.start import read_start
from robodiff.robot.foreign.suggest import suggest_parameters
from robodiff.robot.foreign.tidy_text import dump, share_friction, share_materials
from robodiff.robot.foreign.ties import read_couplings, read_tendons


@dataclass(frozen=True)
class Converted:
    """A robot file made from another format."""

    text: str
    """The robot file."""
    findings: list[Finding]
    """What it does not say, or says differently."""

    @property
    def refused(self) -> list[Finding]:
        """Those that change how the robot moves."""
        return [finding for finding in self.findings if finding.refused]


def convert(
    path: str | Path,
    *,
    base: str = "fixed",
    actuate: str = "file",
    ignore: bool = False,
    packages: Mapping[str, str | Path] | None = None,
    exclude: Sequence[str] = (),
) -> Converted:
    """Read an MJCF or URDF file through C MuJoCo and write it as a robot file.

    `base` "floating" frees the roots of a URDF, `actuate` "all" puts a motor at every joint that
    has none, `packages` says where a URDF's package:// files lie, `exclude` which links or shapes
    do not touch each other after all: "A,B", or "all" for any two.
    Raises `InputError` for a file that MuJoCo cannot read, and for what robodiff cannot
    say unless `ignore` is set.
    """
    scene = read_scene(path, base, packages)
    name_everything(scene)
    findings = find_differences(scene, actuate) + pairs_left_out(scene, exclude)
    if not ignore and any(finding.refused for finding in findings):
        raise InputError(_problems(scene, findings))
    return Converted(_text(scene, findings, actuate, exclude), findings)


def _problems(scene: Scene, findings: Iterable[Finding]) -> list[Problem]:
    """What is refused, each with its line."""
    suggestion = f"robodiff import {scene.path} --ignore -o robot.yaml goes on without"
    return [
        Problem(
            f"{finding.element}: {finding.effect}",
            finding.file or scene.path,
            finding.line,
            1 if finding.line else 0,
            suggestion=suggestion,
        )
        for finding in findings
        if finding.refused
    ]


def _text(scene: Scene, findings: list[Finding], actuate: str, exclude: Sequence[str]) -> str:
    """The robot file, its head telling what is not in it."""
    links, places = _links(scene)
    couplings = read_couplings(scene, places)
    parameters = suggest_parameters(links, couplings)
    materials = share_materials(links)
    friction = share_friction(links)
    robot: dict[str, Any] = {"name": _name(scene)}
    if not np.array_equal(gravity(scene), [0, 0, -9.81]):
        robot["gravity"] = row(gravity(scene))
    if not has_ground(scene):
        robot["ground"] = False
    elif heights := read_heightfield(scene):
        robot["ground"] = {"heightfield": heights}
    stiffness = contact_stiffness(scene)
    contact = {"stiffness": stiffness, "friction": friction}
    contact = {key: value for key, value in contact.items() if value is not None}
    write_pairs(scene, links, contact, exclude)
    if contact:
        robot["contact"] = contact
    parts = {
        "parameters": parameters,
        "materials": materials,
        "fluid": read_fluid(scene),
        "links": links,
        "tendons": read_tendons(scene),
        "couplings": couplings,
        "actuators": read_actuators(scene, actuate),
        "start": read_start(scene),
    }
    robot |= {key: part for key, part in parts.items() if part}
    return _head(scene, findings) + dump(fold_limbs(robot))


def _name(scene: Scene) -> str:
    given = scene.spec.modelname
    return Path(scene.path).stem if given in ("", "MuJoCo Model") else given


def _links(scene: Scene) -> tuple[dict[str, dict[str, Any]], list[Place]]:
    """Links with shapes and mass, and the place of each body."""
    links, places = read_links(scene)
    for body in range(1, scene.model.nbody):
        link, place = links[places[body].link], places[body]
        shapes = read_shapes(scene, body, place)
        add_mass(scene, body, place, link, shapes)
        if held := tidy(scene.model.body_gravcomp[body]):
            link["gravity_compensation"] = held
        if shapes:
            link["shapes"] = list(shapes.values())
    for geom in fixed_geoms(scene):
        links[scene.names["fixed", geom]] = fixed_shape(scene, geom, places[0])
    return links, places


def _head(scene: Scene, findings: list[Finding]) -> str:
    lines = [f"Read from {Path(scene.path).name} by way of MuJoCo."]
    lines += ["Contact, joint limits and dry friction follow robodiff's own laws."]
    lines += ["Not as in that file:"] if findings else []
    for finding in findings:
        other = "" if finding.file in ("", scene.path) else f"{Path(finding.file).name}, "
        place = f" ({other}line {finding.line})" if finding.line else ""
        lines.append(f"- {finding.element}{place}: {finding.effect}")
    return "".join(f"# {line}\n" for line in lines)
