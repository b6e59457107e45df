"""What a person may write about the ground. Structure only; no jax."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from robodiff.robot.written import Number, Rotation, Vector
from robodiff.robot.yaml_source import Section


def _heights(value: Any) -> str | list[list[float]]:
    if isinstance(value, str):
        return value
    rows = value if isinstance(value, list) else []
    plain = [isinstance(row, list) and all(type(one) in (int, float) for one in row)
             for row in rows]  # fmt: skip
    if not rows or not all(plain):
        raise ValueError("expected rows of plain numbers, or a text with a row a line")
    return rows


ROWS = {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}
Heights = Annotated[
    str | list[list[float]],
    PlainValidator(_heights),
    WithJsonSchema({"anyOf": [{"type": "string"}, ROWS]}),
]


class HeightfieldSection(Section):
    """Heights over a grid, with a smooth ground between them."""

    size: Annotated[list[Number], Field(min_length=2, max_length=2)] = Field(
        description="full sides along x and y [m]"
    )
    heights: Heights | None = Field(
        default=None, description="seen from above: the first row has the largest y [m]"
    )
    file: str | None = Field(
        default=None,
        description="instead: .txt, .csv, .npy, or .png (black 0, white 1)",
    )
    scale: Number = Field(default=1.0, description="of the heights; of a PNG's, its white [-, m]")
    position: Vector = Field(default=[0.0, 0.0, 0.0], description="of its middle, at height 0 [m]")
    rotation: Rotation = Field(
        default=[0.0, 0.0, 0.0], description="[roll, pitch, yaw] or [w, x, y, z]"
    )


class GroundSection(Section):
    """A ground that is no plane."""

    heightfield: HeightfieldSection


Ground = Annotated[
    Annotated[GroundSection, Tag("GroundSection")] | Annotated[bool, Tag("bool")],
    Discriminator(lambda value: "GroundSection" if isinstance(value, dict) else "bool"),
]
"""Whether there is a floor, or what there is instead."""
