"""The quantities of rigid-body dynamics, of a robot and state of your own."""

import jax
import jax.numpy as jnp

import robodiff as rd

spec = rd.load_robot("assets/robots/quadruped.yaml")
model = rd.build_model(spec, rd.Design.from_spec(spec))
state = rd.initial_state(model)

M = rd.mass_matrix(model, state.q)
c = rd.bias_forces(model, state.q, state.v)
tau = jnp.zeros(model.nv)
acceleration = rd.forward_dynamics(model, state.q, state.v, tau)
print("largest entry of M vdot + c - tau:", float(jnp.abs(M @ acceleration + c - tau).max()))
print("energy [J]:", float(rd.energy(model, state).total))
print("d(total mass matrix trace)/d(mass of each link):")
print(jax.grad(lambda m: jnp.trace(rd.mass_matrix(m, state.q)))(model).links.mass)
