"""The reference page's example is a robot that loads and builds, and names every key."""

import re
from pathlib import Path

import jax
import jax.numpy as jnp

from robodiff.robot import build_model, parse_robot
from robodiff.robot.coupling_schema import CouplingSection, FluidSection, TendonSection
from robodiff.robot.ground_schema import GroundSection, HeightfieldSection
from robodiff.robot.schema import (
    ActuatorSection,
    ContactSection,
    InertialSection,
    JointSection,
    LimitsSection,
    LinkSection,
    MaterialSection,
    ParameterSection,
    RobotFile,
    ShapeSection,
)

PAGE = Path("docs/robot_file.md").read_text()
EXAMPLE = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1]


def test_the_example_builds():
    model = build_model(parse_robot(EXAMPLE))
    assert (model.nq, model.nv, model.nu) == (14, 12, 2)
    assert all(jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(model.links))


def test_the_example_shows_every_key():
    for section in (RobotFile, ParameterSection, MaterialSection, ContactSection, LinkSection,
                    JointSection, LimitsSection, InertialSection, ShapeSection,
                    ActuatorSection, TendonSection, CouplingSection, FluidSection,
                    GroundSection, HeightfieldSection):  # fmt: skip
        for name, field in section.model_fields.items():
            assert re.search(rf"\b{field.alias or name}:", EXAMPLE), (section.__name__, name)
