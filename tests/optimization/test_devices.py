"""Starts shared out over devices: the same numbers as on one device."""

import os
import subprocess
import sys

import pytest

from robodiff.optimization.devices import number_of_devices

COMPARE = """
from functools import partial
import jax, numpy as np
import robodiff as rd
from robodiff.optimization.compiler import cast
from robodiff.optimization.devices import fetch, share_out
from robodiff.optimization.objective import Window
from robodiff.optimization.search import Pace, advance
from robodiff.optimization.starts import begin

experiment = rd.load_experiment("configs/cartpole.yaml", ["optimizer.starts=6"])
population = begin(experiment, experiment.optimizer)
window = cast(Window(duration=0.1), np.float32)
pace = cast(Pace(0.1, 0.1), np.float32)
update = partial(advance, experiment, False)
together = jax.device_get(jax.jit(update)(population, window, pace))
shared = share_out(update, population, window, pace)
placed = shared(population, window, pace)
assert len(placed[0].variables.design.sharding.device_set) == 3, placed
jax.tree.map(
    lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5), fetch(placed), together
)
print("equal")
"""


@pytest.mark.parametrize(
    ("starts", "available", "used"), [(8, 1, 1), (8, 3, 2), (6, 4, 3), (7, 4, 1)]
)
def test_every_device_gets_an_equal_share(starts, available, used):
    assert number_of_devices(starts, available) == used


def test_an_update_on_three_devices_is_the_update_on_one():
    # Devices are counted when JAX starts, so this needs a process of its own.
    environment = os.environ | {"JAX_NUM_CPU_DEVICES": "3"}
    done = subprocess.run(
        [sys.executable, "-c", COMPARE], capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == "equal", done.stderr
