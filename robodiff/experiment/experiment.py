"""An experiment, ready to run: from parameters to trajectories, losses and gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from robodiff.controllers.controller import Controller
from robodiff.experiment.ensemble import average, first_copy, repeat
from robodiff.experiment.judge import first_part, judge
from robodiff.experiment.schema import ExperimentSpec
from robodiff.optimization.certificate.problem import Horizons
from robodiff.optimization.iteration import Outcome
from robodiff.optimization.objective import Evaluation, Window
from robodiff.optimization.parameters import Parameters, as_batch, member
from robodiff.optimization.remembered import Remembered
from robodiff.optimization.schema import OptimizerSpec
from robodiff.physics.divergence import diagnose
from robodiff.physics.model import Contact, Model, Trajectory
from robodiff.physics.rollout import rollout_batch
from robodiff.robot.build import build_model
from robodiff.robot.design import Design
from robodiff.robot.mentions import mentions
from robodiff.robot.spec import RobotSpec
from robodiff.robot.yaml_source import Source
from robodiff.tasks.task import Task

FULL = Window()


@dataclass(frozen=True, eq=False)
class Experiment:
    """A robot, its free parameters, a controller and a task; see `load_experiment`.

    Methods that take `parameters` take one set in physical units, like `Experiment.parameters`.
    """

    spec: ExperimentSpec
    """What the file says."""
    source: Source = field(repr=False)
    """The file, overrides applied."""
    overrides: tuple[str, ...]
    """The overrides, as the user gave them."""
    robot: RobotSpec = field(repr=False)
    """The robot file."""
    design: Design
    """Free parameters with their bounds."""
    controller: Controller | None
    """What moves the actuators; None for nothing."""
    task: Task
    """What the robot should do."""
    compiled: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)
    """Updates of the optimizer that were compiled so far."""

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return self.spec.name

    @property
    def optimizer(self) -> OptimizerSpec:
        """How the design and the controller are improved."""
        return self.spec.optimizer

    @property
    def dt(self) -> float:
        """Length of a step [s]."""
        return self.spec.simulation.dt

    @property
    def steps(self) -> int:
        """Steps of the whole task."""
        return round(self.spec.task.duration / self.dt)

    @property
    def parameters(self) -> Parameters:
        """The design and the controller to start from."""
        design = {name: jnp.asarray(value, float) for name, value in self.design.values.items()}
        return Parameters(design, self.initial_control(None))

    def initial_control(self, key: Array | None) -> PyTree:
        """Controller parameters to start from: nominal without a key."""
        return {} if self.controller is None else self.controller.initial(key)

    def value_and_gradient(self, parameters: Parameters) -> tuple[Float[Array, ""], Parameters]:
        """The loss and its gradient with respect to every parameter, per physical unit."""
        return self._value_and_gradient(parameters)

    def loss(self, parameters: Parameters) -> Float[Array, ""]:
        """The weighted sum of the metrics."""
        return self._run(parameters)[2].loss

    def metrics(self, parameters: Parameters) -> dict[str, Float[Array, ""]]:
        """The metrics in their own units."""
        return self._run(parameters)[2].metrics

    def rollout(self, parameters: Parameters) -> tuple[Model, Trajectory]:
        """The robot and what it does over the whole task."""
        return self._run(parameters)[:2]

    def outcome(self, parameters: Parameters) -> Outcome:
        """Everything about one robot and controller at once."""
        model, trajectory, evaluation = jax.device_get(self._run(parameters))
        terms, metrics = (
            {name: float(value) for name, value in values.items()}
            for values in (evaluation.terms, evaluation.metrics)
        )
        loss = float(evaluation.loss)
        return Outcome(parameters, loss, terms, metrics, model, trajectory)

    def evaluate(self, parameters: Parameters, window: Window = FULL) -> Evaluation:
        """Simulate and judge a batch (trailing axis on every array) in one window; not jitted."""
        return self._simulate(parameters, window)[2]

    def horizons(
        self, parameters: Parameters, fractions: tuple[float, ...], refinement: int = 1
    ) -> Horizons:
        """Simulate a batch once and judge it as if the task ended at each fraction; not jitted."""
        model, trajectory = self._move(parameters, Window(refinement=refinement))
        copies = self.task.copies
        judged = [
            average(judge(self.task, model, first_part(trajectory, part), part), copies)
            for part in fractions
        ]
        terms = jax.tree.map(lambda *rows: jnp.stack(rows), *(each.terms for each in judged))
        nominal = first_copy(trajectory, copies)
        return Horizons(terms, nominal.command, nominal.q, nominal.v)

    def control_labels(self) -> PyTree:
        """Name of each scalar of the control."""
        return {} if self.controller is None else self.controller.labels()

    def uses(self, name: str) -> tuple[str, ...]:
        """Places where the robot file uses one of its parameters."""
        return mentions(self.robot, name)

    def divergence(self, parameters: Parameters) -> str:
        """Why the simulation of a batch of one stops being finite; empty when it does not."""
        return str(diagnose(*jax.device_get(self._run(member(parameters, 0))[:2])) or "")

    def _simulate(
        self, parameters: Parameters, window: Window
    ) -> tuple[Model, Trajectory, Evaluation]:
        """The robots of a batch, what they do from the exact start, and how good that is."""
        model, trajectory = self._move(parameters, window)
        copies = self.task.copies
        evaluation = average(judge(self.task, model, trajectory, window.duration), copies)
        return first_copy(model, copies), first_copy(trajectory, copies), evaluation

    def _move(self, parameters: Parameters, window: Window) -> tuple[Model, Trajectory]:
        """The robots of a batch and what they do, from each of the task's starts."""
        steps = max(round(self.steps * window.duration), 1) * window.refinement
        dt = self.dt / window.refinement
        parameters = repeat(parameters, self.task.copies)
        model = self.task.prepare(self._build(parameters, window))
        state = self.task.initial_state(model, copies=self.task.copies)
        command = self._command(parameters.control, steps, dt)
        return model, rollout_batch(model, state, command, dt=dt, steps=steps, memory=window.memory)

    def _build(self, parameters: Parameters, window: Window) -> Model:
        """The robots of a batch, on the ground of a window."""

        def build(values: dict[str, Array]) -> Model:
            return build_model(self.robot, self.design.replace(**values))

        leaves = jax.tree.leaves(parameters)
        size = leaves[0].shape[-1] if leaves else 1
        model = jax.vmap(build, in_axes=-1, out_axes=-1, axis_size=size)(parameters.design)
        contact = Contact(
            stiffness=model.contact.stiffness,
            dissipation_time=model.contact.dissipation_time * window.dissipation_time,
            slip_speed=model.contact.slip_speed * window.slip_speed,
            smoothing=model.contact.smoothing * window.smoothing,
        )
        topology = model.topology
        if self.spec.simulation.integrator is not None:
            topology = replace(topology, integrator=self.spec.simulation.integrator)
        return replace(model, contact=contact, topology=topology)

    def _command(self, control: PyTree, steps: int, dt: float) -> Callable | Array | None:
        """The controller as the rollout wants it."""
        controller = self.controller
        if controller is None:
            return None
        if controller.open_loop:
            return controller.commands(control, dt * jnp.arange(steps))
        return lambda time, state: controller.command(control, time, state)

    @cached_property
    def _run(self) -> Callable[[Parameters], tuple[Model, Trajectory, Evaluation]]:
        def run(parameters: Parameters) -> Any:
            model, trajectory, evaluation = self._simulate(as_batch(parameters), FULL)
            batched = replace(trajectory, time=trajectory.time[:, None])
            return member((model, batched, evaluation), 0)

        return Remembered(run)

    @cached_property
    def _value_and_gradient(self) -> Callable[[Parameters], tuple[Array, Parameters]]:
        def loss(parameters: Parameters) -> Array:
            return self.evaluate(as_batch(parameters)).loss[0]

        return Remembered(jax.value_and_grad(loss))
