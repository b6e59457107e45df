"""Compiled programs in files, beside those of JAX's own cache or in the folder of this user."""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import jax
from jax.experimental.serialize_executable import deserialize_and_load, serialize

from robodiff.optimization.chain import Chain
from robodiff.optimization.fingerprint import fingerprint, processor
from robodiff.optimization.trusted import UnknownIngredientError
from robodiff.physics.compiler_options import compiler_options

LOG = logging.getLogger(__name__)
MOST = 64
"""Programs that are kept, the last ones used; each takes some 4 MB."""
DIGEST = 32
"""Bytes in front of a program that tell whether it is whole."""


def default_folder() -> Path | None:
    """What `ROBODIFF_COMPILE_CACHE` says, none if that is `off`; else a folder of this user, JAX
    and processor."""
    place = os.environ.get("ROBODIFF_COMPILE_CACHE", "")
    if place:
        return None if place == "off" else Path(place)
    try:
        return cache_folder() / f"jax-{jax.__version__}-{processor()}"
    except RuntimeError:  # a user without a home
        return None


def cache_folder() -> Path:
    """The platform's folder for files that may be deleted at any time."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "robodiff"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "robodiff"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "robodiff"


def file_of(*ingredients: Any) -> Path | None:
    """Where a program made of these ingredients is kept; None where it cannot be."""
    folder = jax.config.values["jax_compilation_cache_dir"] or default_folder()
    if not folder or jax.process_count() > 1:
        return None
    try:
        name = fingerprint(*ingredients, compiler_options())
    except (UnknownIngredientError, RecursionError) as problem:
        LOG.debug(
            "a program is traced each time, since it cannot be told what it is of: %s", problem
        )
        return None
    return Path(folder) / "robodiff" / f"{name}.program"


def read(file: Path, arguments: tuple, keywords: dict) -> Callable[..., Any] | None:
    """The program of a file; None, and no file any more, where it is not whole."""
    try:
        text = file.read_bytes()
        if hashlib.sha256(text[DIGEST:]).digest() != text[:DIGEST]:
            raise ValueError("not whole")
        parts, takes, result, places = pickle.loads(text[DIGEST:])
        devices = {device.id: device for device in jax.local_devices()}
        devices = [devices[place] for place in places]
        inputs, outputs = map(jax.tree.structure, ((arguments, keywords), result))
        if takes:
            halves = [deserialize_and_load(*part, execution_devices=devices) for part in parts]
            program: Any = Chain(halves, takes, inputs, outputs)
        else:
            ((whole,),) = parts
            program = deserialize_and_load(whole, inputs, outputs, execution_devices=devices)
        os.utime(file)
    except Exception:  # whatever is wrong with a file, the program can be compiled again
        with suppress(OSError):
            file.unlink()
        return None
    return program


def write(file: Path, program: Any, result: Any) -> None:
    """Keep a program, and forget those that were not used for longest."""
    is_chain = isinstance(program, Chain)
    try:
        halves, takes = (program.programs, program.takes) if is_chain else ([program], None)
        places = [device.id for device in halves[0].runtime_executable().local_devices()]
        # With the structures of their arguments and results; those of a whole are not all builtin.
        parts = [serialize(half)[: 3 if is_chain else 1] for half in halves]
        text = pickle.dumps((parts, takes, jax.tree.map(lambda _: 0, result), places))
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as place:  # so that it appears whole
            part = Path(place) / file.name
            part.write_bytes(hashlib.sha256(text).digest() + text)
            part.replace(file)
        kept = sorted(file.parent.glob("*.program"), key=lambda each: each.stat().st_mtime)
        for old in kept[:-MOST]:
            old.unlink()
    except (OSError, ValueError, NotImplementedError, pickle.PicklingError):
        return  # a full disk, or a backend that cannot hand out programs
