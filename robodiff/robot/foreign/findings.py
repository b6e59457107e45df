"""What a `Scene` holds that a robot file says differently or not at all: never a silent change."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from robodiff.robot.foreign import contacts
from robodiff.robot.foreign.actuators import commands_elsewhere, unlimited_commands, why_not
from robodiff.robot.foreign.couplings import find_couplings
from robodiff.robot.foreign.flags import HARMLESS, SWITCHES, switched_off
from robodiff.robot.foreign.fluid import open_axes, read_fluid
from robodiff.robot.foreign.heightfields import heightfield_findings
from robodiff.robot.foreign.hulls import hull_of
from robodiff.robot.foreign.links import TYPES
from robodiff.robot.foreign.pairs import body_pairs, is_solid
from robodiff.robot.foreign.scene import Finding, Scene
from robodiff.robot.foreign.shapes import KINDS, MESH
from robodiff.robot.foreign.urdf import velocity_limits, without_inertial


def find_differences(scene: Scene, actuate: str = "file") -> list[Finding]:
    """Everything that is left out or approximated: what is refused first, then by line."""
    parts = (_world, find_couplings, _geoms, _pairs, _contact, _joints, _actuators)
    found = list(chain.from_iterable(part(scene) for part in parts))
    if scene.is_urdf:
        found += _urdf(scene, actuate)
    return sorted(found, key=lambda finding: (not finding.refused, finding.line))


def _world(scene: Scene) -> Iterator[Finding]:
    off = switched_off(scene.mujoco, scene.model)
    for body in open_axes(scene):
        place, label = scene.place("bodies", body), scene.label("body", body)
        yield Finding(label, place, "equal moments leave open how its box stands in the fluid")
    known = {*SWITCHES, *HARMLESS, "CONSTRAINT", "PASSIVE"}
    for name in (one.lower() for one in off if one not in known):
        effect = "this part stays switched on"
        yield Finding(f'flag {name}="disable"', scene.option(name), effect)


def _geoms(scene: Scene) -> Iterator[Finding]:
    """Geoms of other kinds that touch, and ground that is not a floor."""
    model = scene.model
    yield from heightfield_findings(scene)
    field = contacts.heightfield(scene)
    for plane in contacts.grounds(scene) if field is None else ():
        if not contacts.is_level(scene, plane):
            place, label = scene.place("geoms", plane), scene.label("geom", plane)
            yield Finding(label, place, "a plane that is not level, or a second floor, is left out")
    for geom in range(model.ngeom):
        place, label = scene.place("geoms", geom), scene.label("geom", geom)
        kind, body = int(model.geom_type[geom]), int(model.geom_bodyid[geom])
        touches = bool(body) and kind != contacts.PLANE and contacts.touches_ground(scene, geom)
        if kind == MESH and touches:
            hull = hull_of(scene, geom)
            if hull.distance > 0:
                effect = f"touches the ground by {len(hull.points)} of the {hull.total} corners of"
                effect += f" its convex hull, which is up to {1e3 * hull.distance:.2g} mm larger"
                yield Finding(label, place, effect, refused=False)
        elif kind not in KINDS and kind != contacts.PLANE and touches:
            word = str(scene.mujoco.mjtGeom(kind)).rsplit("_", 1)[-1].lower()
            yield Finding(label, place, f"a {word} passes through the ground")
        if np.any(model.geom_fluid[geom]) and read_fluid(scene):
            yield Finding(label, place, "its fluid forces are left out")


def _pairs(scene: Scene) -> Iterator[Finding]:
    """Contact between bodies that robodiff cannot say; told where a URDF's own links overlap."""
    said = body_pairs(scene)
    found = [pair for pair in contacts.touching_pairs(scene) if pair not in said]
    own = [pair for pair in found if is_solid(scene, pair)]
    others = sorted(set(found) - set(own))
    for pairs, element in ((others, "contact between bodies"), (own, "contact of a robot's links")):
        if pairs:
            named = [" and ".join(scene.label("geom", g) for g in pair) for pair in pairs[:2]]
            more = f", {len(pairs) - 2} pairs more" if len(pairs) > 2 else ""
            effect = f"shapes pass through one another: {'; '.join(named)}{more}"
            yield Finding(element, scene.place("geoms", pairs[0][0]), effect, pairs is others)
    if any(contacts.contact_dimension(scene, *pair) > 3 for pair in said):
        effect = "torsional and rolling friction between bodies are left out"
        yield Finding("geom condim", None, effect, refused=False)


