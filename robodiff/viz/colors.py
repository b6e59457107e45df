"""Colours that colour-blind readers can tell apart, and which link has which. No matplotlib."""

from __future__ import annotations

# Okabe and Ito (2008), ordered so that neighbours differ in lightness too.
PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#7A6F00",
    "#5B4B8A",
)
BODY = "#4A5560"


def link_colors(parents: tuple[int, ...]) -> list[str]:
    """A colour for each link: one a limb, grey for the body; one a link for a single chain."""
    limbs: list[int] = []
    body = _body_links(parents)
    limb_heads = [b for b, p in enumerate(parents) if p in body and b not in body]
    for link, parent in enumerate(parents):
        if link in body:
            limbs.append(-1)
        elif link in limb_heads:
            limbs.append(limb_heads.index(link))
        else:
            limbs.append(limbs[parent])
    if len(limb_heads) < 2:
        limbs = [link - 1 for link in range(len(parents))]
    return [BODY if limb < 0 else PALETTE[limb % len(PALETTE)] for limb in limbs]


def _body_links(parents: tuple[int, ...]) -> set[int]:
    """The roots, and what follows them while the tree is a single chain."""
    body = {link for link, parent in enumerate(parents) if parent < 0}
    while True:
        children = [b for b, p in enumerate(parents) if p in body and b not in body]
        if len(children) != 1 or not any(p == children[0] for p in parents):
            return body
        body.add(children[0])
