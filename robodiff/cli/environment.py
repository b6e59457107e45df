"""What must be set before a command computes: a quiet XLA and the cache of compiled programs."""

from __future__ import annotations

import contextlib
import os

MOST_DEVICES = 16
"""Beyond this many cores, starts are too few to share out."""


def prepare_jax() -> None:
    """Silence XLA's start-up noise and keep compiled programs from one command to the next.

    Set `ROBODIFF_COMPILE_CACHE` to a folder to keep them there, or to `off` to do without.
    """
    silence_xla()
    _use_cores()
    import jax

    from robodiff.optimization.kept import default_folder

    folder = default_folder()
    if folder:
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)


def silence_xla() -> None:
    """Keep XLA from writing to the terminal; of no use once something has imported jax."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _use_cores() -> None:
    """One device a core, so that starts are shared out; XLA_FLAGS or JAX's own variable win, and
    so does a process that has counted its devices already."""
    import jax

    chosen = "xla_force_host_platform_device_count" in os.environ.get("XLA_FLAGS", "")
    if not chosen and "JAX_NUM_CPU_DEVICES" not in os.environ:
        with contextlib.suppress(RuntimeError):
            jax.config.update("jax_num_cpu_devices", min(available_cores(), MOST_DEVICES))


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
