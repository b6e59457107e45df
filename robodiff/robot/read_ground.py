"""The heightfield of a robot file: heights from its text, or from a file next to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from robodiff.robot.ground_schema import GroundSection, HeightfieldSection
from robodiff.robot.numbers import NumberReader
from robodiff.robot.read_links import read_rotation
from robodiff.robot.schema import RobotSection
from robodiff.robot.spec_world import TerrainSpec
from robodiff.robot.yaml_nodes import KeyPath
from robodiff.robot.yaml_source import Source

WHERE: KeyPath = ("ground", "heightfield")
FILE: KeyPath = (*WHERE, "file")
SUFFIXES = (".txt", ".csv", ".npy", ".png")
MOST = 1_000_000
"""Heights."""


def read_terrain(reader: NumberReader, section: RobotSection) -> TerrainSpec | None:
    """The ground's heights and their place; None for a plane or nothing."""
    if not isinstance(section.ground, GroundSection):
        return None
    written = section.ground.heightfield
    return TerrainSpec(
        heights=_heights(reader, written),
        size=reader.row((*WHERE, "size"), written.size, "length", "positive"),
        scale=reader.number((*WHERE, "scale"), written.scale, "ratio"),
        position=reader.row((*WHERE, "position"), written.position, "length"),
        rotation=read_rotation(reader, (*WHERE, "rotation"), written.rotation),
    )


def with_whole_path(source: Source) -> Source:
    """The source with the whole path of the file of heights, so that its text can be kept
    elsewhere."""
    data = source.data
    for key in FILE:
        data = data.get(key) if isinstance(data, dict) else None
    mark = source.marks.get(FILE)
    if not isinstance(data, str) or mark is None or Path(data).is_absolute():
        return source
    path = (Path(source.file).parent / data).resolve()
    if not path.is_file():
        return source
    lines = source.text.splitlines(keepends=True)
    last_line, last_column = mark.end
    if mark.line != last_line or not mark.line:
        return source
    line = lines[mark.line - 1]
    text = '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
    lines[mark.line - 1] = line[: mark.column - 1] + text + line[last_column - 1 :]
    ground = source.data["ground"]
    heightfield = {**ground["heightfield"], "file": str(path)}
    data = {**source.data, "ground": {**ground, "heightfield": heightfield}}
    return replace(source, text="".join(lines), data=data)


def _heights(reader: NumberReader, written: HeightfieldSection) -> np.ndarray:
    """Heights [rows, columns], the first row at the lowest y; a harmless plane after a mistake."""
    flat = np.zeros((2, 2))
    if (written.heights is None) == (written.file is None):
        message = "give either heights or a file of them"
        reader.fail(WHERE, message, "as in file: hills.png", at_key=True)
        return flat
    path = FILE if written.heights is None else (*WHERE, "heights")
    try:
        rows = _from_file(reader, written.file) if written.file else _rows(written.heights)
        heights = np.array(rows, float)
    except (ValueError, OSError) as error:
        reader.fail(path, f"cannot read the heights: {error}", "rows of as many numbers each")
        return flat
    if heights.ndim != 2 or min(heights.shape) < 2 or heights.size > MOST:
        shape = " x ".join(map(str, heights.shape))
        message = f"expected a grid of 2 x 2 to {MOST:,} heights, not {shape}"
        reader.fail(path, message)
        return flat
    if not np.isfinite(heights).all():
        reader.fail(path, "some heights are not finite")
        return flat
    return heights[::-1]


def _rows(written: str | list[list[float]] | None) -> list[list[float]]:
    """Numbers of a text, a row a line, or of lists; raises ValueError."""
    if isinstance(written, str):
        lines = [line.replace(",", " ").split() for line in written.splitlines()]
        rows = [[float(word) for word in line] for line in lines if line]
    else:
        rows = written or []
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(f"row {number + 1} has {len(row)} numbers, the first {len(rows[0])}")
    return rows


def _from_file(reader: NumberReader, name: str) -> np.ndarray | list[list[float]]:
    """Heights of a file; raises ValueError or OSError."""
    path = Path(reader.source.file).parent / name
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{path.name} is none of {', '.join(SUFFIXES)}")
    if suffix == ".npy":
        return np.load(path, allow_pickle=False)
    if suffix == ".png":
        return _grey(path)
    return _rows(path.read_text("utf-8"))


def _grey(path: Path) -> np.ndarray:
    """Brightness of a picture, 0 to 1."""
    from PIL import Image

    with Image.open(path) as picture:
        deep = picture.mode.startswith(("I", "F"))
        values = np.asarray(picture if deep else picture.convert("L"), float)
    return values / (65535.0 if deep else 255.0)
