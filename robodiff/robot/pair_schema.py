"""What a person may write about shapes that touch each other. Structure only; no jax."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from robodiff.robot.written import Number
from robodiff.robot.yaml_source import Section


def _two(value: Any) -> list[str]:
    names = value if isinstance(value, list) else []
    if len(names) != 2 or not all(isinstance(name, str) for name in names):
        raise ValueError("expected two names, as in [hand, ball]")
    return names


def _all(value: Any) -> str:
    if value != "all":
        raise ValueError("expected all, or a list of pairs as in [[hand, ball]]")
    return value


NAMES = {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
Two = Annotated[list[str], PlainValidator(_two), WithJsonSchema(NAMES)]
All = Annotated[Literal["all"], PlainValidator(_all), WithJsonSchema({"const": "all"})]


class PairSection(Section):
    """Two links, or shapes, that touch each other."""

    between: Two = Field(description="names of links (all their shapes) or of shapes")
    friction: Number | None = Field(default=None, description="default: the larger of the two [-]")
    margin: Number | None = Field(
        default=None, description="gap at which they begin to touch; default: the larger [m]"
    )


Pair = Annotated[
    Annotated[PairSection, Tag("PairSection")] | Annotated[Two, Tag("names")],
    Discriminator(lambda value: "PairSection" if isinstance(value, dict) else "names"),
]
PairList = Annotated[
    Annotated[All, Tag("all")] | Annotated[list[Pair], Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list) else "all"),
]
"""Pairs by name, or every two links that no joint connects."""
