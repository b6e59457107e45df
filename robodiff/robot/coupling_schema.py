"""What a person may write of joints and links that move together, and of a fluid around them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from robodiff.robot.written import Name, Number, PerCoordinate, Rotation, Vector
from robodiff.robot.yaml_source import Section


class LimitsSection(Section):
    lower: Number = Field(description="[rad or m]")
    upper: Number = Field(description="[rad or m]")
    stiffness: Number | None = Field(default=None, description="of the stops [N m/rad or N/m]")


class TendonSection(Section):
    """A length that is a sum of joint angles or travels, each times a lever arm."""

    joints: dict[str, Number] = Field(
        min_length=1, description="lever arm of each [m], or a ratio: hinges, slides, root.x"
    )
    limits: LimitsSection | None = None
    damping: Number = Field(default=0.0, description="[N s/m]")
    stiffness: Number = Field(default=0.0, description="of a spring [N/m]")
    rest: PerCoordinate = Field(
        default=0.0, description="length at which the spring is at ease, or [from, to] [m]"
    )
    friction: Number = Field(default=0.0, description="dry friction [N]")


class CouplingSection(Section):
    """What a stiff spring keeps equal: joints, tendons, two points, or two links."""

    type: Literal["joint", "tendon", "point", "weld"] = "joint"
    joint: str | None = Field(default=None, description="default: the coupling's name")
    tendon: Name | None = Field(default=None, description="default: the coupling's name")
    follows: str | None = Field(
        default=None, description="a joint or tendon; none: it stays at its offset"
    )
    ratio: Number | None = Field(default=None, description="follower / leader; default 1 [-]")
    offset: Number | None = Field(
        default=None, description="of the follower where the leader is 0 [rad or m]"
    )
    polynomial: list[Number] | None = Field(
        default=None,
        min_length=1,
        max_length=5,
        description="instead of both: follower = sum of these x leader^0, 1, ...",
    )
    links: Annotated[list[str], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="that a point or weld joins; one may be world"
    )
    at: Vector = Field(default=[0.0, 0.0, 0.0], description="point in the first's frame [m]")
    to: Vector = Field(default=[0.0, 0.0, 0.0], description="point in the second's frame [m]")
    rotation: Rotation = Field(
        default=[0.0, 0.0, 0.0], description="weld: of the second's frame in the first's"
    )
    stiffness: Number | None = Field(default=None, description="default: firm [N/m or N m/rad]")
    turning_stiffness: Number | None = Field(
        default=None, description="weld: of its rotation; default: firm [N m/rad]"
    )
    time_constant: Number = Field(default=0.010, description="in which an error decays [s]")


class FluidSection(Section):
    """A fluid around everything; each link is a box of its mass and moments in it."""

    density: Number = Field(default=0.0, description="[kg/m^3]")
    viscosity: Number = Field(default=0.0, description="[Pa s]")
    wind: Vector = Field(default=[0.0, 0.0, 0.0], description="velocity of the fluid [m/s]")
