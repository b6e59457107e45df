"""Simulate 64 walkers of different leg lengths in one batch: the batch is the last axis."""

from functools import partial

import jax
import jax.numpy as jnp

import robodiff as rd

spec = rd.load_robot("assets/robots/walker.yaml")
design = rd.Design.from_spec(spec)
lengths = jnp.linspace(0.3, 0.55, 64)
designs = jax.vmap(lambda x: design.replace(thigh_length=x), out_axes=-1)(lengths)
models = jax.vmap(partial(rd.build_model, spec), in_axes=-1, out_axes=-1)(designs)
start = rd.initial_state(models)

trajectory = rd.jit(partial(rd.rollout_batch, dt=0.004, steps=250))(models, start)
height = trajectory.q[-1, 1]
for x, z in zip(lengths[::16], height[::16], strict=True):
    print(f"thigh {x:.2f} m: hips {z:.2f} m above the ground after one second")
