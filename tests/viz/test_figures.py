"""Figures say what they show, with units, and files are small."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from robodiff.viz.animation import save_animation
from robodiff.viz.gallery import draw_history, draw_motion
from robodiff.viz.history_plots import plot_design, plot_loss
from robodiff.viz.motion_plots import plot_contact_forces, plot_joints
from robodiff.viz.stroboscope import plot_stroboscope
from robodiff.viz.style import BODY, link_colors
from tests.viz.recordings import history, rolling_cart


def test_a_robot_that_travels_is_drawn_where_it_is() -> None:
    figure = plot_stroboscope([rolling_cart(0.0, "before"), rolling_cart(4.0)])
    before, after, bar = figure.axes
    assert (before.get_title("left"), after.get_title("left")) == ("before", "after")
    assert after.get_xlabel() == "x [m]"
    assert after.get_xlim() == before.get_xlim()
    assert after.get_xlim()[1] > 4.0
    assert bar.get_ylabel() == "time [s]"


def test_a_robot_in_place_is_drawn_as_a_strip_of_film() -> None:
    axes = plot_stroboscope([rolling_cart(0.0)]).axes[0]
    assert all(label.get_text().endswith(" s") for label in axes.get_xticklabels())


def test_one_that_falls_on_the_way_does_not_hide_what_the_other_does_in_place() -> None:
    figure = plot_stroboscope([rolling_cart(-4.0, "before"), rolling_cart(0.0)])
    for axes in figure.axes[:2]:
        assert axes.get_xticklabels()[0].get_text() == "0.00 s"


def test_each_limb_has_its_colour_and_a_chain_one_a_link() -> None:
    biped, chain = link_colors((-1, 0, 1, 0, 3)), link_colors((-1, 0, 1))
    assert biped[0] == BODY
    assert biped[1] == biped[2] != biped[3] == biped[4]
    assert len(set(chain)) == 3


def test_joint_plots_name_the_joint_its_units_and_its_limits() -> None:
    figure = plot_joints([rolling_cart(0.0, "before"), rolling_cart(1.0)])
    position, velocity, torque = figure.axes
    assert position.get_ylabel() == "hinge\n[rad]"
    assert velocity.get_ylabel() == "[rad/s]"
    assert torque.get_ylabel() == "[N m]"
    assert 1.5 in [line.get_ydata()[0] for line in torque.lines]


def test_contact_forces_are_summed_over_the_points_of_a_link() -> None:
    axes = plot_contact_forces([rolling_cart(1.0)]).axes[0]
    assert np.allclose(axes.lines[0].get_ydata(), 8 * 5.0)
    assert axes.get_ylabel() == "normal force [N]"


def test_history_plots_show_terms_and_bounds() -> None:
    terms = plot_loss(history()).axes[1]
    assert [line.get_label() for line in terms.lines[:2]] == ["velocity", "energy"]
    panel = plot_design(history(), {"length": (0.2, 0.6)}, {"length": "m"}).axes[0]
    assert panel.get_title("left") == "length"
    assert panel.get_ylabel() == "[m]"
    assert {0.2, 0.6} <= {line.get_ydata()[0] for line in panel.lines}


def test_a_loss_that_falls_far_is_drawn_in_decades() -> None:
    far = [{**line, "loss": 10.0 ** -line["iteration"]} for line in history()]
    assert plot_loss(far).axes[0].get_yscale() == "log"
    assert plot_loss(history(4)).axes[0].get_yscale() == "linear"


def test_histories_with_gaps_or_nothing_in_them_are_drawn() -> None:
    line = {"iteration": 0, "loss": None, "terms": {}, "design": {}, "gradient_norm": {}}
    assert plot_loss([line])
    assert plot_loss([])
    assert plot_design([line], {"length": (0.2, 0.6)}, {})


def test_an_animation_lasts_as_long_as_the_motion(tmp_path: Path) -> None:
    recordings = [replace(rolling_cart(0.0), label="before"), rolling_cart(2.0)]
    path = save_animation(recordings, tmp_path / "animation.gif")
    with Image.open(path) as image:
        milliseconds = image.info["duration"] * image.n_frames
    assert abs(milliseconds - 1000) <= 50
    assert path.stat().st_size < 2_000_000


def test_a_recording_that_ends_early_is_drawn_to_its_end(tmp_path: Path) -> None:
    cart = rolling_cart(2.0)
    cut = replace(cart, time=cart.time[:5], diverged=True, label="before")
    figure = plot_stroboscope([cut, cart])
    assert "stopped being finite" in figure.axes[0].get_title("left")
    assert save_animation([cut, cart], tmp_path / "a.gif").exists()


def test_the_gallery_names_every_file_that_it_writes(tmp_path: Path) -> None:
    files = [*draw_motion([rolling_cart(1.0)], tmp_path)]
    files += draw_history(history(), {"length": (0.2, 0.6)}, {}, tmp_path)
    names = sorted(str(path.relative_to(tmp_path)) for path in files)
    plots = ["contact_forces", "design", "joints", "loss", "stroboscope"]
    assert names == ["animation.gif", *(f"plots/{name}.png" for name in plots)]
    assert all(path.stat().st_size > 1000 for path in files)
