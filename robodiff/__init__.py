"""robodiff: co-design of robots and their controllers by differentiating through physics.

The public names below are imported on first use, so `import robodiff` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "robodiff.errors": (
        "CertificateError",
        "DivergedError",
        "InputError",
        "Problem",
        "RobodiffError",
    ),
    "robodiff.physics.model": ("Model", "State", "Topology", "Trajectory", "initial_state"),
    "robodiff.physics.kinematics": ("center_of_mass", "link_poses", "link_velocities"),
    "robodiff.physics.dynamics": (
        "bias_forces",
        "energy",
        "forward_dynamics",
        "inverse_dynamics",
        "mass_matrix",
    ),
    "robodiff.physics.compiler_options": ("compiler_options",),
    "robodiff.physics.step": ("step",),
    "robodiff.physics.rollout": ("rollout", "rollout_batch"),
    "robodiff.robot.spec": ("RobotSpec",),
    "robodiff.robot.load": ("load_robot", "parse_robot"),
    "robodiff.robot.design": ("Design",),
    "robodiff.robot.build": ("build_model",),
    "robodiff.robot.write": ("robot_yaml",),
    "robodiff.optimization.remembered": ("jit",),
    "robodiff.optimization.parameters": ("Parameters",),
    "robodiff.optimization.iteration": ("Iteration", "Result"),
    "robodiff.optimization.co_optimize": ("co_optimize",),
    "robodiff.optimization.certificate.certify": ("certify",),
    "robodiff.optimization.certificate.result": ("Certificate",),
    "robodiff.physics.divergence": ("Divergence", "diagnose"),
    "robodiff.optimization.baselines": (
        "Trial",
        "cma_es",
        "control_only",
        "gradient_descent",
        "random_search",
    ),
    "robodiff.experiment.experiment": ("Experiment",),
    "robodiff.experiment.load": ("load_experiment",),
    "robodiff.io.run": ("optimize",),
    "robodiff.io.results": ("RunFolder",),
    "robodiff.io.mjcf": ("export_mjcf",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name from the module that defines it (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'robodiff' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*_HOME_OF, *globals()])
