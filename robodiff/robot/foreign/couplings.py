"""What ties joints or bodies of a `Scene` together and a robot file cannot say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from robodiff.robot.foreign.firmness import equality_firmness
from robodiff.robot.foreign.scene import Finding, Scene
from robodiff.robot.foreign.ties import (
    JOINT,
    active,
    follows_mocap,
    is_fixed_tendon,
    used_tendons,
    why_not,
)

EQUALITIES = {
    "CONNECT": "two points stay together: a closed loop",
    "WELD": "two bodies stay together",
    "JOINT": "a joint follows another one",
    "TENDON": "a tendon's length is held",
}
"""What each kind of constraint does, by MuJoCo's name."""


def find_couplings(scene: Scene) -> Iterator[Finding]:
    """Equalities and tendons of other kinds, mimic joints that were lost, soft bodies, plugins."""
    yield from _equalities(scene)
    yield from _mimics(scene)
    yield from _tendons(scene)
    if scene.model.nflex:
        yield Finding("flex", scene.first("flexcomp", "flex"), "soft bodies are left out")
    if scene.model.nplugin:
        yield Finding("plugin", scene.first("plugin"), "plugins are left out")


def _equalities(scene: Scene) -> Iterator[Finding]:
    model = scene.model
    for i in active(scene):
        kind = scene.mujoco.mjtEq(int(model.eq_type[i])).name.removeprefix("mjEQ_")
        what = EQUALITIES.get(kind, "a constraint between bodies")
        place, label = scene.place("equalities", i), scene.label("equality", i)
        if reason := why_not(scene, i):
            yield Finding(label, place, f"the constraint is left out ({what}): {reason}")
        elif follows_mocap(scene, i):
            effect = "holds on to a mocap body, which stays where the file draws it"
            yield Finding(label, place, effect, refused=False)
    rows = equality_firmness(scene) if active(scene) else {}
    firm = [i for i in active(scene) if not why_not(scene, i) and rows.get(i, [])]
    firm = [i for i in firm if rows[i][0].is_usual]
    if firm:
        effect = "held firmly, to micrometres; MuJoCo's gives way by its solref and solimp"
        label = scene.label("equality", firm[0])
        label += f" and {len(firm) - 1} more" if len(firm) > 1 else ""
        yield Finding(label, scene.place("equalities", firm[0]), effect, refused=False)
    soft = [i for i in active(scene) if i not in firm and rows.get(i)]
    for i in soft:
        if np.ptp(model.eq_solimp[i, :2]) and not why_not(scene, i):
            effect = "its stiffness is that at an error of 0; MuJoCo's grows with the error"
            place, label = scene.place("equalities", i), scene.label("equality", i)
            yield Finding(label, place, effect, refused=False)


def _mimics(scene: Scene) -> Iterator[Finding]:
    """Joints of a URDF that this MuJoCo does not let follow another one."""
    model = scene.model
    joints = [i for i in active(scene) if model.eq_type[i] == JOINT]
    following = {model.joint(int(model.eq_obj1id[i])).name for i in joints}
    for mimic in scene.root.all("mimic") if scene.is_urdf else ():
        name = mimic.parent.attributes.get("name", "") if mimic.parent else ""
        if name not in following:
            leader = mimic.attributes.get("joint", "")
            effect = f'it does not follow "{leader}", but moves on its own'
            yield Finding(f'mimic joint "{name}"', mimic, effect)


def _tendons(scene: Scene) -> Iterator[Finding]:
    model = scene.model
    parts = ("stiffness", "damping", "limited", "frictionloss")
    for i in range(model.ntendon):
        place, label = scene.place("tendons", i), scene.label("tendon", i)
        acts = any(getattr(model, f"tendon_{part}")[i] for part in parts)
        if acts and not is_fixed_tendon(scene, i):
            effect = "no sum of hinges and slides: its force on the joints is left out"
            yield Finding(label, place, effect)
        if np.any(getattr(model, "tendon_armature", np.zeros(i + 1))[i]):
            yield Finding(label, place, "its inertia is left out")
        if i not in used_tendons(scene):
            continue
        if np.any(getattr(model, "tendon_actfrclimited", np.zeros(i + 1))[i]):
            yield Finding(label, place, "the limit of its motors' force is left out")
        for key in ("stiffnesspoly", "dampingpoly"):
            if np.any(getattr(model, f"tendon_{key}", np.zeros(i + 1))[i]):
                yield Finding(label, place, "its spring or damper is taken as linear")
