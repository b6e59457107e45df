"""Which files are read while a function is traced: a program that was made of them is not told by
the function alone."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

CODE = (".py", ".pyc", ".so", ".pyd")
"""Files of modules, which are told by their functions and versions."""


class _Watch(threading.local):
    files: list[str] | None = None


_WATCH = _Watch()


@contextmanager
def files_opened() -> Iterator[list[str]]:
    """A list that fills with the files that this thread opens."""
    _install()
    before, _WATCH.files = _WATCH.files, []
    try:
        yield _WATCH.files
    finally:
        _WATCH.files = before


@cache
def _install() -> None:
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    files = _WATCH.files
    if event != "open" or files is None or not isinstance(arguments[0], str | bytes):
        return
    file = os.fsdecode(arguments[0])
    if not file.endswith(CODE):
        files.append(file)
