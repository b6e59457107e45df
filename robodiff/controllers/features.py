"""What a feedback controller sees of the state, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float

from robodiff.controllers.names import KeyPath, Report, select
from robodiff.controllers.rows import select_rows
from robodiff.physics.layout import components
from robodiff.physics.model import State
from robodiff.physics.rotation import quaternion_to_matrix, rotate_back
from robodiff.physics.topology import Topology

BODY = tuple(f"body.{kind}.{axis}" for kind in ("up", "velocity", "spin") for axis in "xyz")


@dataclass(frozen=True)
class Features:
    """Features in the order of `names`, whatever order they were asked in."""

    names: tuple[str, ...]
    """q.NAME, v.NAME, sin.NAME, cos.NAME, then body.up, .velocity and .spin of the free base."""
    q_rows: tuple[int, ...]
    """Rows of q for q.NAME."""
    v_rows: tuple[int, ...]
    """Rows of v for v.NAME."""
    sin_rows: tuple[int, ...]
    """Rows of q for sin.NAME."""
    cos_rows: tuple[int, ...]
    """Rows of q for cos.NAME."""
    body_rows: tuple[int, ...]
    """Rows of the nine body features."""
    base: tuple[int, int]
    """First row in q and v of the free base."""

    def values(self, state: State) -> Float[Array, "F B"]:
        """Their values: [m], [rad], [m/s], [rad/s]; `up` is the world's z in body axes [-]."""
        blocks = [
            select_rows(state.q, self.q_rows),
            select_rows(state.v, self.v_rows),
            jnp.sin(select_rows(state.q, self.sin_rows)),
            jnp.cos(select_rows(state.q, self.cos_rows)),
        ]
        if self.body_rows:
            blocks.append(select_rows(self._body(state), self.body_rows))
        return jnp.concatenate([block for block in blocks if block.shape[0]], axis=0)

    def _body(self, state: State) -> Float[Array, "9 B"]:
        q0, v0 = self.base
        turn = quaternion_to_matrix(components(state.q[None, q0 + 3 : q0 + 7]))
        vx, vy, vz, *spin = components(state.v[None, v0 : v0 + 6])
        parts = [*turn[6:9], *rotate_back(turn, [vx, vy, vz]), *spin]
        return jnp.concatenate(parts, axis=0)


def make_features(
    patterns: Sequence[str], topology: Topology, report: Report, path: KeyPath
) -> Features:
    """Features that any pattern fits; mistakes go to the report."""
    names = feature_names(topology)
    wanted = set()
    for pattern in patterns:
        if pattern == "all":
            wanted |= set(relative_features(topology))
        else:
            found = select([pattern], names, report, path, "feature")
            wanted |= {names[index] for index in found}
    return _features([name for name in names if name in wanted], topology)


def feature_names(topology: Topology) -> list[str]:
    """Every feature of a robot."""
    angles = [topology.q_names[row] for row in angle_rows(topology)]
    return [
        *(f"q.{name}" for name in topology.q_names),
        *(f"v.{name}" for name in topology.v_names),
        *(f"sin.{name}" for name in angles),
        *(f"cos.{name}" for name in angles),
        *(BODY if _free_base(topology) is not None else ()),
    ]


def relative_features(topology: Topology) -> list[str]:
    """Everything but the absolute place and heading: what `all` means."""
    base = _free_base(topology)
    hidden = {f"q.{name}{end}" for name, kind, parent in _joints(topology)
              if parent == -1 for end in _ABSOLUTE.get(kind, ())}  # fmt: skip
    if base is not None:
        name = topology.joint_names[base]
        hidden |= {f"v.{name}.{end}" for end in ("vx", "vy", "vz", "wx", "wy", "wz")}
    coordinates = [name for name in feature_names(topology) if name[:2] in ("q.", "v.")]
    seen = [name for name in coordinates if name not in hidden]
    return [*seen, *(BODY if base is not None else ())]


def angle_rows(topology: Topology) -> list[int]:
    """Rows of q that are angles."""
    rows = []
    for kind, start in zip(topology.joint_types, topology.q_start, strict=False):
        rows += {"hinge": [start], "planar": [start + 2]}.get(kind, [])
    return rows


_ABSOLUTE = {"planar": (".x",), "free": (".x", ".y", ".qw", ".qx", ".qy", ".qz")}


def _joints(topology: Topology):
    return zip(topology.joint_names, topology.joint_types, topology.parents, strict=True)


def _free_base(topology: Topology) -> int | None:
    """The first link with a free joint."""
    return topology.joint_types.index("free") if "free" in topology.joint_types else None


def _features(names: list[str], topology: Topology) -> Features:
    def rows(prefix: str, known: Sequence[str]) -> tuple[int, ...]:
        chosen = (name.removeprefix(prefix) for name in names if name.startswith(prefix))
        return tuple(known.index(name) for name in chosen)

    base = _free_base(topology) or 0
    return Features(
        names=tuple(names),
        q_rows=rows("q.", topology.q_names),
        v_rows=rows("v.", topology.v_names),
        sin_rows=rows("sin.", topology.q_names),
        cos_rows=rows("cos.", topology.q_names),
        body_rows=tuple(BODY.index(name) for name in names if name in BODY),
        base=(topology.q_start[base], topology.v_start[base]),
    )
