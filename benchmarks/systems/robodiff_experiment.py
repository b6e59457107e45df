"""A shipped experiment: how long the first value and gradient take, and each further one."""

from __future__ import annotations

import time
from typing import Any

import jax

import robodiff as rd
from benchmarks.case import Case, Job
from benchmarks.program import Program, finite, resident
from benchmarks.robots import ROOT

VERSIONS = ("robodiff", "jax", "jaxlib")


def prepare(case: Case, job: Job) -> Program:
    """`Experiment.value_and_gradient` of the experiment with the robot's name."""
    experiment = rd.load_experiment(str(ROOT / "configs" / f"{case.name}.yaml"))
    parameters = experiment.parameters

    def run() -> Any:
        return jax.block_until_ready(experiment.value_and_gradient(parameters))

    began = time.perf_counter(), time.process_time()
    found = run()
    between = time.perf_counter(), time.process_time()
    run()
    ended = time.perf_counter(), time.process_time()
    first = {"wall": between[0] - began[0], "cpu": between[1] - began[1]}
    again = {"wall": ended[0] - between[0], "cpu": ended[1] - between[1]}
    facts = {
        "ready": {clock: first[clock] - again[clock] for clock in first},
        "finite": finite(jax.tree.leaves(found)),
        **resident(),
    }
    return Program(run, facts)
