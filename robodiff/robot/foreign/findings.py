"""What a `Scene` holds that a robot file says differently or not at all: never a silent change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from robodiff.robot.foreign import contacts
from robodiff.robot.foreign.actuators import unlimited_commands, why_not
from robodiff.robot.foreign.links import TYPES
from robodiff.robot.foreign.scene import Finding, Scene
from robodiff.robot.foreign.shapes import KINDS


def find_differences(scene: Scene) -> list[Finding]:
    """Everything that is left out or approximated, in the order of lines."""
    parts = (_world, _couplings, _geoms, _pairs, _softness, _joints, _actuators, _urdf)
    found = chain.from_iterable(part(scene) for part in parts)
    return sorted(found, key=lambda finding: (not finding.refused, finding.line))


def _world(scene: Scene) -> Iterator[Finding]:
    option = scene.model.opt
    if option.density or option.viscosity:
        yield Finding("option", 0, "the drag of the fluid around the robot is left out")
    if np.any(option.wind):
        yield Finding("option wind", 0, "wind is left out")
    flags = scene.mujoco.mjtDisableBit
    harmless = ("WARMSTART", "REFSAFE", "SENSOR", "MIDPHASE", "EULERDAMP", "AUTORESET",
                "NATIVECCD", "ISLAND", "FILTERPARENT", "CLAMPCTRL")  # fmt: skip
    for name, flag in flags.__members__.items():
        short = name.removeprefix("mjDSBL_")
        if option.disableflags & int(flag) and short not in harmless:
            yield Finding(f'flag {short.lower()}="disable"', 0, "this part stays switched on")
    for body in np.flatnonzero(scene.model.body_gravcomp).tolist():
        line, label = scene.line("bodies", body), scene.label("body", body)
        yield Finding(label, line, "its gravity compensation is left out")


def _couplings(scene: Scene) -> Iterator[Finding]:
    model = scene.model
    for i in range(model.neq):
        line = scene.line("equalities", i)
        yield Finding(scene.label("equality", i), line, "the constraint is left out")
    for i in range(model.ntendon):
        acts = model.tendon_stiffness[i] or model.tendon_damping[i] or model.tendon_limited[i]
        if acts or model.tendon_frictionloss[i]:
            line, label = scene.line("tendons", i), scene.label("tendon", i)
            yield Finding(label, line, "its force on the joints is left out")
    if model.nflex:
        yield Finding("flex", 0, "soft bodies are left out")
    if model.nplugin:
        yield Finding("plugin", 0, "plugins are left out")


def _geoms(scene: Scene) -> Iterator[Finding]:
    """Geoms of other kinds that touch, ground that is not a floor, and shapes without mass."""
    model = scene.model
    for plane in contacts.grounds(scene):
        if not contacts.is_level(scene, plane):
            line, label = scene.line("geoms", plane), scene.label("geom", plane)
            yield Finding(label, line, "a plane that is not z = 0 is left out")
    for geom in range(model.ngeom):
        line, label = scene.line("geoms", geom), scene.label("geom", geom)
        kind = int(model.geom_type[geom])
        body = int(model.geom_bodyid[geom])
        touches = bool(body) and kind != contacts.PLANE and contacts.touches_ground(scene, geom)
        if kind not in KINDS and kind != contacts.PLANE and touches:
            word = str(scene.mujoco.mjtGeom(kind)).rsplit("_", 1)[-1].lower()
            yield Finding(label, line, f"a {word} passes through the ground")
        if np.any(model.geom_fluid[geom]):
            yield Finding(label, line, "its fluid forces are left out")


def _pairs(scene: Scene) -> Iterator[Finding]:
    """Contact between bodies, told once."""
    pairs = contacts.touching_pairs(scene)
    if pairs:
        named = [" and ".join(scene.label("geom", geom) for geom in pair) for pair in pairs[:2]]
        more = f", {len(pairs) - 2} pairs more" if len(pairs) > 2 else ""
        effect = f"shapes pass through one another: {'; '.join(named)}{more}"
        yield Finding("contact between bodies", scene.line("geoms", pairs[0][0]), effect)
    for i in range(scene.model.npair):
        yield Finding(scene.label("pair", i), scene.line("pairs", i), "the contact is left out")


def _softness(scene: Scene) -> Iterator[Finding]:
    """What robodiff's own contact law says otherwise; told, not refused."""
    model = scene.model
    for plane in contacts.grounds(scene) if not scene.is_urdf else ():
        geoms = [g for g in range(model.ngeom) if g != plane and contacts.touches_ground(scene, g)]
        margins = model.geom_margin[geoms] + model.geom_margin[plane]
        line = scene.line("geoms", geoms[0]) if geoms else 0
        if margins.any():
            effect = f"shapes touch at distance 0, not at up to {1e3 * margins.max():g} mm"
            yield Finding("geom margin", line, effect, refused=False)
        if any(contacts.contact_dimension(scene, plane, geom) > 3 for geom in geoms):
            effect = "torsional and rolling friction are left out"
            yield Finding("geom condim", line, effect, refused=False)
    if scene.is_urdf and model.ngeom:
        effect = "links touch a floor at z = 0, and pass through one another"
        yield Finding("collision", 0, effect, refused=False)


def _joints(scene: Scene) -> Iterator[Finding]:
    model = scene.model
    poly = getattr(model, "jnt_stiffnesspoly", np.zeros((model.njnt, 1)))
    damping = getattr(model, "dof_dampingpoly", np.zeros((model.nv, 1)))
    for joint in range(model.njnt):
        line, label = scene.line("joints", joint), scene.label("joint", joint)
        kind = TYPES[model.jnt_type[joint]]
        start = int(model.jnt_qposadr[joint])
        if kind in ("ball", "free") and model.jnt_limited[joint]:
            yield Finding(label, line, f"the limits of a {kind} joint are left out")
        turn = model.qpos_spring[start + 3 : start + 7] if kind == "free" else None
        if turn is not None and model.jnt_stiffness[joint] and not np.allclose(turn, [1, 0, 0, 0]):
            yield Finding(label, line, "its spring rests without a turn")
        if poly[joint].any() or damping[model.dof_jntid == joint].any():
            yield Finding(label, line, "its spring or damper is taken as linear")
        if getattr(model, "jnt_actgravcomp", np.zeros(model.njnt))[joint]:
            yield Finding(label, line, "gravity compensation does not count as the motor's")


def _actuators(scene: Scene) -> Iterator[Finding]:
    for i in range(scene.model.nactuator):
        reason = why_not(scene, i)
        if reason:
            line, label = scene.line("actuators", i), scene.label("actuator", i)
            yield Finding(label, line, f"the actuator is left out: {reason}")
    for i in unlimited_commands(scene):
        line, label = scene.line("actuators", i), scene.label("actuator", i)
        yield Finding(label, line, "the range of its command is the controller's", refused=False)


def _urdf(scene: Scene) -> Iterator[Finding]:
    """What MuJoCo itself passes over in a URDF."""
    if not scene.is_urdf:
        return
    for number, text in enumerate(Path(scene.path).read_text("utf-8").splitlines(), start=1):
        if re.search(r"<mimic\b", text):
            yield Finding("mimic", number, "the joint moves on its own")
