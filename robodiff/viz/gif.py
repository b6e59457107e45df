"""Frames of flat drawings as one small GIF."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

_MAX_BYTES = 1_800_000
MOST_FRAMES = 150
"""In one GIF, for its size."""


def write_gif(images: list[Image.Image], path: Path, milliseconds: int) -> None:
    """Write the GIF, with fewer frames when it would be too big to show on a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while (size := _save_frames(images, path, milliseconds)) > _MAX_BYTES and len(images) > 16:
        keep = 2 if size > 1.5 * _MAX_BYTES else 1.5
        milliseconds = round(milliseconds * keep)
        images = [images[int(index)] for index in np.arange(0, len(images), keep)]


def _save_frames(images: list[Image.Image], path: Path, milliseconds: int) -> int:
    """Write the frames and return the size of the file [bytes].

    One palette for all, undithered, so that frames differ only where things move.
    """
    palette = _palette([images[0], images[len(images) // 2], images[-1]])
    frames = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    frames[0].save(
        path,
        save_all=True,
        append_images=frames[1:],
        duration=milliseconds,
        loop=0,
        optimize=False,
    )
    return path.stat().st_size


def _palette(images: list[Image.Image], colors: int = 96) -> Image.Image:
    """The commonest colours: all flat ones exactly, and enough blends for smooth edges."""
    counts: Counter[Any] = Counter()
    for image in images:
        for count, color in image.getcolors(image.width * image.height) or []:
            counts[color] += count
    common: list[np.ndarray] = []
    for color, _ in counts.most_common():
        # Near twins of a chosen colour would draw pixels away from it.
        if all(np.abs(color - other).max() > 8 for other in common):
            common.append(np.array(color))
        if len(common) == colors:
            break
    palette = Image.new("P", (1, 1))
    palette.putpalette([int(channel) for color in common for channel in color])
    return palette
