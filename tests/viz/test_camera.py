"""The camera looks where the motion can be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from robodiff.viz.camera import SIDE, choose_camera, oblique
from tests.viz.recordings import rolling_cart


def test_motion_in_the_vertical_plane_is_seen_from_the_side() -> None:
    assert choose_camera(rolling_cart(1.0)).name == "side"


def test_motion_about_the_vertical_without_ground_is_seen_from_above() -> None:
    cart = rolling_cart(1.0)
    turned = np.array(cart.link_rotation)
    turned[20:] = Rotation.from_euler("z", 0.5).as_matrix()
    arm = replace(cart, link_rotation=turned, contact_force=0.0 * cart.contact_force)
    assert choose_camera(replace(arm, link_rotation=turned[20:])).name == "top"


def test_motion_in_space_is_seen_obliquely() -> None:
    cart = rolling_cart(1.0)
    turned = np.array(cart.link_rotation)
    turned[20:] = Rotation.from_euler("z", 0.5).as_matrix()
    assert choose_camera(replace(cart, link_rotation=turned)).name == "oblique"


def test_cameras_are_orthonormal_and_face_the_robot_from_its_right() -> None:
    for camera in (SIDE, oblique()):
        assert np.allclose(camera.page @ camera.page.T, np.eye(2))
        assert camera.nearness(np.array([0.0, -1.0, 0.0])) > camera.nearness(np.zeros(3))
