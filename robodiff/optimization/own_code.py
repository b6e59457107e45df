"""What a function or class that is not robodiff's says, read from its bytecode: enough to tell it
from any other without the text of its file."""

from __future__ import annotations

import builtins
import dis
from collections import namedtuple
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import MISSING, fields
from functools import cached_property
from types import CellType, CodeType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any

LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")
MEMBER_OF_SLOTS = MemberDescriptorType
MEMBER_OF_NAMEDTUPLE = type(vars(namedtuple("_", "x"))["x"])
IMPURE = ("IMPORT_NAME", "STORE_GLOBAL", "DELETE_GLOBAL")
"""What makes a function depend on, or change, more than what it reads."""
SAID_OTHERWISE = {
    "__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__annotations__",
    "__annotate__", "__annotate_func__", "__annotations_cache__", "__static_attributes__",
    "__firstlineno__", "__dataclass_fields__", "__dataclass_params__", "__match_args__",
    "__parameters__", "__orig_bases__", "__abstractmethods__", "_abc_impl",
}  # fmt: skip
"""Members of a class that have no say in what its methods do, or follow from the others."""


def instructions(code: CodeType) -> Iterator[Any]:
    """All that the bytecode does, but for where it stands in its file."""
    yield (code.co_name, code.co_code, code.co_flags, code.co_argcount, code.co_kwonlyargcount)
    yield (code.co_posonlyargcount, code.co_names, code.co_varnames)
    yield (code.co_freevars, code.co_cellvars, getattr(code, "co_exceptiontable", b""))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from instructions(constant)
        else:
            yield constant


def globals_read(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The global names that a function reads, with their values: of a module, the attribute that
    is read of it. A name that has no value yet has itself.

    Raises `ValueError` where that is not all that it depends on.
    """
    for name, *attributes in sorted(set(_paths(function.__code__))):
        value = function.__globals__.get(name, getattr(builtins, name, name))
        while isinstance(value, ModuleType) and attributes:
            attribute = attributes.pop(0)
            name, value = f"{name}.{attribute}", getattr(value, attribute)
        yield name, value


def _paths(code: CodeType) -> Iterator[tuple[str, ...]]:
    """Global names with the attributes read of them: ("np", "random", "normal")."""
    path: tuple[str, ...] = ()
    for step in dis.get_instructions(code):
        if step.opname in IMPURE:
            raise ValueError(f"{code.co_qualname} has {step.opname}")
        if path and step.opname in ATTRIBUTES:
            path += (step.argval,)
            continue
        if path:
            yield path
        path = (step.argval,) if step.opname in LOADS else ()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _paths(constant)


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """What a class itself, not its bases, adds to what its instances do."""
    parameters = vars(kind).get("__dataclass_params__")
    for name, member in sorted(vars(kind).items()):
        if name in SAID_OTHERWISE or (name == "__init__" and parameters and parameters.init):
            continue  # such an `__init__` follows from the fields
        if isinstance(member, staticmethod | classmethod):
            member = (type(member), member.__func__)
        elif isinstance(member, property):
            member = (property, member.fget, member.fset, member.fdel)
        elif isinstance(member, cached_property):
            member = (cached_property, member.func)
        elif isinstance(member, MEMBER_OF_SLOTS | MEMBER_OF_NAMEDTUPLE):
            member = type(member)
        yield name, member
    for field in fields(kind) if parameters else ():
        given = (field.default, field.default_factory)
        yield field.name, tuple(None if each is MISSING else each for each in given)


def held_by(value: Any) -> dict[str, Any]:
    """The attributes of an object or function, those in slots too."""
    held = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__ if not isinstance(value, FunctionType) else ():
        for name, member in vars(kind).items():
            if isinstance(member, MEMBER_OF_SLOTS):
                with suppress(AttributeError):  # it has no value yet
                    held[f"{kind.__qualname__}.{name}"] = member.__get__(value)
    return held


def is_empty(cell: CellType) -> bool:
    """Whether a variable of a closure has no value yet."""
    try:
        return cell.cell_contents is None
    except ValueError:
        return True
