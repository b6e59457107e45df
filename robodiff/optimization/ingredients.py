"""What a program is made of, as texts: two values read alike only if they are the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, partial
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    EllipsisType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    NotImplementedType,
    WrapperDescriptorType,
)
from typing import Any

import jax
import numpy as np
from pydantic import BaseModel

from robodiff.optimization.own_code import (
    globals_read,
    held_by,
    instructions,
    is_empty,
    members,
)
from robodiff.optimization.trusted import (
    TRUSTED,
    UnknownIngredientError,
    global_name,
    is_trusted,
    trusted_module,
)

UNBOUND = (eval, exec, globals, locals, vars, dir, open, input, __import__)
"""What leads to more than a function refers to."""
PLAIN = (
    type(None), bool, int, float, complex, str, bytes, range, slice, EllipsisType,
    NotImplementedType,
)  # fmt: skip
BUILT_IN = BuiltinFunctionType | MethodDescriptorType | WrapperDescriptorType
WRAPPERS = (type(jax.jit(abs)), type(cache(abs)))
"""Of `jax.jit` and `functools.cache`: they do what they wrap."""


class Reader:
    """Reads values as sequences of texts from which they could be built again."""

    def __init__(self):
        self._seen: dict[int, tuple[int, Any]] = {}  # functions and classes, by their id

    def parts(self, value: Any) -> Iterator[bytes]:
        """One value."""
        kind = type(value)
        yield f"{kind.__module__}.{kind.__qualname__}".encode()
        if isinstance(value, FunctionType | MethodType | type | BUILT_IN):
            yield from self._code(value)
        elif isinstance(value, ModuleType):
            yield trusted_module(value).encode()
        elif isinstance(value, PurePath) and kind.__module__.startswith("pathlib"):
            yield str(value).encode()
        elif not is_trusted(kind):
            yield from self._foreign(value)
        else:
            yield from self._data(value)

    def _data(self, value: Any) -> Iterator[bytes]:
        """A value whose class is known."""
        if isinstance(value, PLAIN):
            yield repr(value).encode()
        elif isinstance(value, np.ndarray | np.generic | jax.Array):
            yield from _array(np.asarray(value))
        elif isinstance(value, jax.ShapeDtypeStruct):
            yield f"{value.shape} {value.dtype} {value.weak_type} {value.sharding}".encode()
        elif isinstance(value, Enum):
            yield value.name.encode()
        elif isinstance(value, list | tuple | dict | set | frozenset):
            yield from self._collection(value)
        elif isinstance(value, np.dtype):
            yield value.str.encode()
        elif isinstance(value, jax.tree_util.PyTreeDef):
            yield from self.parts(jax.tree.unflatten(value, range(value.num_leaves)))
        elif isinstance(value, partial):
            yield from self.parts((value.func, value.args, value.keywords))
        elif isinstance(value, jax.custom_jvp | jax.custom_vjp):
            yield from self._collection(vars(value))
        elif isinstance(value, WRAPPERS):
            yield from self.parts(value.__wrapped__)  # pyright: ignore[reportAttributeAccessIssue]
        elif is_dataclass(value):
            # Fields that are not given when it is made follow from the others, or are caches.
            own = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
            yield from self._collection(own)
        elif isinstance(value, BaseModel):
            yield from self._collection(value.__dict__)
        else:
            yield global_name(value).encode()

    def _foreign(self, value: Any) -> Iterator[bytes]:
        """An object of a class of somebody else's: the class, and what the object holds."""
        kinds = type(value).__mro__
        yield from self.parts(type(value))
        if isinstance(value, (*PLAIN, list, tuple, dict, set, frozenset, Enum)):
            yield from self._data(value)
        elif any(base.__module__ == "builtins" and base is not object for base in kinds):
            raise UnknownIngredientError(f"{type(value).__module__}.{type(value).__qualname__}")
        yield from self._collection(held_by(value))

    def _collection(self, value: Any) -> Iterator[bytes]:
        yield str(len(value)).encode()
        if isinstance(value, dict):
            value = [part for pair in value.items() for part in pair]
        elif isinstance(value, set | frozenset):
            yield from sorted(b"".join(map(sized, Reader().parts(each))) for each in value)
            return
        for each in value:
            yield from self.parts(each)

    def _code(self, value: Any) -> Iterator[bytes]:
        """A function or class, with all that it holds on to."""
        if id(value) in self._seen:
            yield f"again {self._seen[id(value)][0]}".encode()
            return
        self._seen[id(value)] = (len(self._seen), value)
        if isinstance(value, type):
            yield from self._class(value)
        elif isinstance(value, MethodType):
            yield from self.parts((value.__func__, value.__self__))
        elif isinstance(value, FunctionType):
            yield from self._function(value)
        else:
            yield from self._built_in(value)

    def _class(self, value: type) -> Iterator[bytes]:
        yield f"{value.__module__}.{value.__qualname__}".encode()
        if not is_trusted(value):
            yield from self.parts(value.__bases__)
            yield from self._collection(dict(members(value)))

    def _function(self, value: FunctionType) -> Iterator[bytes]:
        # Not `__module__`, which a wrapper takes over from what it wraps.
        module = value.__globals__.get("__name__", "")
        yield f"{module}.{value.__code__.co_qualname}".encode()
        if module.split(".")[0] in TRUSTED:
            yield str(value.__code__.co_firstlineno).encode()  # tells lambdas apart
        else:
            try:
                read = dict(globals_read(value))
            except (ValueError, AttributeError) as problem:
                raise UnknownIngredientError(str(problem)) from problem
            yield from self.parts(list(instructions(value.__code__)))
            yield from self._collection(read | held_by(value))
        yield from self.parts((value.__defaults__, value.__kwdefaults__))
        for cell in value.__closure__ or ():
            yield from self.parts(None if is_empty(cell) else cell.cell_contents)

    def _built_in(self, value: Any) -> Iterator[bytes]:
        """A function that is not written in Python, or a method of such a class."""
        owner = getattr(value, "__objclass__", getattr(value, "__self__", None))
        if owner is None:
            owner = sys.modules.get(value.__module__ or "")
        known = is_trusted(owner if isinstance(owner, type | ModuleType) else type(owner))
        if value in UNBOUND or not known:
            raise UnknownIngredientError(f"{value.__qualname__} of {owner}")
        yield value.__qualname__.encode()
        yield from self.parts(owner)


def sized(part: bytes) -> bytes:
    """A text that says where it ends, so that no two sequences of texts read alike."""
    return len(part).to_bytes(8, "little") + part


def _array(value: np.ndarray) -> Iterator[bytes]:
    if value.dtype.hasobject:
        raise UnknownIngredientError("an array of objects")
    yield f"{value.shape} {value.dtype}".encode()
    yield value.tobytes()
