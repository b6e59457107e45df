"""What a user may write in an experiment file; no jax here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from robodiff.controllers.fields import Number, Positive
from robodiff.controllers.schema import ControllerSpec
from robodiff.optimization.schema import OptimizerSpec
from robodiff.robot.yaml_source import Section
from robodiff.tasks.schema import TaskSpec

MAX_STEPS = 1_000_000


class FreeSection(Section):
    """A free parameter of the robot; what is left out comes from the robot file."""

    value: Number | None = None
    """Where to start [unit of the robot file]."""
    min: Number | None = None
    """Lower bound [unit of the robot file]."""
    max: Number | None = None
    """Upper bound [unit of the robot file]."""


class SimulationSpec(Section):
    """How time is cut into steps."""

    dt: Positive = 0.002
    """Length of a step [s]."""
    integrator: Literal["midpoint", "semi_implicit_euler"] | None = None
    """Instead of what the robot file says."""


class RobotFile(Section):
    """A robot file, and how to read one that is MJCF or URDF; as in `robodiff import`."""

    file: str
    """Relative to the experiment file; or package:NAME/path of an installed Python package."""
    base: Literal["fixed", "floating"] = "fixed"
    """How the root of a URDF stands."""
    actuate: Literal["file", "all"] = "file"
    """all: a motor at every joint without one."""
    packages: dict[str, str] = Field(default_factory=dict)
    """Folders of a URDF's package:// files by name, relative to the experiment file."""
    exclude: list[str] = Field(default_factory=list)
    """Links or shapes that need not touch each other: "A,B", or "all"."""


class ExperimentSpec(Section):
    """A robot, what of it may change, what it should do, and how to get there."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$")]
    """Name of the experiment and of its run folders."""
    description: str = ""
    """For people."""
    robot: Annotated[
        Annotated[str, Tag("str")] | Annotated[RobotFile, Tag("RobotFile")],
        Discriminator(lambda given: "str" if isinstance(given, str) else "RobotFile"),
    ]
    """Robot file, relative to this file; or package:NAME/path of an installed Python package."""
    parameters: dict[str, Literal["free"] | FreeSection] | None = None
    """Free parameters of the robot; every one with bounds when absent."""
    simulation: SimulationSpec = SimulationSpec()
    """Time steps."""
    controller: ControllerSpec | None = None
    """What moves the actuators; nothing when absent."""
    task: TaskSpec
    """What the robot should do."""
    optimizer: OptimizerSpec = OptimizerSpec()
    """How it is improved."""

    @model_validator(mode="after")
    def _steps_are_countable(self) -> ExperimentSpec:
        steps = self.task.duration / self.simulation.dt
        if not 1 <= round(steps) <= MAX_STEPS:
            raise ValueError(
                f"task.duration / simulation.dt = {steps:g}; expected 1 to {MAX_STEPS}"
            )
        return self


def experiment_json_schema() -> dict[str, Any]:
    """The JSON schema of an experiment file, for editors."""
    return ExperimentSpec.model_json_schema()
