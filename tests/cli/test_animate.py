"""`robodiff animate`."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from robodiff.cli import animate
from tests.viz.runs import finished_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_run(tmp_path_factory.mktemp("animate"), iterations=3, steps=100)


def test_a_gif_lasts_as_long_as_the_motion(robodiff: Callable, run: Path) -> None:
    result = robodiff("animate", run, "--width", 320, "--json")
    assert result.exit_code == 0, result.output
    path = Path(json.loads(result.stdout)["file"])
    assert path == run / "animation_after.gif"
    with Image.open(path) as image:
        assert image.n_frames == 10
        assert image.info["duration"] * image.n_frames == pytest.approx(400, abs=40)
        alone = image.width

    result = robodiff("animate", run, "--side-by-side", "--width", 320, "-o", run / "both.gif")
    assert result.exit_code == 0, result.output
    with Image.open(run / "both.gif") as image:
        assert image.width == pytest.approx(320, abs=2)
    assert alone <= 320


def test_a_video_holds_the_frames(robodiff: Callable, run: Path) -> None:
    reader = pytest.importorskip(
        "imageio_ffmpeg", reason='VIDEO IS NOT TESTED: pip install "robodiff[video]"'
    )
    result = robodiff("animate", run, "--mp4", "--width", 321)
    assert result.exit_code == 0, result.output
    frames = reader.read_frames(str(run / "animation_after.mp4"))
    about = next(frames)
    assert about["codec"] == "h264"
    assert about["fps"] == pytest.approx(60, rel=0.01)
    assert about["duration"] == pytest.approx(0.4, abs=0.02)
    pictures = [np.frombuffer(frame, np.uint8).astype(float) for frame in frames]
    assert len(pictures) == 24
    assert np.abs(pictures[0] - pictures[-1]).mean() > 0.1


def test_without_ffmpeg_the_message_says_what_to_install(
    robodiff: Callable, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    hidden = lambda name: None if name == "imageio_ffmpeg" else find(name)  # noqa: E731
    monkeypatch.setattr(animate, "find_spec", hidden)
    result = robodiff("animate", run, "--mp4", "-o", run / "never.mp4")
    assert result.exit_code == 2
    assert 'pip install "robodiff[video]"' in result.stderr
    assert not (run / "never.mp4").exists()


@pytest.mark.parametrize(
    "words", [["--gif", "--mp4"], ["-o", "film.avi"], ["--gif", "-o", "a.mp4"]]
)
def test_unclear_kinds_are_refused(robodiff: Callable, run: Path, words: list[str]) -> None:
    assert robodiff("animate", run, *words).exit_code == 2
