"""Robots of other people, dropped: they come to rest as high as in C MuJoCo.

Springs hold the joints and the ground is smooth, in both engines alike, so that there is one place
to rest: where a limp robot ends up depends on how far its feet slid on the way.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import mujoco
import numpy as np
import pytest

import robodiff as rd
from robodiff.robot.foreign.convert import convert
from robodiff.robot.load import parse_robot
from tests.robot.foreign.test_wheels import URDF, file_of

SPRING, DAMPER = 1000.0, 50.0
"""[N m/rad] and [N m s/rad]."""
DROP, DT, STEPS = 0.03, 0.002, 1000
NEAR = 2e-3
"""[m]."""
LYING = [np.sqrt(0.5), 0, -np.sqrt(0.5), 0]
STANDING = {
    "ant": {"ankle_1": 0.8, "ankle_2": -0.8, "ankle_3": -0.8, "ankle_4": 0.8},
    "half_cheetah": {},
    "hopper": {"thigh_joint": -0.3, "leg_joint": -0.6, "foot_joint": 0.4},
    "humanoidstandup": {},
    "upkie": {},
    "walker2d_v5": {"thigh_joint": -0.3, "thigh_left_joint": -0.5},
}
"""Angles at which the joints are held, by robot [rad]."""
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning")]


def theirs_of(name: str) -> mujoco.MjModel:
    spec = mujoco.MjSpec.from_file(str(file_of(name)))
    if name in URDF:
        spec.body("base").add_freejoint()
        spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1, 1, 1])
    for geom in spec.geoms:
        geom.condim = 1
        if name in URDF:  # its own links pass through one another in robodiff
            plane = geom.type == mujoco.mjtGeom.mjGEOM_PLANE
            geom.contype, geom.conaffinity = int(not plane and bool(geom.contype)), int(plane)
    return spec.compile()


def held(ours: rd.Model, q: np.ndarray) -> tuple[rd.Model, np.ndarray]:
    """The robot with springs at q, and which of its coordinates they hold."""
    topology = ours.topology
    free = np.isin([topology.joint_types[link] for link in topology.dof_links], ("free",))
    slides = np.array(
        [name.endswith((".vx", ".vz", "rootx", "rootz")) for name in topology.v_names]
    )
    springs = ~(free | slides)
    joints, shapes = ours.joints, ours.shapes
    changed = [joints.stiffness + SPRING * springs, joints.damping + DAMPER * springs, q]
    changed = [jnp.asarray(one) for one in (*changed, 0.0 * shapes.friction)]

    def places(model: rd.Model) -> list:
        joints = model.joints
        return [joints.stiffness, joints.damping, joints.rest, model.shapes.friction]

    ours = eqx.tree_at(places, ours, changed)
    if ours.pairs is not None:
        ours = eqx.tree_at(lambda model: model.pairs.friction, ours, 0.0 * ours.pairs.friction)
    return ours, springs


@pytest.mark.parametrize("name", STANDING)
def test_it_rests_as_high_as_in_mujoco(name):
    base = "floating" if name in URDF else "fixed"
    ours = rd.build_model(parse_robot(convert(file_of(name), base=base).text))
    theirs = theirs_of(name)
    q = np.array(ours.start_q)
    for joint, angle in STANDING[name].items():
        q[theirs.joint(joint).qposadr[0]] = angle
    if name == "upkie":
        q[3:7] = LYING
    ours, springs = held(ours, q)
    height = 2 if ours.topology.joint_types[0] == "free" else 1
    q[height] += lift(theirs, q)
    theirs.opt.timestep = DT / 4  # MuJoCo's springs are explicit
    dofs = np.flatnonzero(springs)
    theirs.jnt_stiffness[theirs.dof_jntid[dofs]] += SPRING
    theirs.dof_damping[dofs] += DAMPER
    theirs.qpos_spring[:] = ours.joints.rest
    data = mujoco.MjData(theirs)
    data.qpos[:] = q
    mujoco.mj_step(theirs, data, 4 * STEPS)
    mine = rd.rollout(ours, rd.State(jnp.asarray(q), 0.0 * ours.start_v), dt=DT, steps=STEPS)
    at_rest = np.asarray(mine.q)[-1]
    assert abs(data.qvel[height]) < 1e-3
    assert abs(at_rest[height] - data.qpos[height]) < NEAR


def lift(model: mujoco.MjModel, q: np.ndarray) -> float:
    """How much higher the base must start to fall `DROP`: found by MuJoCo's distances."""
    data = mujoco.MjData(model)
    data.qpos[:] = q
    mujoco.mj_kinematics(model, data)
    plane = int(np.flatnonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE)[0])
    far = [
        mujoco.mj_geomDistance(model, data, plane, geom, 10.0, np.zeros(6))
        for geom in range(model.ngeom)
        if model.geom_contype[geom] and geom != plane
    ]
    return DROP - min(far)
