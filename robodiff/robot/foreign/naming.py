"""Names of a robot file for what the other file names, or does not."""

from __future__ import annotations

import re

from robodiff.robot.foreign.scene import Scene

LONGEST = 80
"""Letters of a name."""


def name_everything(scene: Scene) -> None:
    """Fill `scene.names`: kept where they can be, unique, letters first.

    Keys are ("body" | "joint" | "geom" | "actuator" | "tendon" | "equality", index), ("planar",
    body) for three joints that become one, and ("fixed", geom) for a link that holds a geom of the
    world.
    """
    model, names = scene.model, scene.names
    taken: set[str] = {"world"}
    for i in range(1, model.nbody):
        names["body", i] = _unique(_clean(model.body(i).name) or f"body_{i}", taken)
    for i in range(model.ngeom):
        if not model.geom_bodyid[i]:
            names["fixed", i] = _unique(_clean(model.geom(i).name) or f"fixed_{i}", taken)
    # A link that is fixed is called so as a joint too.
    taken = {names["body", i] for i in range(1, model.nbody) if not model.body_jntnum[i]}
    taken |= {name for (kind, _), name in names.items() if kind == "fixed"}
    for i in range(model.njnt):
        body = int(model.jnt_bodyid[i])
        number = i - int(model.body_jntadr[body])
        fallback = names["body", body] + (f"_{number + 1}" if number else "")
        names["joint", i] = _unique(_clean(model.joint(i).name) or fallback, taken)
    for i in range(1, model.nbody):
        names["planar", i] = _unique(_common(scene, i) or names["body", i], taken)
    taken = set()
    for i in range(model.ngeom):
        body = int(model.geom_bodyid[i])
        if not body:
            names["geom", i] = _unique(names["fixed", i], taken)
        else:
            fallback = f"{names['body', body]}_shape_{i - int(model.body_geomadr[body]) + 1}"
            names["geom", i] = _unique(_clean(model.geom(i).name) or fallback, taken)
    taken = set()
    for i in range(model.ntendon):
        names["tendon", i] = _unique(_clean(model.tendon(i).name) or f"tendon_{i + 1}", taken)
    taken = set()
    for i in range(model.neq):
        names["equality", i] = _unique(_clean(model.equality(i).name) or _tied(scene, i), taken)
    taken = set()
    for i in range(model.nactuator):
        kind = scene.mujoco.mjtTrn(int(model.actuator_trntype[i])).name
        target = "tendon" if kind == "mjTRN_TENDON" else "joint"
        driven = names.get((target, int(model.actuator_trnid[i, 0])), f"actuator_{i + 1}")
        names["actuator", i] = _unique(_clean(model.actuator(i).name) or driven, taken)


def _tied(scene: Scene, i: int) -> str:
    """A name for an equality without one: of the joint or tendon that follows."""
    model = scene.model
    kind = scene.mujoco.mjtEq(int(model.eq_type[i])).name.removeprefix("mjEQ_").lower()
    return scene.names.get((kind, int(model.eq_obj1id[i])), f"{kind}_{i + 1}")


def _common(scene: Scene, body: int) -> str:
    """What the names of a body's joints begin with alike: `root` for rootx, rootz, rooty."""
    first, count = int(scene.model.body_jntadr[body]), int(scene.model.body_jntnum[body])
    written = [scene.model.joint(first + k).name for k in range(count)]
    alike = [len(set(letters)) == 1 for letters in zip(*written, strict=False)]
    common = written[0][: (*alike, False).index(False)].rstrip("_-") if written else ""
    return _clean(common) if count == 3 and len(common) > 1 else ""


def _clean(name: str) -> str:
    """The name with what a robot file's names cannot hold replaced."""
    text = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:LONGEST]
    return text if not text or text[0].isalpha() else f"n_{text.lstrip('_-')}"


def _unique(name: str, taken: set[str]) -> str:
    """The name, numbered when it is taken; adds it to `taken`."""
    result, number = name, 2
    while result in taken:
        result, number = f"{name}_{number}", number + 1
    taken.add(result)
    return result
