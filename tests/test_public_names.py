import subprocess
import sys
from importlib import import_module

import robodiff as rd

NAMES = (
    *("load_robot", "Design", "build_model", "State", "initial_state", "mass_matrix"),
    *("bias_forces", "forward_dynamics", "inverse_dynamics", "energy", "step", "rollout"),
    *("load_experiment", "co_optimize", "optimize", "Result"),
)


def test_the_promised_names_are_there():
    assert [name for name in NAMES if not callable(getattr(rd, name))] == []


def test_every_listed_name_can_be_imported():
    assert [name for name in dir(rd) if not name.startswith("_") and not hasattr(rd, name)] == []


def test_optimize_stays_a_function_after_its_modules_are_imported():
    import_module("robodiff.optimization.co_optimize")
    import_module("robodiff.io.run")
    assert rd.optimize.__name__ == "optimize"


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(rd, "optimise")


def test_importing_the_package_does_not_import_jax():
    code = "import sys, robodiff; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
