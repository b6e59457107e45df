"""Figures for a paper: sizes, units, fonts, text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from robodiff.viz.paper.figures import FIGURES, draw_figures
from robodiff.viz.paper.sheet import WIDTHS
from robodiff.viz.stored import StoredRun, read_run
from tests.viz.runs import finished_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    return read_run(finished_run(tmp_path_factory.mktemp("paper"), iterations=8, steps=50))


def test_every_figure_has_the_width_it_was_asked_for(run: StoredRun, tmp_path: Path) -> None:
    names = ("loss", "contact_forces", "stroboscope")
    files = list(draw_figures(run, tmp_path, ("png",), ("column", "page"), names))
    assert len(files) == 6
    for path in files:
        with Image.open(path) as image:
            wanted = 300 * WIDTHS[path.stem.rsplit("_", 1)[1]]
            assert image.width == pytest.approx(wanted, abs=1)
            assert image.height < 1.6 * image.width


def test_fonts_are_embedded_and_text_stays_text(run: StoredRun, tmp_path: Path) -> None:
    for path in draw_figures(run, tmp_path, ("svg", "pdf"), ("column",), ("joints",)):
        content = path.read_bytes()
        if path.suffix == ".pdf":
            assert b"FontFile2" in content  # TrueType, embedded
            assert b"/Type3" not in content
        else:
            assert b"<text" in content
            assert b"time [s]" in content


def test_the_same_run_gives_the_same_files(run: StoredRun, tmp_path: Path) -> None:
    one, again = (
        [
            path.read_bytes()
            for path in draw_figures(run, tmp_path / name, ("svg",), ("column",), ("joints",))
        ]
        for name in ("one", "again")
    )
    assert one == again


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("parameters", "[m]"),
        ("joints", "angle [rad]"),
        ("torques", "torque [N m]"),
        ("contact_forces", "force [N]"),
        ("energy", "energy [J]"),
        ("loss", "loss [–]"),
    ],
)
def test_axes_have_units(run: StoredRun, name: str, unit: str) -> None:
    figure = FIGURES[name](run, WIDTHS["column"])
    assert figure is not None
    assert figure.axes[0].get_ylabel() == unit
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert any(label in ("time [s]", "iteration") for label in labels)


def test_limits_and_bounds_are_drawn(run: StoredRun) -> None:
    parameters = FIGURES["parameters"](run, WIDTHS["column"])
    assert parameters is not None
    levels = [line.get_ydata()[0] for line in parameters.axes[0].lines]  # pyright: ignore
    assert {0.2, 1.0} <= set(levels)


def test_the_energy_is_that_of_the_robot(run: StoredRun) -> None:
    # The leg is turned about the hip and the body does not rise: weight times height of the mass.
    before = run.recordings[0]
    mass = 600 * (0.3 * 0.2 * 0.1 + np.pi * 0.03**2 * (0.5 + 4 / 3 * 0.03))
    height = before.center_of_mass[:, 2]
    np.testing.assert_allclose(run.energies[0][:, 1], 9.81 * mass * height, rtol=1e-4)
