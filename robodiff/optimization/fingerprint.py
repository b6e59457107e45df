"""What a program was made of, as a short text: the same only where the program is.

Nothing is guessed. Robodiff's own functions and data, arrays and plain values are read to the last
number; whatever else a program may have been made of, such as a user's own metric, has no
fingerprint.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path, PurePath
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import jax
import numpy as np
from pydantic import BaseModel

PACKAGES = ("jax", "jaxlib", "numpy", "equinox", "optax", "pydantic")
TRUSTED = ("robodiff", *PACKAGES, "math", "_operator", "builtins")
"""Modules whose code is told by their version or, robodiff's, by its text."""
PLAIN = (type(None), bool, int, float, complex, str, bytes, PurePath)
HARMLESS = ("cache", "log", "traceback")
"""Settings of JAX with such a name do not change a program."""


class UnknownIngredientError(Exception):
    """Something whose meaning this module cannot tell."""


def fingerprint(*ingredients: Any) -> str:
    """A text that is the same in another process only if these ingredients, the code, its
    libraries, JAX's settings and the machine are.

    Raises `UnknownIngredientError` where it cannot tell.
    """
    digest = hashlib.sha256("\n".join(_surroundings()).encode())
    for part in _parts(ingredients):
        digest.update(_sized(part))
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


def _parts(value: Any) -> Iterator[bytes]:
    """A value as a sequence of texts from which it could be built again."""
    kind = type(value)
    yield f"{kind.__module__}.{kind.__qualname__}".encode()
    if isinstance(value, PLAIN):
        yield repr(value).encode()
    elif isinstance(value, np.ndarray | np.generic | jax.Array):
        yield from _array(np.asarray(value))
    elif isinstance(value, jax.ShapeDtypeStruct):
        yield f"{value.shape} {value.dtype} {value.sharding}".encode()
    elif isinstance(value, Enum):
        yield value.name.encode()
    elif isinstance(value, ModuleType) and _is_trusted(value):
        yield value.__name__.encode()
    elif isinstance(value, list | tuple | dict | set | frozenset):
        yield from _collection(value)
    elif isinstance(value, jax.tree_util.PyTreeDef):
        yield from _parts(jax.tree.unflatten(value, range(value.num_leaves)))
    elif isinstance(value, partial):
        yield from _parts((value.func, value.args, value.keywords))
    elif isinstance(value, FunctionType | MethodType | BuiltinFunctionType | type):
        yield from _code(value)
    elif is_dataclass(value) and _is_trusted(kind):
        # Fields that are not given when it is made follow from the others, or are caches.
        own = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
        yield from _collection(own)
    elif isinstance(value, BaseModel) and _is_trusted(kind):
        yield from _collection(value.__dict__)
    else:
        raise UnknownIngredientError(f"{kind.__module__}.{kind.__qualname__}")


def _collection(value: Any) -> Iterator[bytes]:
    yield str(len(value)).encode()
    if isinstance(value, dict):
        value = [part for pair in value.items() for part in pair]
    elif isinstance(value, set | frozenset):
        yield from sorted(b"".join(map(_sized, _parts(each))) for each in value)
        return
    for each in value:
        yield from _parts(each)


def _sized(part: bytes) -> bytes:
    """A text that says where it ends, so that no two sequences of texts read alike."""
    return len(part).to_bytes(8, "little") + part


def _array(value: np.ndarray) -> Iterator[bytes]:
    if value.dtype.hasobject:
        raise UnknownIngredientError("an array of objects")
    yield f"{value.shape} {value.dtype}".encode()
    yield value.tobytes()


def _code(value: Any) -> Iterator[bytes]:
    """A function or class by its place in code that is known, with all that it holds on to."""
    if not _is_trusted(value):
        raise UnknownIngredientError(f"{value.__module__}.{value.__qualname__}")
    yield f"{value.__module__}.{value.__qualname__}".encode()
    if isinstance(value, type):
        return
    owner = getattr(value, "__self__", None)
    yield from _parts(None if isinstance(owner, ModuleType) else owner)
    function = getattr(value, "__func__", value)
    if isinstance(function, FunctionType):
        yield str(function.__code__.co_firstlineno).encode()  # tells lambdas apart
        yield from _parts((function.__defaults__, function.__kwdefaults__))
        for cell in function.__closure__ or ():
            yield from _parts(cell.cell_contents)


def _is_trusted(value: Callable | type | ModuleType) -> bool:
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return (name or "").split(".")[0] in TRUSTED
