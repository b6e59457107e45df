"""Modules whose code a program's fingerprint need not read: it is told by their version."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

PACKAGES = ("jax", "jaxlib", "numpy", "equinox", "optax", "pydantic")
STANDARD = (
    "math", "cmath", "_operator", "operator", "_collections", "_functools", "builtins",
    "functools", "itertools", "collections", "typing", "types", "dataclasses", "enum", "abc",
    "numbers", "warnings", "jaxtyping",
)  # fmt: skip
TRUSTED = ("robodiff", *PACKAGES, *STANDARD)
"""Modules whose code is told by their version or, robodiff's, by its text."""
UNSTEADY = ("numpy.random",)
"""Modules whose functions give something else at each call."""


class UnknownIngredientError(Exception):
    """Something whose meaning a fingerprint cannot tell."""


def global_name(value: Any) -> str:
    """Where in a trusted module an object stands, such as `jax.numpy.add`;
    raises `UnknownIngredientError` where it does not."""
    for module in (getattr(value, "__module__", None), type(value).__module__, "numpy"):
        name, place = getattr(value, "__name__", ""), sys.modules.get(module or "")
        if place is not None and getattr(place, name, None) is value:
            return f"{trusted_module(place)}.{name}"
    raise UnknownIngredientError(f"{type(value).__module__}.{type(value).__qualname__}")


def trusted_module(module: ModuleType) -> str:
    """Its name; raises `UnknownIngredientError` for one that may not do the same each time."""
    if module.__name__.startswith(UNSTEADY) or not is_trusted(module):
        raise UnknownIngredientError(f"the module {module.__name__}")
    return module.__name__


def is_trusted(value: Callable | type | ModuleType) -> bool:
    """Whether a module, or what a function or class was made in, is one of `TRUSTED`."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return (name or "").split(".")[0] in TRUSTED
