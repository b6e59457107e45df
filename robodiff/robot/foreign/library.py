"""C MuJoCo, which is an extra: asked for when it is needed, with a clear message when absent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from robodiff.errors import InputError, Problem


def require_mujoco(purpose: str) -> Any:
    """The module `mujoco`; raises `InputError` with the line that installs it."""
    try:
        import mujoco
    except ImportError:
        suggestion = "pip install 'robodiff[mujoco]'"
        raise InputError(Problem(f"{purpose} needs MuJoCo", suggestion=suggestion)) from None
    return mujoco


@contextmanager
def quiet_warnings(mujoco: Any) -> Iterator[None]:
    """MuJoCo's warnings go nowhere: by default it writes a log file where it runs."""
    mujoco.set_mju_user_warning(lambda message: None)
    try:
        yield
    finally:
        mujoco.set_mju_user_warning(None)
