"""Tests run in float64 unless a test says that it is about float32."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("ROBODIFF_COMPILE_CACHE", "off")

import jax

from tests.fast import FAST

jax.config.update("jax_enable_x64", True)


def pytest_configure(config):
    """Tests compile quickly, but for those marked `shipped`, which compile as users do."""
    if config.option.markexpr in ("not slow", "slow and not shipped"):
        flags = " ".join(f"--{name}={str(value).lower()}" for name, value in FAST.items())
        os.environ.setdefault("XLA_FLAGS", flags)
