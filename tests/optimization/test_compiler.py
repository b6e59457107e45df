"""What surrounds the compilation of an update."""

import gc

import pytest

from robodiff.optimization.compiler import without_collector


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
