"""GIFs stay small enough for a page, and flat colours come through exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from robodiff.viz.gif import write_gif


def test_flat_colours_are_exact(tmp_path: Path) -> None:
    colors = [(0, 114, 178), (230, 159, 0), (255, 255, 255)]
    images = [Image.new("RGB", (8, 8), color) for color in colors]
    write_gif(images, tmp_path / "a.gif", 50)
    with Image.open(tmp_path / "a.gif") as gif:
        for frame, color in enumerate(colors):
            gif.seek(frame)
            assert gif.convert("RGB").getpixel((3, 3)) == color


def test_a_gif_that_is_too_big_loses_frames_and_keeps_its_duration(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 300, 400), dtype=np.uint8)
    images = [Image.fromarray(frame).convert("RGB") for frame in noise]
    write_gif(images, tmp_path / "a.gif", 50)
    assert (tmp_path / "a.gif").stat().st_size < 2_000_000
    with Image.open(tmp_path / "a.gif") as gif:
        assert abs(gif.info["duration"] * gif.n_frames - 2000) < 200
