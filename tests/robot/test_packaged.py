"""Robot files of installed packages are found, or the remedy is named."""

import sys

import pytest

import robodiff as rd
from robodiff.errors import InputError
from robodiff.robot.packaged import locate

ROBOT = "name: a\nlinks: {a: {shapes: [{sphere: {radius: 1}}]}}\n"


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """An installed package `robots_of_ours` that cannot be imported, with a robot in it."""
    folder = tmp_path / "robots_of_ours"
    (folder / "files").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (folder / "files" / "a.yaml").write_text(ROBOT)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_packages_file_is_found_without_importing_it(wheel):
    assert locate("package:robots_of_ours/files/a.yaml") == wheel / "files" / "a.yaml"
    assert rd.load_robot("package:robots_of_ours/files/a.yaml").name == "a"
    assert "robots_of_ours" not in sys.modules


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("package:no_such_wheel/a.xml", "pip install no_such_wheel"),
        ("package:robots_of_ours/b.xml", "no such file in the package 'robots_of_ours': b.xml"),
        ("package:robots_of_ours/../a.xml", "expected package:NAME/path"),
        ("package:robots_of_ours", "expected package:NAME/path"),
        ("package:", "expected package:NAME/path"),
    ],
)
def test_what_is_missing_is_named(wheel, name, words):
    with pytest.raises(InputError, match=words):
        rd.load_robot(name)


def test_an_experiment_tells_its_own_line(tmp_path):
    path = tmp_path / "experiment.yaml"
    path.write_text("name: a\nrobot: package:no_such_wheel/a.xml\ntask: {duration: 1}\n")
    with pytest.raises(InputError) as error:
        rd.load_experiment(path)
    problem = error.value.problems[-1]
    assert (problem.line, problem.suggestion) == (2, "pip install no_such_wheel")
