"""`robodiff animate`: the motion of a run as GIF or video."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robodiff.cli.console import emit, note
from robodiff.cli.options import Json, Quiet
from robodiff.errors import InputError, Problem

if TYPE_CHECKING:
    from robodiff.viz.recording import Recording

VIDEO_FRAMES = 60
"""Frames a second of a video."""
GIF_FRAMES = 25
"""Frames a second of a GIF, whose times are whole hundredths of a second."""


def animate(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    gif: Annotated[bool, typer.Option("--gif", help="Write a GIF (the default).")] = False,
    mp4: Annotated[bool, typer.Option("--mp4", help="Write an H.264 video.")] = False,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", help="Show the robot before, too.")
    ] = False,
    width: Annotated[
        int, typer.Option(help="Width of the picture in pixels.", min=160, max=3840)
    ] = 960,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write: .gif or .mp4.", show_default=False),
    ] = None,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    r"""Write the motion of RUN's result as RUN/animation_after.gif or .mp4, or to --out.

    A video needs the `video` extra: pip install "robodiff\[video]".
    """
    from robodiff.cli.environment import prepare_jax
    from robodiff.cli.files import require_run_folder
    from robodiff.cli.progress import waiting

    kind = _kind(gif, mp4, out)
    require_run_folder(run)
    prepare_jax()
    from robodiff.viz.stored import read_run

    with waiting("reading the run"):
        recordings = list(read_run(run).recordings)
    shown = recordings if side_by_side else recordings[1:]
    name = f"animation_{'side_by_side' if side_by_side else 'after'}.{kind}"
    path = out or run / name
    _write(shown, path, kind, width, side_by_side)
    note(f"wrote {path} ({path.stat().st_size / 1e6:.2f} MB)")
    if json_output:
        emit({"file": path, "bytes": path.stat().st_size})


def _kind(gif: bool, mp4: bool, out: Path | None) -> str:
    """gif or mp4, as the options or the name of the file say."""
    suffix = out.suffix.lower().lstrip(".") if out else ""
    named = [kind for kind, wanted in (("gif", gif), ("mp4", mp4)) if wanted]
    kind = named[0] if named else suffix or "gif"
    if len(named) > 1 or kind not in ("gif", "mp4") or (suffix and suffix != kind):
        message = "say --gif or --mp4, and give --out the same ending"
        raise InputError(Problem(message, str(out or "")))
    if kind == "mp4" and find_spec("imageio_ffmpeg") is None:
        suggestion = 'pip install "robodiff[video]", or write a GIF: --gif'
        raise InputError(Problem("--mp4 needs imageio-ffmpeg", suggestion=suggestion))
    return kind


def _write(recordings: list[Recording], path: Path, kind: str, width: int, beside: bool) -> None:
    from robodiff.cli.progress import counting
    from robodiff.viz.animation import draw_frames, frame_times
    from robodiff.viz.gif import MOST_FRAMES, write_gif
    from robodiff.viz.mp4 import write_mp4

    if kind == "mp4":
        times = frame_times(recordings, VIDEO_FRAMES)
    else:
        times = frame_times(recordings, GIF_FRAMES, MOST_FRAMES)
    frames = draw_frames(recordings, times, width, beside)
    with counting("drawing frames", frames, len(times)) as counted:
        if kind == "mp4":
            write_mp4(counted, path, len(times) / max(float(times[-1]), 1e-3))
        else:
            write_gif(list(counted), path, max(20, round(1000 * float(times[-1]) / len(times))))
