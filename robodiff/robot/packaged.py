"""Robot files that come with an installed Python package: `package:NAME/path/in/it.xml`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from robodiff.errors import InputError, Problem

PREFIX = "package:"


def locate(name: str | Path, folder: str | Path = "") -> Path:
    """The file that a name means: in an installed package, or relative to `folder`.

    The package is found without importing it. Raises `InputError` for a package that is not
    installed, with the line that installs it, and for a file that it does not have.
    """
    text = str(name)
    if not text.startswith(PREFIX):
        return Path(folder) / name
    package, *rest = PurePosixPath(text.removeprefix(PREFIX)).parts or ("",)
    if not package.isidentifier() or not rest or ".." in rest:
        raise InputError(Problem(f"{text} names no file: expected package:NAME/path/in/it.xml"))
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        message = f"{text}: the package {package!r} is not installed"
        raise InputError(Problem(message, suggestion=f"pip install {package}"))
    roots = [Path(place) for place in found.submodule_search_locations]
    paths = [root.joinpath(*rest) for root in roots]
    for path in paths:
        if path.is_file():
            return path
    raise InputError(Problem(f"no such file in the package {package!r}: {'/'.join(rest)}"))
