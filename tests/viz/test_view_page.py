"""The page of a robot alone in a real browser, against the robot that Python builds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from robodiff.io.files import write_text
from robodiff.physics.kinematics import center_of_mass, link_poses
from robodiff.physics.model import initial_state
from robodiff.physics.rotation import quaternion_to_matrix
from robodiff.robot.build import build_model
from robodiff.robot.design import Design
from robodiff.robot.load import load_robot, parse_robot
from robodiff.robot.spec import RobotSpec
from robodiff.viz.report.page import render
from robodiff.viz.view.content import Subject, free_of_file, view_content
from tests.viz.browser import opened
from tests.viz.runs import MARKUP

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "assets" / "robots").glob("*.yaml")),
    ROOT / "tests" / "data" / "robots" / "zoo.yaml",
]
MJCF = """<mujoco><worldbody><body name="pole" pos="0 0 1"><joint name="pin" axis="0 1 0"/>
<geom type="capsule" fromto="0 0 0 0.3 0 -0.4" size="0.03"/>
<body name="tip" pos="0.3 0 -0.4" euler="10 20 30"><joint type="ball"/>
<geom type="box" size="0.1 0.2 0.05" pos="0.1 0 0"/></body></body></worldbody></mujoco>"""


def written(robot: RobotSpec, folder: Path) -> Path:
    subject = Subject(robot.name, robot, free_of_file(robot))
    return write_text(folder / "view.html", render(view_content(subject, "robot.yaml")))


def assert_same_robot(page: Any, robot: RobotSpec, values: dict[str, float]) -> None:
    """The page's shapes, masses and start are Python's at these parameter values, to 1e-6."""
    for name, value in values.items():
        page.evaluate("([name, value]) => robodiff.hold(name, value)", [name, value])
    assert page.evaluate("robodiff.state().complaint") == ""
    model = build_model(
        robot, Design.from_spec(robot, {name: {} for name in values}).replace(**values)
    )
    found = page.evaluate(
        "({...robodiff.exact(), masses: robodiff.masses(), total: robodiff.total()})"
    )
    for name, wanted in (("size", model.shapes.size), ("position", model.shapes.position)):
        np.testing.assert_allclose([s[name] for s in found["shapes"]], wanted, atol=1e-6)
    assert_same_turns([s["quaternion"] for s in found["shapes"]], model.shapes.rotation)
    np.testing.assert_allclose([m["mass"] for m in found["masses"]], model.links.mass, rtol=1e-6)
    np.testing.assert_allclose(
        [m["center"] for m in found["masses"]], model.links.center, atol=1e-6
    )
    six = np.reshape([m["inertia"] for m in found["masses"]], (-1, 9))[:, [0, 4, 8, 1, 2, 5]]
    np.testing.assert_allclose(six, model.links.inertia, rtol=1e-6, atol=1e-9)
    state = initial_state(model)
    assert_same_poses(found["poses"], model, state.q)
    np.testing.assert_allclose(found["total"]["center"], center_of_mass(model, state.q), atol=1e-6)
    assert found["total"]["mass"] == pytest.approx(float(model.links.mass.sum()), rel=1e-6)


def assert_same_turns(found: Any, wanted: Any) -> None:
    """Quaternions are the same rotations."""
    found, wanted = np.reshape(found, (-1, 4)), np.reshape(wanted, (-1, 4))
    np.testing.assert_allclose(np.abs((found * wanted).sum(1)), 1.0, atol=1e-10)


def assert_same_poses(found: list[dict[str, Any]], model: Any, q: Any, tolerance=1e-6) -> None:
    poses = link_poses(model, q)
    np.testing.assert_allclose([p["position"] for p in found], poses.position, atol=tolerance)
    for pose, rotation in zip(found, np.reshape(poses.rotation, (-1, 9)), strict=True):
        turned = np.array(quaternion_to_matrix(list(jnp.asarray(pose["quaternion"]))))
        np.testing.assert_allclose(turned, rotation, atol=tolerance)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_any_parameters_give_pythons_robot(browser: Any, tmp_path: Path, file: Path):
    robot = load_robot(file)
    free = {
        name: free_of_file(robot).get(name, (0.8 * parameter.value, 1.2 * parameter.value))
        for name, parameter in robot.parameters.items()
        if not parameter.expression.names
    }
    random = np.random.default_rng(0)
    with opened(browser, written(robot, tmp_path)) as page:
        assert_same_robot(page, robot, {name: robot.parameters[name].value for name in free})
        for part in (0.0, 1.0, random.random(len(free)), random.random(len(free))):
            parts = np.broadcast_to(part, len(free))
            at = {
                n: float(a + t * (b - a))
                for (n, (a, b)), t in zip(free.items(), parts, strict=True)
            }
            assert_same_robot(page, robot, at)


def test_imported_robots_are_shown_too(browser: Any, tmp_path: Path):
    pytest.importorskip("mujoco")
    (tmp_path / "robot.xml").write_text(MJCF)
    robot = load_robot(tmp_path / "robot.xml")
    with opened(browser, written(robot, tmp_path)) as page:
        assert_same_robot(page, robot, {})


HULL = """\
name: hull
parameters: {grow: {value: 1.0, min: 0.5, max: 2.0}}
links:
  body:
    joint: {type: free}
    inertial: {mass: 2, inertia: [0.1, 0.1, 0.1]}
    shapes:
      - hull: {points: [[0, 0, 0.2], [0.3, 0, 0], [0, 0.2, 0], [-0.1, -0.2, -0.1]], scale: grow}
