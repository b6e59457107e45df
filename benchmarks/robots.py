"""The robots of the suite as cases."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.case import Case, Servo

ROOT = Path(__file__).parents[1]
FILES = {
    "double_pendulum": ROOT / "assets" / "robots" / "double_pendulum.yaml",
    "walker": ROOT / "assets" / "robots" / "walker.yaml",
    "quadruped": ROOT / "assets" / "robots" / "quadruped.yaml",
    "humanoid": ROOT / "benchmarks" / "robots" / "humanoid.yaml",
}
CHAINS = (10, 20, 40, 60)
"""Numbers of hinges."""
DT = 0.004
"""Step of every system [s]."""


def case(name: str) -> Case:
    """A robot of `FILES`, or `chain_N` with N hinges."""
    import robodiff as rd
    from robodiff.io.urdf import export_urdf

    text = FILES[name].read_text() if name in FILES else chain(int(name.removeprefix("chain_")))
    spec = rd.parse_robot(text, name)
    model = rd.build_model(spec, rd.Design.from_spec(spec))
    topology, actuators = model.topology, model.actuators
    q, v = np.asarray(model.start_q), np.asarray(model.start_v)
    kinds = zip(topology.joint_types, topology.q_start[:-1], topology.joint_names, strict=True)
    movable, joints = [], []
    for kind, start, joint in kinds:
        sizes = {"fixed": 0, "hinge": 1, "slide": 1, "planar": 3, "ball": 0, "free": 3}
        movable += range(start, start + sizes[kind])
        parts = {"planar": [f"{joint}.x", f"{joint}.z", f"{joint}.pitch"], "free": [""] * 6}
        joints += parts.get(kind, [] if kind == "fixed" else [joint])
    driven = [topology.joint_names[link] for link in topology.actuator_links]
    held = [q[topology.q_start[link]] for link in topology.actuator_links]
    return Case(
        name=name,
        yaml=text,
        mjcf=rd.export_mjcf(model, name, DT),
        urdf=export_urdf(model, name),
        dt=DT,
        q=q.tolist(),
        v=v.tolist(),
        movable=movable,
        joints=joints,
        command=[float(one) for one in held],
        servos=[
            Servo(joint, float(kp), float(kd))
            for joint, kp, kd in zip(driven, actuators.stiffness, actuators.damping, strict=True)
        ],
    )


def chain(hinges: int) -> str:
    """A robot file: hinges about x and y in turn along a hanging chain, one short rod each."""
    head = f"name: chain_{hinges}\nground: false\nlinks:\n"
    link = """  link_{i}:
    parent: {parent}
    position: [0, 0, {z}]
    joint: {{type: hinge, axis: [{x}, {y}, 0], damping: 0.01}}
    shapes: [{{capsule: {{from: [0, 0, 0], to: [0, 0, -0.1], radius: 0.02}}}}]
"""
    parts = [
        link.format(
            i=i, parent=f"link_{i - 1}" if i else "world", z=-0.1 if i else 2, x=i % 2, y=1 - i % 2
        )
        for i in range(hinges)
    ]
    return head + "".join(parts) + "start: {link_0: 1.0}\n"
