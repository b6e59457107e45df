"""Files that are either whole or not there, however a run ends."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from robodiff.errors import InputError, Problem


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file in one go: first beside its place, then into it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write a text file in one go."""
    return write_bytes(path, text.encode())


def write_json(path: Path, content: Any) -> Path:
    """Write JSON in one go; what is not finite becomes null."""
    return write_text(path, json.dumps(plain(content), indent=2, allow_nan=False) + "\n")


def plain(content: Any) -> Any:
    """Content as JSON knows it: numpy numbers and arrays unpacked, nan and inf as null."""
    if isinstance(content, dict):
        return {str(key): plain(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [plain(value) for value in content]
    if hasattr(content, "__array__"):
        return plain(np.asarray(content).tolist())
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    """Write an npz file in one go."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.npz")
    try:
        np.savez_compressed(beside, **arrays)  # pyright: ignore[reportArgumentType]
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def write_tree(path: Path, tree: Any) -> Path:
    """Write the leaves of a tree in order, bit for bit."""
    import jax  # slow to load, and needed only here

    leaves = jax.tree.leaves(tree)
    return write_arrays(path, {f"leaf_{i}": np.asarray(leaf) for i, leaf in enumerate(leaves)})


def read_tree(path: Path, like: Any) -> Any:
    """A tree of the same structure as `like`, as `write_tree` wrote it.

    Leaves of `like` that are plain numbers come back as plain numbers. Raises `InputError` when
    the file is missing or holds another tree.
    """
    import jax

    wanted, structure = jax.tree.flatten(like)
    try:
        with np.load(path) as stored:
            leaves = [stored[f"leaf_{i}"] for i in range(len(stored.files))]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(Problem(f"cannot read the checkpoint: {error}", str(path))) from None
    if not _same_layout(leaves, wanted):
        message = "the checkpoint is of another experiment"
        raise InputError(Problem(message, str(path), suggestion="resume with the same settings"))
    pairs = zip(leaves, wanted, strict=True)
    back = [leaf if isinstance(like, np.ndarray) else type(like)(leaf) for leaf, like in pairs]
    return jax.tree.unflatten(structure, back)


def _same_layout(leaves: Iterable[np.ndarray], wanted: Iterable[Any]) -> bool:
    """Whether arrays differ at most in the size of the last axis, the number of starts."""
    leaves, wanted = list(leaves), [np.asarray(leaf) for leaf in wanted]
    return len(leaves) == len(wanted) and all(
        leaf.shape[:-1] == other.shape[:-1] and leaf.dtype == other.dtype
        for leaf, other in zip(leaves, wanted, strict=True)
    )
