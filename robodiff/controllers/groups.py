"""Actuators that share parameters: which they are, and the expansion from groups to actuators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.controllers.names import KeyPath, Report, matches, select
from robodiff.errors import did_you_mean


@dataclass(frozen=True, eq=False)
class Groups:
    """A partition of the actuators of a part."""

    names: tuple[str, ...]
    """Name of each group: its members joined by `+`."""
    members: np.ndarray
    """[n] group of each actuator."""
    first: tuple[int, ...]
    """First member of each group, whose initial values the group takes."""

    def expand(self, x: Float[Array, "groups ... B"]) -> Float[Array, "n ... B"]:
        """One row for each actuator from one for each group."""
        if len(self.names) == len(self.members):
            return x
        pick = self.members[:, None] == np.arange(len(self.names))[None, :]
        return jnp.tensordot(pick.astype(x.dtype), x, axes=1, precision="highest")


def make_groups(
    sets: Sequence[tuple[Sequence[int], KeyPath]], actuators: Sequence[str], report: Report
) -> Groups:
    """Groups from sets of indices; actuators in no set stand alone, those in two are a mistake."""
    owner: dict[int, int] = {}
    for number, (members, path) in enumerate(sets):
        for index in members:
            if index in owner:
                report.add(path, f"actuator {actuators[index]!r} already shares its parameters")
            owner.setdefault(index, number)
    keys = [owner.get(index, -1 - index) for index in range(len(actuators))]
    order = list(dict.fromkeys(keys))
    sharing = [[a for a, k in zip(actuators, keys, strict=True) if k == key] for key in order]
    members = np.array([order.index(key) for key in keys], dtype=int)
    return Groups(tuple(map("+".join, sharing)), members, tuple(keys.index(key) for key in order))


def mirrored_pairs(
    pair: tuple[str, str], actuators: Sequence[str], report: Report, path: KeyPath
) -> list[tuple[int, int]]:
    """(left, right) for each actuator that `left` fits; `*` is the same text in both."""
    left, right = pair
    pairs = []
    for index in matches(left, actuators):
        head, _, tail = left.partition("*")
        stem = actuators[index].removeprefix(head).removesuffix(tail)
        partner = right.replace("*", stem)
        if partner not in actuators:
            report.add(path, f"no actuator is named {partner!r}", did_you_mean(partner, actuators))
        else:
            pairs.append((index, actuators.index(partner)))
    if not pairs:
        report.add(path, f"no actuator is named {left!r}", did_you_mean(left, actuators))
    return pairs


def shared_sets(
    sets: Sequence[Sequence[str]], actuators: Sequence[str], report: Report, path: KeyPath
) -> list[tuple[Sequence[int], KeyPath]]:
    """Indices of each set of names."""
    return [
        (select(patterns, actuators, report, (*path, number), "actuator"), (*path, number))
        for number, patterns in enumerate(sets)
    ]