start: {body.z: 0.5}
"""


@pytest.mark.parametrize("webgl", [True, False])
def test_hulls_are_drawn(launch: Callable[..., Any], tmp_path: Path, webgl: bool):
    robot = parse_robot(HULL)
    with opened(launch(webgl=webgl), written(robot, tmp_path)) as page:
        assert_same_robot(page, robot, {"grow": 1.5})
        assert page.evaluate("robodiff.geometry()")[0]["size"] == pytest.approx([0.45, 0.3, 0.3])


def test_the_view_is_as_large_as_the_robot(browser: Any, tmp_path: Path):
    with opened(browser, written(parse_robot(HULL), tmp_path)) as page:
        # From the floor to the top of the hull, and on both sides 0.08 of its width as a margin.
        assert page.evaluate("robodiff.size") == pytest.approx(0.7 + 2 * 0.08 * 0.4)


def test_joint_sliders_move_the_links_as_python_does(browser: Any, tmp_path: Path):
    robot = load_robot(ROOT / "tests" / "data" / "robots" / "zoo.yaml")
    model = build_model(robot)
    q = np.array(initial_state(model).q)
    names = [name for link in robot.links for name in _coordinates(link.joint)]
    moves = {"drone.x": (0, 0.4), "drone.z": (2, 1.1), "cart": (7, 0.2), "slider.x": (12, -0.3),
             "slider.pitch": (14, 0.7), "arm": (15, -0.9), "finger": (16, 2.1)}  # fmt: skip
    assert set(moves) <= set(names)
    with opened(browser, written(robot, tmp_path)) as page:
        for name, (row, value) in moves.items():
            angle = name in ("slider.pitch", "arm", "finger")
            page.locator(f"[data-joint='{name}']").fill(str(np.degrees(value) if angle else value))
            q[row] = value
        for row, joint in ((3, "drone"), (8, "socket")):
            for word, degrees in (("roll", 20), ("pitch", -30), ("yaw", 100)):
                page.locator(f"[data-joint='{joint}.{word}']").fill(str(degrees))
            half = np.radians([10, -15, 50])
            q[row : row + 4] = _from_angles(half)
        assert_same_poses(page.evaluate("robodiff.exact().poses"), model, q)
        assert_same_poses(page.evaluate("robodiff.poses()"), model, q, 1e-5)
        page.locator("[data-reset=joints]").click()
        assert_same_poses(page.evaluate("robodiff.poses()"), model, initial_state(model).q, 1e-5)


def _coordinates(joint: Any) -> list[str]:
    from robodiff.robot.spec_links import POSITION_COORDINATES

    return [joint.name + suffix for suffix in POSITION_COORDINATES.get(joint.type, ())]


def _from_angles(half: np.ndarray) -> np.ndarray:
    """Quaternion of half the roll, pitch and yaw: q_z q_y q_x."""
    c, s = np.cos(half), np.sin(half)
    return np.array([
        c[0] * c[1] * c[2] + s[0] * s[1] * s[2],
        s[0] * c[1] * c[2] - c[0] * s[1] * s[2],
        c[0] * s[1] * c[2] + s[0] * c[1] * s[2],
        c[0] * c[1] * s[2] - s[0] * s[1] * c[2],
    ])  # fmt: skip


def test_a_parameter_slider_reshapes_and_weighs(browser: Any, tmp_path: Path):
    robot = load_robot(ROOT / "assets" / "robots" / "walker.yaml")
    with opened(browser, written(robot, tmp_path)) as page:
        first = page.locator(".totals .figure").inner_text()
        page.locator("[data-parameter=thigh_length]").fill("0.55")
        model = build_model(robot, Design.from_spec(robot).replace(thigh_length=0.55))
        thigh = next(s for s in page.evaluate("robodiff.geometry()") if s["name"] == "thigh_left")
        assert 2 * thigh["size"][1] == pytest.approx(0.55, abs=1e-9)
        mass = page.evaluate("robodiff.total().mass")
        assert mass == pytest.approx(float(model.links.mass.sum()), rel=1e-6)
        assert page.locator(".totals .figure").inner_text() == f"{mass:.2f} kg" != first
        page.locator("[data-reset=parameters]").click()
        assert page.locator(".totals .figure").inner_text() == first


def test_what_cannot_be_built_is_said_and_the_last_robot_stays(browser: Any, tmp_path: Path):
    text = """\
