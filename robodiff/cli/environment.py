"""What must be set before a command computes: a quiet XLA and the cache of compiled programs."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path


def prepare_jax() -> None:
    """Silence XLA's start-up noise and keep compiled programs from one command to the next.

    Set `ROBODIFF_COMPILE_CACHE` to a folder to keep them there, or to `off` to do without.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    place = os.environ.get("ROBODIFF_COMPILE_CACHE", "")
    if place == "off":
        return
    import jax

    folder = Path(place) if place else cache_folder() / f"jax-{jax.__version__}-{_processor()}"
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)


def cache_folder() -> Path:
    """The platform's folder for files that may be deleted at any time."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "robodiff"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "robodiff"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "robodiff"


def _processor() -> str:
    """A short name for this kind of CPU: programs compiled for another may crash."""
    text = platform.machine() + platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        text += next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        pass
    return hashlib.sha256(text.encode()).hexdigest()[:10]
