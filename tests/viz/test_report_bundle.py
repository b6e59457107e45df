"""The committed script is the one that `viewer/` builds."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "robodiff" / "viz" / "report" / "viewer.js"


def test_the_bundle_carries_the_licence_of_three():
    text = BUNDLE.read_text(encoding="utf-8")
    assert "The MIT License" in text[:2000]
    assert "three.js authors" in text[:2000]


def test_the_bundle_can_stand_inside_a_page():
    text = BUNDLE.read_text(encoding="utf-8").lower()
    assert "</script" not in text
    assert "<!--" not in text
    assert len(text) < 700_000


def test_the_lockfile_names_no_host():
    assert "http" not in (ROOT / "viewer" / "package-lock.json").read_text()


@pytest.mark.slow
def test_building_again_gives_the_same_bundle(tmp_path: Path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("THE VIEWER'S BUNDLE IS NOT COMPARED WITH ITS SOURCE: install node and npm")
    folder = shutil.copytree(
        ROOT / "viewer", tmp_path / "viewer", ignore=shutil.ignore_patterns("node_modules")
    )
    for command in (
        [npm, "ci", "--no-audit", "--no-fund"],
        ["node", "build.mjs", str(tmp_path / "viewer.js")],
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "viewer.js").read_bytes() == BUNDLE.read_bytes(), "run: npm run build"
