"""Robot file -> `RobotSpec`. Every mistake is found in one pass, with its place and a remedy."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from robodiff.errors import InputError, RobodiffWarning
from robodiff.robot.foreign.scene import SUFFIXES
from robodiff.robot.numbers import NumberReader
from robodiff.robot.packaged import locate
from robodiff.robot.read_actuators import read_actuators, read_start
from robodiff.robot.read_couplings import read_couplings, read_fluid, read_tendons
from robodiff.robot.read_ground import read_terrain, with_whole_path
from robodiff.robot.read_links import read_links
from robodiff.robot.read_pairs import read_pairs
from robodiff.robot.read_parameters import read_parameters
from robodiff.robot.read_shapes import read_shapes
from robodiff.robot.repair import validate_and_repair
from robodiff.robot.schema import RobotSection
from robodiff.robot.spec import RobotSpec
from robodiff.robot.spec_links import MaterialSpec
from robodiff.robot.spec_world import ContactSpec
from robodiff.robot.templates import expand_templates
from robodiff.robot.yaml_source import Source, in_file_order, parse_yaml, read_yaml


def load_robot(path: str | Path, **reading: Any) -> RobotSpec:
    """Read a robot file: YAML, or MJCF (.xml) or URDF by way of MuJoCo.

    `package:NAME/path.xml` is a file of an installed Python package. `reading` are options of
    `robodiff.robot.foreign.convert.convert` for MJCF and URDF: base, actuate, packages, exclude.
    Raises `InputError` with every mistake in it, and with everything in an MJCF or URDF file that
    robodiff cannot say; warns (`RobodiffWarning`) of what it says a little differently.
    """
    path = locate(path)
    if path.suffix.lower() in SUFFIXES:
        from robodiff.robot.foreign.convert import convert  # loads jax

        converted = convert(path, **reading)
        if converted.findings:
            parts = [f"{one.element}: {one.effect}" for one in converted.findings]
            warnings.warn("\n- ".join([f"{path} is read with differences:", *parts]),
                          RobodiffWarning, stacklevel=2)  # fmt: skip
        return parse_robot(converted.text, f"{path} (as a robot file)")
    return robot_from_source(with_whole_path(read_yaml(path)))


def parse_robot(text: str, file: str = "<string>") -> RobotSpec:
    """Read a robot from YAML text; raises `InputError` with every mistake in it."""
    return robot_from_source(parse_yaml(text, file))


def robot_from_source(source: Source) -> RobotSpec:
    """Understand parsed YAML as a robot; raises `InputError` with every mistake in it."""
    expanded = expand_templates(source)
    section, problems = validate_and_repair(expanded, RobotSection)
    if section is None:
        raise InputError(_once(problems))
    reader = NumberReader(expanded, problems)
    spec = _read_robot(reader, section, source)
    if reader.problems:
        raise InputError(_once(reader.problems))
    return spec


def _read_robot(reader: NumberReader, section: RobotSection, source: Source) -> RobotSpec:
    read_parameters(reader, section.parameters)
    materials = _read_materials(reader, section)
    links = read_links(reader, section)
    shapes = read_shapes(reader, section, links, materials)
    tendons = read_tendons(reader, section, links)
    actuators = read_actuators(reader, section, links, tendons)
    start, rotations = read_start(reader, section, links)
    _check_masses(reader, links, shapes)
    return RobotSpec(
        name=section.name,
        description=section.description,
        source=source,
        parameters=reader.parameters,
        materials=materials,
        links=links,
        shapes=shapes,
        actuators=actuators,
        start=start,
        start_rotations=rotations,
        gravity=reader.row(("gravity",), section.gravity, "acceleration"),
        contact=_read_contact(reader, section),
        ground=section.ground is not False,
        integrator=section.integrator,
        tendons=tendons,
        couplings=read_couplings(reader, section, links, tendons),
        fluid=read_fluid(reader, section),
        terrain=read_terrain(reader, section),
        pairs=read_pairs(reader, section, links, shapes),
    )


def _read_materials(reader: NumberReader, section: RobotSection) -> dict[str, MaterialSpec]:
    materials = {}
    for name, material in section.materials.items():
        path = ("materials", name)
        materials[name] = MaterialSpec(
            density=reader.number((*path, "density"), material.density, "density", "positive"),
            yield_stress=reader.optional(
                (*path, "yield_stress"), material.yield_stress, "pressure", "positive"
            ),
            friction=reader.optional(
                (*path, "friction"), material.friction, "ratio", "nonnegative"
            ),
        )
    return materials


def _read_contact(reader: NumberReader, section: RobotSection) -> ContactSpec:
    contact = section.contact
    return ContactSpec(
        stiffness=reader.optional(
            ("contact", "stiffness"), contact.stiffness, "stiffness", "positive"
        ),
        dissipation_time=reader.number(
            ("contact", "dissipation_time"), contact.dissipation_time, "time", "nonnegative"
        ),
        slip_speed=reader.number(
            ("contact", "slip_speed"), contact.slip_speed, "speed", "positive"
        ),
        smoothing=reader.number(("contact", "smoothing"), contact.smoothing, "length", "positive"),
    )


def _check_masses(reader: NumberReader, links, shapes) -> None:
    """A link that moves must carry mass, itself or further out, or have armature."""
    heavy = {shape.link for shape in shapes if not links[shape.link].inertial}
    heavy |= {
        index for index, link in enumerate(links) if link.inertial and link.inertial.mass.value > 0
    }
    for index in reversed(range(len(links))):
        link = links[index]
        if index in heavy:
            heavy.add(link.parent)
        elif link.joint.type != "fixed" and not all(e.value > 0 for e in link.joint.armature):
            message = "moves but carries no mass"
            suggestion = "give it shapes, or inertial: {mass, inertia}"
            reader.fail(("links", link.name), message, suggestion, at_key=True)


def _once(problems):
    """Problems in file order; one in a template is told once, not for every copy."""
    seen = {}
    for problem in in_file_order(problems):
        seen.setdefault((problem.line, problem.column, problem.message), problem)
    return list(seen.values())
