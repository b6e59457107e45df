"""Contact between bodies against conservation laws and answers known on paper."""

import functools

import numpy as np

from robodiff.physics.rollout import rollout
from tests.bodies import Body, build, state
from tests.touching import touching

G = 9.81
STIFFNESS = 2e4
CONTACT = (STIFFNESS, 1e-2, 1e-3, 1e-5)


def test_colliding_spheres_keep_their_momentum():
    """Linear and angular, through an oblique blow with friction and spin."""
    masses, radius = (2.0, 0.5), 0.1
    spheres = [
        Body("free", mass=m, inertia=(0.4 * m * radius**2,) * 3 + (0, 0, 0), shape="sphere")
        for m in masses
    ]
    model = build(*spheres, ground=False, gravity=(0, 0, 0), contact=CONTACT)
    model = touching(model, [(0, 1)], friction=0.5)
    q = [0, 0, 0, 1, 0, 0, 0, 0.25, 0.06, -0.03, 1, 0, 0, 0]
    v = [1, 0, 0, 0, 3, 1, -2, 0.1, 0, 1, 0, -5]
    path = rollout(model, state(model, q=q, v=v), dt=0.002, steps=100)
    assert path.pair_force is not None
    force = np.asarray(path.pair_force[:, 0])
    assert abs(force).max() > 10  # they meet, and part again
    assert abs(force[-1]).max() == 0
    linear, angular = momenta(np.asarray(path.q), np.asarray(path.v), masses, radius)
    assert abs(linear - linear[0]).max() < 1e-10
    assert abs(angular - angular[0]).max() < 1e-10
    assert abs(path.v[-1] - path.v[0]).max() > 0.1


def momenta(q, v, masses, radius):
    """Linear and angular momentum [T, 3] of two free balls."""
    linear = angular = np.zeros((len(q), 3))
    for k, m in enumerate(masses):
        at, speed, spin = q[:, 7 * k : 7 * k + 3], v[:, 6 * k : 6 * k + 3], v[:, 6 * k + 3 :][:, :3]
        spin = rotated(q[:, 7 * k + 3 : 7 * k + 7], spin)
        linear = linear + m * speed
        angular = angular + np.cross(at, m * speed) + 0.4 * m * radius**2 * spin
    return linear, angular


def rotated(quaternion, vector):
    w, u = quaternion[:, :1], quaternion[:, 1:]
    return vector + 2 * np.cross(u, np.cross(u, vector) + w * vector)


@functools.cache
def resting():
    """A ball in the groove of two capsules, a box on a box, a capsule on a box: at rest."""
    tilt = 0.6  # of the line between the centres of ball and capsule, from the vertical
    aside = 0.15 * np.sin(tilt)
    rod = {"shape": "capsule", "size": (0.05, 0.3, 0), "joint": "fixed",
           "shape_rotation": (np.sqrt(0.5), np.sqrt(0.5), 0, 0)}  # fmt: skip
    model = build(
        Body(**rod, position=(-aside, 0, 0)),
        Body(**rod, position=(aside, 0, 0)),
        Body("free", mass=2.0, shape="sphere"),
        Body("fixed", shape="box", size=(0.5, 0.5, 0.1), position=(3, 0, 0)),
        Body("free", mass=3.0, shape="box", size=(0.1, 0.2, 0.05)),
        Body("free", mass=1.0, shape="box", size=(0.05, 0.06, 0.07)),
        ground=False, contact=CONTACT,
    )  # fmt: skip
    model = touching(model, [(0, 2), (1, 2), (3, 4), (4, 5)], friction=(0, 0, 0.8, 0.8))
    up = 0.15 * np.cos(tilt)
    turn = [1, 0, 0, 0]
    q = [0, 0, up + 1e-4, *turn, 3, 0, 0.1502, *turn, 3, 0, 0.2703, *turn]
    path = rollout(model, state(model, q=q), dt=0.004, steps=400)
    assert path.pair_force is not None
    return np.asarray(path.q[-1]), np.asarray(path.v[-1]), np.asarray(path.pair_force[-1]), tilt


def test_what_rests_presses_by_its_weight_over_the_stiffness():
    q, v, force, tilt = resting()
    assert abs(v).max() < 1e-6
    # two contacts, each pressed by W / (2 cos) along the line between the centres
    height = 0.15 * np.cos(tilt)
    for _ in range(20):
        press = 2.0 * G / (2 * height / np.hypot(height, 0.15 * np.sin(tilt))) / STIFFNESS
        height = np.sqrt((0.15 - press) ** 2 - (0.15 * np.sin(tilt)) ** 2)
    np.testing.assert_allclose(q[2], height, rtol=0, atol=1e-6 * press)
    np.testing.assert_allclose(force[..., 2].sum(), (2 + 4 + 1) * G, rtol=1e-6)
    # 4 corners and the middles of 4 edges of a box
    np.testing.assert_allclose(0.15 - q[9], 4 * G / (8 * STIFFNESS), rtol=1e-6)
    np.testing.assert_allclose(q[9] + 0.12 - q[16], G / (8 * STIFFNESS), rtol=1e-6)
