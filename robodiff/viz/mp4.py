"""Frames as H.264 video, by the ffmpeg that imageio-ffmpeg brings along."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

QUALITY = 23
"""Constant rate factor: about the size of a GIF with many times its colours."""


def write_mp4(images: Iterable[Image.Image], path: Path, frames_per_second: float) -> None:
    """Write a video that every browser plays; the file is whole or not there.

    Raises `ImportError` without imageio-ffmpeg.
    """
    import imageio_ffmpeg

    frames = iter(images)
    first = next(frames)
    width, height = (size - size % 2 for size in first.size)  # H.264 wants even sizes
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.stem}.{os.getpid()}.mp4")
    # Annotated as whole numbers there, though its documentation says otherwise.
    settings: dict[str, Any] = {"fps": frames_per_second, "quality": None, "codec": "libx264"}
    writer = imageio_ffmpeg.write_frames(
        str(beside),
        (width, height),
        macro_block_size=1,
        output_params=["-crf", str(QUALITY), "-movflags", "+faststart"],
        **settings,
    )
    try:
        writer.send(None)
        for image in (first, *frames):
            writer.send(np.ascontiguousarray(np.asarray(image)[:height, :width]))
        writer.close()
        os.replace(beside, path)
    finally:
        writer.close()
        beside.unlink(missing_ok=True)
