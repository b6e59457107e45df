"""Bad gradients made through the public names: the certificate labels them and says where."""

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import pytest

import robodiff as rd
from robodiff.controllers.controller import Controller
from robodiff.tasks.task import Task
from tests.cli.conftest import EXPERIMENT, ROBOT

pytestmark = pytest.mark.slow  # a robot is compiled for each


@pytest.fixture
def experiment(tmp_path):
    (tmp_path / "robot.yaml").write_text(ROBOT)
    (tmp_path / "experiment.yaml").write_text(EXPERIMENT)
    return rd.load_experiment(tmp_path / "experiment.yaml")


@jax.custom_jvp
def double(x):
    return 2 * x


@double.defjvp
def _(primal, tangent):
    return double(*primal), -2 * tangent[0]  # the wrong sign


@dataclass(frozen=True, eq=False)
class Own(Controller):
    """A controller of a user, with mistakes."""

    open_loop = True

    def initial(self, key=None):
        return {name: jnp.asarray(0.1) for name in ("ahead", "delay", "held", "push")}

    def labels(self, parameters=None):
        return {name: name for name in self.initial()}


class WrongRules(Own):
    """A rule of the wrong sign, and a derivative that is cut off."""

    def command(self, parameters, time, state):
        held = jax.lax.stop_gradient(parameters["held"])
        return (double(parameters["push"]) + held + time * parameters["ahead"])[None]


class RootAtZero(Own):
    """|time - delay| as a root, whose derivative is 0/0 when the time comes."""

    def command(self, parameters, time, state):
        return (jnp.sqrt((time - parameters["delay"]) ** 2) * parameters["push"])[None]


def test_wrong_rules_of_a_controller_are_wrong(experiment):
    certificate = rd.certify(replace(experiment, controller=WrongRules("own", 1)), quick=True)
    push, held = certificate.parameters["push"], certificate.parameters["held"]
    assert push.label == held.label == "wrong"
    assert push.reverse == pytest.approx(-push.difference, rel=1e-6)
    assert "a derivative rule is wrong" in push.note
    assert held.reverse == 0.0
    assert "a silent zero" in held.note
    assert certificate.parameters["ahead"].label == certificate.parameters["length"].label == "ok"
    assert certificate.failures == ["held", "push"]


def test_a_root_at_zero_is_not_finite_from_its_step_on(experiment):
    certificate = rd.certify(replace(experiment, controller=RootAtZero("own", 1)), quick=True)
    delay = certificate.parameters["delay"]
    assert delay.label == "non-finite"
    assert "not finite from step 5 on; term final_pose, torque" in delay.note  # 0.1 s at 20 ms
    assert certificate.failures[0] == "delay"


def test_a_metric_without_a_gradient_is_the_term_that_is_named(experiment):
    class Length(Task):
        def metrics(self, model, trajectory):
            norm = jnp.sqrt(jnp.sum((0 * trajectory.torque) ** 2, axis=(0, 1)))
            found = super().metrics(model, trajectory)
            return found | {"torque": found["torque"] + norm}

    task = Length(experiment.task.spec, experiment.task.topology)
    certificate = rd.certify(replace(experiment, task=task), quick=True)
    knot = certificate.parameters["knots[arm, 0]"]
    assert knot.label == "non-finite"
    assert "not finite in term torque; the motion's derivative is" in knot.note
    assert certificate.worst_relative_error != certificate.worst_relative_error
