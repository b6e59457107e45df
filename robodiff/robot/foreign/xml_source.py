"""The elements of an XML file with their places, and the mistakes that can be told from the text.

MuJoCo keeps no lines of a URDF and few of an MJCF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from robodiff.errors import InputError, Problem
from robodiff.robot.foreign.xml_numbers import odd_numbers

MOST_BYTES = 50_000_000
DEEPEST = 500
"""Elements in one another; no robot has such a chain."""


@dataclass(frozen=True, eq=False)
class Element:
    """An element of an XML file."""

    tag: str
    """Such as geom."""
    attributes: dict[str, str]
    """As written."""
    file: str
    """The file that holds it; includes are followed."""
    line: int
    """From 1."""
    column: int
    """From 1."""
    parent: Element | None = field(repr=False)
    """The element around it."""
    children: list[Element] = field(default_factory=list, repr=False)
    """Those directly inside."""

    def problem(self, message: str, suggestion: str = "") -> Problem:
        """A mistake at this place."""
        return Problem(message, self.file, self.line, self.column, suggestion=suggestion)

    def all(self, *tags: str) -> Iterator[Element]:
        """Elements of these tags, or of any, inside, at any depth, in file order."""
        return (element for element in _everything(self) if element.tag in tags or not tags)

    def one(self, tag: str) -> Element | None:
        """The first child of a tag."""
        return next((child for child in self.children if child.tag == tag), None)


def read_text(path: str | Path) -> str:
    """The text of a file; raises `InputError` where there is none."""
    name, path = str(path), Path(path)
    if not path.is_file():
        raise InputError(Problem("no such file", name))
    if path.stat().st_size > MOST_BYTES:
        raise InputError(Problem(f"larger than {MOST_BYTES // 1_000_000} MB", name))
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(Problem("not UTF-8 text", name, line, 1)) from None
    except OSError as error:
        raise InputError(Problem(f"cannot read: {error.strerror}", name)) from None
    if not text.strip():
        raise InputError(Problem("is empty", name))
    return text


def read_elements(path: str | Path) -> Element:
    """The root of an MJCF or URDF file, includes in their places.

    Raises `InputError`: not XML, another kind of file, an include that is missing or circular,
    numbers that no robot has.
    """
    root = _read(path, (str(path),), Path(path).parent)
    if root.tag not in ("mujoco", "robot"):
        message = f"the root element is <{root.tag}>"
        raise InputError(root.problem(message, "<mujoco> is MJCF, <robot> is URDF"))
    problems = [
        one.problem(message)
        for one in root.all()
        for message in odd_numbers(one.tag, one.attributes)
    ]
    if any(key.startswith("xmlns:xacro") for key in root.attributes):
        problems = [root.problem("is a xacro file", "expand it: xacro FILE > robot.urdf")]
    if problems:
        raise InputError(problems)
    return root


def _read(path: str | Path, chain: tuple[str, ...], folder: Path) -> Element:
    """Parse one file; comments are blanked, since MuJoCo allows `--` in them and XML does not."""
    text = re.sub(r"<!--.*?-->", _blank, read_text(path), flags=re.DOTALL)
    roots: list[Element] = []
    stack: list[Element] = []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        above = stack[-1] if stack else None
        element = Element(tag, attributes, str(path), line, column, above)
        if len(stack) >= DEEPEST:
            raise InputError(element.problem(f"more than {DEEPEST} elements in one another"))
        (above.children if above else roots).append(element)
        stack.append(element)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: stack.pop()
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        message = f"not well-formed XML: {expat.ErrorString(error.code)}"
        raise InputError(Problem(message, str(path), error.lineno, error.offset + 1)) from None
    _follow_includes(roots[0], chain, folder)
    return roots[0]


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _follow_includes(root: Element, chain: tuple[str, ...], folder: Path) -> None:
    """Put what <include file> names in its place."""
    for element in [*root.all("include")] if root.tag != "robot" else []:
        name = element.attributes.get("file", "")
        path = folder / name
        known = [Path(one).resolve() for one in chain]
        if path.resolve() in known:
            raise InputError(element.problem(f"includes itself: {' -> '.join([*chain, name])}"))
        if not path.is_file():
            raise InputError(element.problem(f"no such file: {path}"))
        element.children.extend(_read(path, (*chain, str(path)), folder).children)


def _everything(element: Element) -> Iterator[Element]:
    waiting = [*reversed(element.children)]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += reversed(found.children)
