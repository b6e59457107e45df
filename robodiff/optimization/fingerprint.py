"""What a program was made of, as a short text: the same only where the program is.

Nothing is guessed. Arrays and plain values are read to the last number, functions and classes of
others to the last instruction, with all that they refer to; whatever else a program may have been
made of has no fingerprint.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

from robodiff.optimization.ingredients import Reader, sized
from robodiff.optimization.trusted import PACKAGES

HARMLESS = ("cache", "log", "traceback")
"""Settings of JAX with such a name do not change a program."""


def fingerprint(*ingredients: Any) -> str:
    """A text that is the same in another process only if these ingredients, the code, its
    libraries, JAX's settings and the machine are.

    Raises `UnknownIngredientError` where it cannot tell.
    """
    digest = hashlib.sha256("\n".join(_surroundings()).encode())
    for part in Reader().parts(ingredients):
        digest.update(sized(part))
    return digest.hexdigest()[:40]


def processor() -> str:
    """A short name for this kind of CPU: programs compiled for another may crash."""
    text = platform.machine() + platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        text += next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        pass
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _surroundings() -> Iterator[str]:
    """Everything around a program that it depends on."""
    yield from (sys.version, processor(), _own_code(), os.environ.get("XLA_FLAGS", ""))
    yield from (f"{name} {version(name)}" for name in PACKAGES)
    yield from (f"{d.platform} {d.device_kind} {d.id}" for d in jax.devices())
    settings = {n: v for n, v in jax.config.values.items() if not any(w in n for w in HARMLESS)}
    yield from (f"{name} {value!r}" for name, value in sorted(settings.items()))


@cache
def _own_code() -> str:
    """Robodiff's own text."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)} {path.stat().st_size}".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
