"""How does the length of a pendulum change where it is after one second? Ask by a gradient."""

import jax

import robodiff as rd

spec = rd.load_robot("assets/robots/pendulum.yaml")
design = rd.Design.from_spec(spec)
print("free parameters:", design.values)


def angle_after_one_second(design):
    model = rd.build_model(spec, design)
    trajectory = rd.rollout(model, rd.initial_state(model), dt=0.002, steps=500)
    return trajectory.q[-1, 0]


angle, slope = rd.jit(jax.value_and_grad(angle_after_one_second))(design)
print(f"angle {angle:.4f} rad; by each parameter:", {k: float(v) for k, v in slope.values.items()})