name: rod
parameters: {gap: 0.2}
links: {rod: {shapes: [{box: {size: [1 - gap, 0.1, 0.1]}}]}}
"""
    with opened(browser, written(parse_robot(text), tmp_path)) as page:
        page.evaluate("robodiff.hold('gap', 1.5)")
        assert "no size" in page.locator(".complaint").inner_text()
        assert page.evaluate("robodiff.geometry()")[0]["size"][0] == pytest.approx(0.4)
        page.evaluate("robodiff.hold('gap', 0.5)")
        assert not page.locator(".complaint").is_visible()


def test_designs_are_chosen_by_buttons(browser: Any, tmp_path: Path):
    robot = load_robot(ROOT / "assets" / "robots" / "pendulum.yaml")
    designs = {"before": {"length": 1.0}, "after": {"length": 0.6}}
    subject = Subject("run", robot, {"length": (0.3, 2.0)}, designs)
    path = write_text(tmp_path / "v.html", render(view_content(subject, "run")))
    with opened(browser, path) as page:
        length = "2 * robodiff.geometry()[0].size[1]"
        assert page.evaluate(length) == pytest.approx(0.6)
        page.locator("[data-preset=before]").click()
        assert page.evaluate(length) == pytest.approx(1.0)
        page.locator("[data-parameter=length]").fill("1.5")
        assert page.locator("[data-preset=before]").get_attribute("aria-pressed") == "false"


def test_html_in_names_is_only_text(browser: Any, tmp_path: Path):
    text = f"""\
name: {MARKUP!r}
description: {MARKUP!r}
parameters: {{a: {{value: 1, min: 0.5, max: 2, description: {MARKUP!r}}}}}
links: {{rod: {{shapes: [{{sphere: {{radius: a}}}}]}}}}
"""
    robot = parse_robot(text)
    with opened(browser, written(robot, tmp_path)) as page:
        assert page.locator("h1").inner_text() == MARKUP
        assert page.locator(".lead").inner_text() == MARKUP
        assert page.title() == f"{MARKUP}: robodiff view"
        assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_it_fits_and_follows_the_system(browser: Any, tmp_path: Path, scheme: str, width: int):
    robot = load_robot(ROOT / "assets" / "robots" / "quadruped.yaml")
    size = {"width": width, "height": 800}
    with opened(browser, written(robot, tmp_path), color_scheme=scheme, viewport=size) as page:
        look = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert look == {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 23, 26)"}[scheme]
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_without_webgl_the_view_is_flat(launch: Callable[..., Any], tmp_path: Path):
    robot = load_robot(ROOT / "assets" / "robots" / "hopper.yaml")
    with opened(launch(webgl=False), written(robot, tmp_path)) as page:
        assert page.evaluate("robodiff.renderer") == "canvas"
        assert_same_robot(page, robot, {"thigh_length": 0.5})
