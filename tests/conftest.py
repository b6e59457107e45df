"""Tests run in float64 unless a test says that it is about float32."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("ROBODIFF_COMPILE_CACHE", "off")

import jax

jax.config.update("jax_enable_x64", True)