def _contact(scene: Scene) -> Iterator[Finding]:
    """What robodiff's own contact law says otherwise; told, not refused."""
    model = scene.model
    for plane in contacts.ground_geoms(scene) if not scene.is_urdf else ():
        geoms = [g for g in range(model.ngeom) if g != plane and contacts.touches_ground(scene, g)]
        if any(contacts.contact_dimension(scene, plane, geom) > 3 for geom in geoms):
            effect = "torsional and rolling friction are left out"
            yield Finding("geom condim", scene.place("geoms", geoms[0]), effect, refused=False)
    height = contacts.floor_height(scene)
    if height and any(TYPES[kind] == "free" for kind in model.jnt_type):
        effect = f"heights of free joints count from the floor, which was at z = {height:g} m"
        yield Finding("floor", scene.place("geoms", contacts.grounds(scene)[0]), effect, False)


def _joints(scene: Scene) -> Iterator[Finding]:
    model = scene.model
    poly = getattr(model, "jnt_stiffnesspoly", np.zeros((model.njnt, 1)))
    damping = getattr(model, "dof_dampingpoly", np.zeros((model.nv, 1)))
    for joint in range(model.njnt):
        place, label = scene.place("joints", joint), scene.label("joint", joint)
        kind = TYPES[model.jnt_type[joint]]
        start = int(model.jnt_qposadr[joint])
        if kind in ("ball", "free") and model.jnt_limited[joint]:
            yield Finding(label, place, f"the limits of a {kind} joint are left out")
        turn = model.qpos_spring[start + 3 : start + 7] if kind == "free" else None
        if turn is not None and model.jnt_stiffness[joint] and not np.allclose(turn, [1, 0, 0, 0]):
            yield Finding(label, place, "its spring rests without a turn")
        if poly[joint].any() or damping[model.dof_jntid == joint].any():
            yield Finding(label, place, "its spring or damper is taken as linear")
        of_motor = getattr(model, "jnt_actgravcomp", np.zeros(model.njnt))[joint]
        if of_motor and model.jnt_actfrclimited[joint] and model.body_gravcomp.any():
            yield Finding(label, place, "gravity compensation does not count as the motor's")


def _actuators(scene: Scene) -> Iterator[Finding]:
    for i in range(scene.model.nactuator):
        reason = why_not(scene, i)
        if reason:
            place, label = scene.place("actuators", i), scene.label("actuator", i)
            yield Finding(label, place, f"the actuator is left out: {reason}")
    for i, scale, offset in commands_elsewhere(scene):
        place, label = scene.place("actuators", i), scene.label("actuator", i)
        plus = f" {offset:+g}" if offset else ""
        yield Finding(label, place, f"its command c is {scale:g} c{plus} here", refused=False)
    for i in unlimited_commands(scene):
        place, label = scene.place("actuators", i), scene.label("actuator", i)
        yield Finding(label, place, "the range of its command is the controller's", refused=False)


def _urdf(scene: Scene, actuate: str) -> Iterator[Finding]:
    """What a URDF leaves open, and what MuJoCo passes over in it."""
    if scene.model.ngeom:
        yield Finding("collision", None, "links touch a floor at z = 0", refused=False)
    for link in without_inertial(scene.root):
        effect = "has no inertial: weighs what its collision shapes do at 1000 kg/m^3"
        yield Finding(f'link "{link.attributes.get("name", "")}"', link, effect, refused=False)
    for transmission in scene.root.all("transmission"):
        label = f'transmission "{transmission.attributes.get("name", "")}"'
        effect = "its motor and reduction are not read; --actuate all gives each joint a motor"
        yield Finding(label, transmission, effect, refused=False)
    limits = velocity_limits(scene.root)
    if limits and actuate == "all":
        effect = f"velocity of {len(limits)} joints: where their motors' torque falls to 0"
        yield Finding("limit", None, effect, refused=False)
    elif limits:
        effect = f"velocity of {len(limits)} joints: held by motors alone (--actuate all)"
        yield Finding("limit", None, effect, refused=False)
