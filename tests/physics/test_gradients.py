"""Reverse-mode derivatives equal central differences, for every number of a model."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from robodiff.physics.compiler_options import compiler_options
from robodiff.physics.model import Contact, State
from robodiff.physics.rollout import rollout, rollout_batch
from robodiff.physics.topology import SHAPE_KINDS
from tests.bodies import Body, build, state
from tests.fast import FAST
from tests.physics.compiled import overwritten_operands
from tests.trees import random_model, random_state

DT = 0.004
CONTACT = (1e4, 1e-2, 1e-3, 1e-5)


def flying():
    """Servos near their limits, joints inside theirs."""
    model = random_model(0, 6, has_ground=False)
    return with_limits(model, 2.0), random_state(model, 1)


def landing():
    """Every shape kind in a soft ground, joints beyond their stops, feet sliding."""
    model = with_limits(random_model(6, 6), 0.3)
    topology, at = model.topology, random_state(model, 1)
    soft = Contact(*map(jnp.asarray, (100.0, 1e-2, 0.1, 1e-3)))
    roots = jnp.array(topology.parents) < 0
    sunk = model.links.position - 1.5 * roots[:, None] * jnp.array([0, 0, 1.0])
    model = eqx.tree_at(lambda m: (m.contact, m.links.position), model, (soft, sunk))
    free_height = topology.q_start[topology.joint_types.index("free")] + 2
    return model, State(at.q.at[free_height].set(-1.5), at.v)


def with_limits(model, joint_limit):
    """Finite torque limits and no-load speeds, and stops at +- joint_limit."""
    span = jnp.full(len(model.topology.limited_joints), joint_limit)
    return eqx.tree_at(
        lambda m: (
            m.actuators.force_limit,
            m.actuators.no_load_speed,
            m.joints.lower,
            m.joints.upper,
            m.joints.friction,
            m.gravity,
        ),
        model,
        (
            jnp.full(model.nu, 3.0),
            jnp.full(model.nu, 30.0),
            -span,
            span,
            jnp.full(model.nv, 0.2),
            jnp.array([0.3, -0.2, -9.81]),
        ),
    )


@functools.cache
def compared(case):
    """Reverse-mode and central-difference gradients of one step, as trees like its inputs.

    One batch holds every displaced input, and the undisplaced one last.
    """
    model, at = {"flying": flying, "landing": landing}[case]()
    rng = np.random.default_rng(0)
    command = jnp.asarray(rng.normal(size=model.nu))
    weights = jnp.asarray(rng.normal(size=model.nq + model.nv))
    flat, unflatten = ravel_pytree((model, at, command))

    def total(columns):
        model, at, command = jax.vmap(unflatten, in_axes=-1, out_axes=-1)(columns)
        path = rollout_batch(model, at, command[None], dt=DT, steps=1)
        values = weights @ jnp.concatenate([path.q[1], path.v[1]])
        return values.sum(), values

    width = jnp.where(jnp.isfinite(flat), 1e-5 * jnp.maximum(1e-2, abs(flat)), 0.0)
    base, n = flat[:, None], flat.size
    columns = jnp.concatenate([base + jnp.diag(width), base - jnp.diag(width), base], axis=1)
    derivative = jax.jit(jax.grad(total, has_aux=True), compiler_options=compiler_options())
    program = derivative.lower(columns).compile()
    assert not overwritten_operands(program.as_text())
    reverse, values = program(columns)
    assert jnp.isfinite(reverse).all()
    difference = (values[:n] - values[n : 2 * n]) / jnp.where(width > 0, 2 * width, 1.0)
    return unflatten(reverse[:, -1]), unflatten(difference)


def leaf_names():
    tree = random_model(0, 6)
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(tree)]
    return [*paths, ".q", ".v", "command"]


@pytest.mark.parametrize("case", ["landing", pytest.param("flying", marks=pytest.mark.slow)])
@pytest.mark.parametrize("leaf", leaf_names())
def test_one_step_has_exact_derivatives(case, leaf):
    both = []
    for model, at, command in compared(case):
        paths = jax.tree_util.tree_leaves_with_path(model)
        named = {jax.tree_util.keystr(path): array for path, array in paths}
        both.append(np.asarray({**named, ".q": at.q, ".v": at.v, "command": command}[leaf]))
    reverse, difference = both
    scale = abs(reverse).max(initial=0.0)
    np.testing.assert_allclose(reverse, difference, rtol=0, atol=1e-5 * scale + 1e-8)


def test_landing_really_touches_and_slides():
    gradient, _ = compared("landing")
    size, friction = abs(gradient[0].shapes.size), abs(gradient[0].shapes.friction)
    touching = size.max(axis=1) > 1e-6
    kinds = np.array(random_model(6, 6).topology.shape_kinds)
    assert set(kinds[touching]) == set(SHAPE_KINDS), kinds[~touching]
    assert friction.max() > 1e-6
    assert abs(gradient[0].joints.limit_stiffness).max() > 0.0


def singular():
    """Robots at zero velocity, zero slip, zero rotation; a gap or a limit that is exactly zero."""
    leg = {"joint": "hinge", "mass": 0.5, "center": (0, 0, -0.2), "shape": "capsule"}
    size = {"box": (0.1, 0.1, 0.1), "cylinder": (0.1, 0.2, 0), "ellipsoid": (0.1, 0.2, 0.3)}
    bodies = {
        "sphere that just touches": (Body(shape="sphere"), [0, 0, 0.1, 1, 0, 0, 0]),
        "box flat on its corners": (
            Body("planar", shape="box", size=size["box"]), [0, 0.099, 0]
        ),
        "cylinder upright": (
            Body("slide", axis=(0, 0, 1), shape="cylinder", size=size["cylinder"]), [0.199]
        ),
        "ellipsoid on its pole": (
            Body("ball", position=(0, 0, 0.299), shape="ellipsoid", size=size["ellipsoid"],
                 stiffness=5.0), [1, 0, 0, 0],
        ),
        "hinge at its limit": (
            Body("hinge", limits=(0.0, 1.0), friction=0.1, actuator="position", kp=10.0), [0.0]
        ),
        "straight leg that just touches": (
            Body(**leg, parent=4, size=(0.03, 0.2, 0), position=(0, 0, 0.23)), [0.0]
        ),
    }  # fmt: skip
    model = build(*(body for body, _ in bodies.values()), contact=CONTACT)
    return model, state(model, q=[x for _, q in bodies.values() for x in q])


def test_gradients_are_finite_at_singular_states():
    model, at = singular()
    command = jnp.zeros((1, model.nu))

    @functools.partial(jax.jit, compiler_options=compiler_options())
    @jax.grad
    def gradient(inputs):
        model, at, command = inputs
        path = rollout(model, at, command, dt=DT, steps=1)
        return jnp.sum(path.q) + jnp.sum(path.v)

    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient((model, at, command))):
        assert jnp.isfinite(leaf).all(), jax.tree_util.keystr(path)


def hopper():
    foot = Body(
        "slide", 0, axis=(0, 0, 1), position=(0, 0, -0.4), mass=0.3, shape="sphere",
        size=(0.05, 0, 0), stiffness=400.0, damping=3.0, limits=(-0.1, 0.2), actuator="motor",
    )  # fmt: skip
    return build(Body("planar", mass=3.0), foot, contact=CONTACT)


@pytest.mark.slow
def test_a_landing_of_many_steps_has_exact_derivatives():
    """Along random directions of all parameters and commands together."""
    model, command = hopper(), 5.0 * jnp.sin(jnp.arange(100.0))[:, None]
    flat, unflatten = ravel_pytree((model, command))
    weights = jnp.array([1.0, 2.0, 0.5, 1.0])

    def total(columns):
        model, command = jax.vmap(unflatten, in_axes=-1, out_axes=-1)(columns)
        q = jnp.array([0, 0.6, 0.05, 0])[:, None]
        path = rollout_batch(model, State(q, 0 * q), command, dt=DT, steps=100)
        values = weights @ path.q[-1] + 0.01 * path.v[-1].sum(axis=0)
        return values.sum(), values

    size = jnp.where(jnp.isfinite(flat), jnp.maximum(abs(flat), 0.01), 0.0)
    directions = size[:, None] * jax.random.normal(jax.random.key(0), (flat.size, 4))
    width, base = 1e-6, flat[:, None]
    columns = [base + width * directions, base - width * directions, base]
    gradient = jax.jit(jax.grad(total, has_aux=True), compiler_options=FAST)
    reverse, values = gradient(jnp.concatenate(columns, axis=1))
    difference = (values[:4] - values[4:8]) / (2 * width)
    np.testing.assert_allclose(reverse[:, -1] @ directions, difference, rtol=1e-5)
