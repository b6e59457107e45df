"""Compiled rollouts never write over what they still have to read."""

from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

import robodiff as rd
from tests.physics.compiled import overwritten_operands

ROBOTS = sorted(path.stem for path in Path("assets/robots").glob("*.yaml"))
LEGGED = ("hopper", "quadruped", "walker")
"""Those with contact, whose kernels are the most: alone, too."""
PROGRAM = """
%fused (p: f32[3,8], q: f32[3,8]) -> f32[3,8] {{
  %p = f32[3,8]{{1,0}} parameter(0)
  %q = f32[3,8]{{1,0}} parameter(1)
  %turned = f32[3,8]{{1,0}} {turned}
  ROOT %difference = f32[3,8]{{1,0}} subtract(%p, %turned)
}}

ENTRY %main (x: f32[3,8]) -> f32[3,8] {{
  %x = f32[3,8]{{1,0}} parameter(0)
  %sum = f32[3,8]{{1,0}} add(%x, %x)
  %barrier = f32[3,8]{{1,0}} opt-barrier(%sum)
  ROOT %kernel = f32[3,8]{{1,0}} fusion(%sum, {other}), kind=kLoop, calls=%fused
}}
"""


@pytest.mark.parametrize(
    ("turned", "other", "found"),
    [
        ("concatenate(%row, %rows)\n  %row = f32[1,8]{1,0} slice(%q)", "%barrier", ["kernel"]),
        ("concatenate(%row, %rows)\n  %row = f32[1,8]{1,0} slice(%q)", "%x", []),
        ("negate(%q)", "%barrier", []),
    ],
)
def test_one_memory_by_two_names_is_found(turned, other, found):
    assert overwritten_operands(PROGRAM.format(turned=turned, other=other)) == found


@pytest.mark.slow
@pytest.mark.shipped
@pytest.mark.parametrize(
    ("batch", "robot"), [*((8, robot) for robot in ROBOTS), *((1, robot) for robot in LEGGED)]
)
def test_no_kernel_writes_over_what_it_reads(batch, robot):
    spec = rd.load_robot(f"assets/robots/{robot}.yaml")
    model = rd.build_model(spec, rd.Design.from_spec(spec))

    def spread(leaf):
        return jnp.broadcast_to(jnp.asarray(leaf)[..., None], (*jnp.shape(leaf), batch))

    models, start = jax.tree.map(spread, (model, rd.initial_state(model)))
    commands = jnp.zeros((5, model.nu, batch))

    def loss(models, commands):
        path = rd.rollout_batch(models, start, commands, dt=0.004, steps=5)
        return jnp.sum(path.q**2) + jnp.sum(path.v**2), path

    numbers, rest = eqx.partition(models, eqx.is_inexact_array)
    both = jax.value_and_grad(
        lambda numbers, commands: loss(eqx.combine(numbers, rest), commands),
        argnums=(0, 1), has_aux=True,
    )  # fmt: skip
    options = rd.compiler_options()
    program = jax.jit(both, compiler_options=options).lower(numbers, commands).compile().as_text()
    assert "fusion(" in program
    assert overwritten_operands(program) == []
