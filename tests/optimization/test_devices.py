"""Starts shared out over devices: the same numbers as on one device."""

import os
import socket
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
once = jax.jit(update, compiler_options=rd.compiler_options())
together = jax.device_get(once(population, window, pace))
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


TWO_HOSTS = """
import sys
import jax
jax.config.update("jax_cpu_collectives_implementation", "gloo")
host, address = int(sys.argv[1]), sys.argv[2]
if address != "alone":
    jax.distributed.initialize(address, num_processes=2, process_id=host)
import robodiff as rd

settings = ["optimizer.starts=4", "optimizer.iterations=2", "task.duration=0.2"]
experiment = rd.load_experiment("configs/cartpole.yaml", settings)
print(jax.device_count(), *(f"{step.loss:.5f}" for step in rd.co_optimize(experiment)))
"""


@pytest.mark.slow
def test_two_hosts_find_what_one_finds():
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    alone = _start(TWO_HOSTS, "0", "alone").communicate(timeout=600)[0].split()
    hosts = [_start(TWO_HOSTS, str(host), address) for host in range(2)]
    told = [host.communicate(timeout=600)[0].splitlines()[-1].split() for host in hosts]
    assert alone[0] == "1"
    assert told == [["2", *alone[1:]]] * 2


def _start(code: str, *words: str) -> subprocess.Popen:
    environment = os.environ | {"JAX_NUM_CPU_DEVICES": "1"}
    command = [sys.executable, "-c", code, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
