"""What surrounds the compilation of an update."""

import gc

import pytest

from robodiff.optimization.compiler import OPTIONS, compiler_options, without_collector


def test_options_are_those_that_this_jax_knows():
    assert compiler_options().items() <= OPTIONS.items()
    assert len(compiler_options()) > 0  # every supported jax knows one of them


@pytest.mark.parametrize("enabled", [True, False])
def test_collector_is_as_it_was_after_a_failure(enabled):
    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(ZeroDivisionError), without_collector():
            1 / gc.isenabled()  # False: tracing fails
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()
