"""The README's Python block runs, its commands exist, and its links point at something."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from robodiff.cli.main import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_python_block_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    for block in blocks("python"):
        names: dict = {}
        exec(compile(block, "README.md", "exec"), names)
        assert all(float(slope) != 0.0 for slope in names["gradient"].values.values())


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"robodiff (\w+) ", "".join(blocks("sh")))))
)
def test_command_exists(command):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_link_points_at_a_file(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("image", sorted(re.findall(r"!\[.*?\]\((.*?)\)", README)))
def test_every_picture_is_made_from_a_shipped_experiment(image):
    path = ROOT / image
    assert path.parent == ROOT / "assets" / "images"  # the folder that the script fills
    assert (ROOT / "configs" / f"{path.stem}.yaml").exists()
    assert "scripts/readme_images.py" in README


def test_config_and_script_paths_exist():
    for path in re.findall(r"(?:configs|scripts)/[\w/]+\.(?:yaml|py)", README):
        assert (ROOT / path.replace("NAME", "walker")).exists(), path
