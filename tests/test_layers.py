"""Each layer imports only from the layers to its left, imports inside functions included."""

import ast
from pathlib import Path

import pytest

import robodiff

LAYERS = [
    "errors",
    "physics",
    "robot",
    "controllers",
    "tasks",
    "optimization",
    "experiment",
    "io",
    "viz",
    "cli",
]
ROOT = Path(robodiff.__file__).parent
MODULES = sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT)


def imported_layers(path: Path) -> set[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: import absolutely"
            names.append(node.module)
    parts = [name.split(".") for name in names]
    return {part[1] for part in parts if part[0] == "robodiff" and len(part) > 1}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_imports_only_from_its_left(path):
    layer = LAYERS.index(path.relative_to(ROOT).parts[0])
    later = {name for name in imported_layers(path) if LAYERS.index(name) > layer}
    assert not later


def test_physics_never_prints_or_reads_files():
    for path in (ROOT / "physics").glob("*.py"):
        names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
        assert not names & {"print", "open"}, path
