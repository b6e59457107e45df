"""What ties joints or bodies of a `Scene` together: robot files are trees, so all is refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from robodiff.robot.foreign.scene import Finding, Scene

EQUALITIES = {
    "CONNECT": "two points stay together: a closed loop",
    "WELD": "two bodies stay together",
    "JOINT": "a joint follows another one",
    "TENDON": "a tendon's length is held",
}
"""What each kind of constraint does, by MuJoCo's name."""


def find_couplings(scene: Scene) -> Iterator[Finding]:
    """Equality constraints, tendons that pull, mimic joints, soft bodies and plugins."""
    model = scene.model
    mimics = [] if not scene.is_urdf else [*scene.root.all("mimic")]
    for mimic in mimics:
        name = mimic.parent.attributes.get("name", "") if mimic.parent else ""
        leader = mimic.attributes.get("joint", "")
        effect = f'joints that follow another one ("{leader}") move on their own'
        yield Finding(f'mimic joint "{name}"', mimic.line, effect)
    for i in [] if mimics else np.flatnonzero(model.eq_active0).tolist():
        kind = scene.mujoco.mjtEq(int(model.eq_type[i])).name.removeprefix("mjEQ_")
        what = EQUALITIES.get(kind, "a constraint between bodies")
        line, label = scene.line("equalities", i), scene.label("equality", i)
        yield Finding(label, line, f"the constraint is left out: {what}")
    for i in range(model.ntendon):
        acts = model.tendon_stiffness[i] or model.tendon_damping[i] or model.tendon_limited[i]
        if acts or model.tendon_frictionloss[i]:
            line, label = scene.line("tendons", i), scene.label("tendon", i)
            yield Finding(label, line, "its force on the joints is left out")
    if model.nflex:
        yield Finding("flex", scene.first_line("flexcomp", "flex"), "soft bodies are left out")
    if model.nplugin:
        yield Finding("plugin", scene.first_line("plugin"), "plugins are left out")
