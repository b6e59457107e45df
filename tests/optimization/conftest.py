"""Shared by the tests of programs that are kept."""

import jax
import pytest


@pytest.fixture
def folder(tmp_path):
    before = jax.config.values["jax_compilation_cache_dir"]
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    yield tmp_path / "robodiff"
    jax.config.update("jax_compilation_cache_dir", before)
