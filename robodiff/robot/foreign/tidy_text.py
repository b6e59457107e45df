"""The text of a robot file as a person would write it: what links have in common is said once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import yaml


def dump(robot: dict[str, Any]) -> str:
    """YAML with short rows on one line."""
    return yaml.dump(robot, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=96)


def share_materials(links: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A material for each density; named once on links whose shapes are all of it."""
    densities = Counter(
        shape["density"] for link in links.values() for shape in link.get("shapes", ())
        if "density" in shape
    )  # fmt: skip
    names = {
        density: "solid" if number == 0 else f"solid_{number + 1}"
        for number, (density, _) in enumerate(densities.most_common())
    }
    for link in links.values():
        shapes = [shape for shape in link.get("shapes", ()) if "density" in shape]
        own = {shape.pop("density") for shape in shapes} if _alike(shapes) else set()
        if own:
            link["material"] = names[own.pop()]
        for shape in shapes if not own and "material" not in link else ():
            shape["material"] = names[shape.pop("density")]
    return {name: {"density": density} for density, name in names.items()}


def _alike(shapes: list[dict]) -> bool:
    return len({shape["density"] for shape in shapes}) == 1


def share_friction(links: dict[str, dict[str, Any]]) -> float | None:
    """The most frequent coefficient, taken off the shapes that have it; None without contact."""
    shapes = [shape for link in links.values() for shape in link.get("shapes", ())]
    found = Counter(shape["friction"] for shape in shapes if "friction" in shape)
    if not found:
        return None
    common = found.most_common(1)[0][0]
    for shape in shapes:
        if shape.get("friction") == common:
            del shape["friction"]
    return common


class _Dumper(yaml.SafeDumper):
    """Numbers with all their digits, in YAML 1.2's form; no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_float(dumper: _Dumper, value: float) -> yaml.Node:
    text = repr(float(value))
    if "e" in text and "." not in text:
        text = text.replace("e", ".0e")
    if text.endswith(".0"):
        return dumper.represent_scalar("tag:yaml.org,2002:int", text.removesuffix(".0"))
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


def _represent_text(dumper: _Dumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(float, _represent_float)
_Dumper.add_representer(str, _represent_text)
