"""Compiled updates of the optimizer never write over what they still have to read."""

from functools import partial

import jax
import pytest

import robodiff as rd
from robodiff.optimization.compiler import cast, shape_of
from robodiff.optimization.objective import Window
from robodiff.optimization.search import Pace, advance
from robodiff.optimization.starts import shapes
from tests.physics.compiled import overwritten_operands


@pytest.mark.slow
@pytest.mark.shipped
@pytest.mark.parametrize("name", ["walker", "quadruped", "cartpole"])
def test_no_kernel_of_an_update_writes_over_what_it_reads(name):
    with jax.enable_x64(False):
        experiment = rd.load_experiment(f"configs/{name}.yaml")
        stage = experiment.optimizer.resolved_stages()[-1]
        population = shapes(experiment, shape_of(stage)[0])
        dtype = population.variables.design.dtype
        window, pace = cast(Window.of(stage), dtype), cast(Pace(0.0, 0.0), dtype)
        update = jax.jit(partial(advance, experiment, True))
        program = update.lower(population, window, pace).compile(rd.compiler_options())
    assert "fusion(" in program.as_text()
    assert overwritten_operands(program.as_text()) == []
