"""Robot and experiment files with random damage: read, or refused with a place, never worse."""

from __future__ import annotations

import functools
import random
import re
import shutil
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import jax
import numpy as np

from robodiff.errors import InputError
from robodiff.experiment.load import load_experiment
from robodiff.robot.build import build_model
from robodiff.robot.load import load_robot
from tests.truth.row import Figure, Row

ROOT = Path(__file__).parents[2]
HANG = 20
"""Seconds after which a file counts as hanging."""
DAMAGE = (
    "-1", "0", "1e-320", "1e400", "nan", ".nan", ".inf", "-.inf", "1/0", "0/0", "sqrt(-1)",
    "log(0)", "9**9**9**9", "(" * 200, "~", "null", "true", "no", "''", "'x", '"', "[]", "{}",
    "[1, [2]]", "{a: 1}", "[nan, 1, 2]", "&a [*a]", "*a", "!!python/object:os.system ls", "!!int x",
    "| ", "- ", "? ", ": ", "#", "\t", "\0", "\ud7ff", "é", "x" * 3000, "1 kg", "3 m/s", "90 deg",
    "1 parsec", "__import__('os')", "a.b", "lambda: 0", "free", "hinge", "fixed", "ball", "world",
    "<<", "---", "[0, 0, 0]", "[1, 0, 0, 0]", "{from: 1, to: 2}", "0x10", "1_000", "2001-01-01",
    "12:30:45",
)  # fmt: skip
"""What values are replaced by."""
TOKEN = re.compile(r"[^\s,:\[\]{}]+")


def damaged(text: str, rng: random.Random) -> str:
    """One to three random edits of lines, values and characters."""
    for _ in range(rng.randint(1, 3)):
        text = rng.choice(EDITS)(text, rng)
    return text


def _token(text: str, rng: random.Random, make: Callable[[str], str]) -> str:
    tokens = list(TOKEN.finditer(text))
    if not tokens:
        return text
    one = rng.choice(tokens)
    return text[: one.start()] + make(one.group()) + text[one.end() :]


def _replace(text: str, rng: random.Random) -> str:
    return _token(text, rng, lambda _: rng.choice(DAMAGE))


def _swap(text: str, rng: random.Random) -> str:
    words = TOKEN.findall(text) or [""]
    return _token(text, rng, lambda _: rng.choice(words))


def _misspell(text: str, rng: random.Random) -> str:
    return _token(text, rng, lambda word: word[: rng.randrange(len(word))] + word[-1:])


def _characters(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return (
        text[:at] + rng.choice(["", *"{}[]:,#&*!|>'\"%@`\n \t-?"]) + text[at + rng.randint(0, 2) :]
    )


def _line(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(other, lines[at])
    elif kind == 2:
        lines[at] = " " * rng.randrange(5) + lines[at].lstrip(" ")
    else:
        lines[at], lines[other] = lines[other], lines[at]
    return "".join(lines)


def _cut(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text) + 1)]


EDITS = (_replace, _replace, _replace, _swap, _swap, _misspell, _characters, _characters, _line,
         _line, _cut)  # fmt: skip


@contextmanager
def _at_most(seconds: int):
    def stop(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(path: Path, read: Callable) -> str:
    """What reading a file comes to."""
    try:
        with _at_most(HANG):
            numbers = read(path)
    except TimeoutError:
        return "hang"
    except InputError as error:
        placed = error.problems and all(p.file and p.line > 0 for p in error.problems)
        return "refused" if placed else f"no place: {error}"
    except Exception:
        return traceback.format_exc()
    return "NaN" if any(np.isnan(np.asarray(x)).any() for x in numbers) else "read"


def _robot(path: Path) -> list:
    return jax.tree.leaves(build_model(load_robot(path)))


def _experiment(path: Path) -> list:
    parameters = load_experiment(path).parameters
    return [*parameters.design.values(), *jax.tree.leaves(parameters.control)]


@functools.cache
def outcomes(count: int) -> Counter[str]:
    """How often each outcome happens among `count` files, half of them robots; `KEPT` keeps
    the worst."""
    rng, found = random.Random(0), Counter()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shutil.copytree(ROOT / "assets" / "robots", place / "assets" / "robots")
        (place / "configs").mkdir()
        kinds = (("assets/robots", _robot), ("configs", _experiment))
        for k in range(count):
            source, read = kinds[k % 2]
            text = rng.choice(shipped(source))
            path = place / source / "damaged.yaml"
            path.write_text(damaged(text, rng), encoding="utf-8", errors="surrogatepass")
            result = outcome(path, read)
            if result not in ("read", "refused"):
                KEPT.append((path.read_text(errors="replace"), result))
            found[result.split(":")[0].split("\n")[0]] += 1
    return found


KEPT: list[tuple[str, str]] = []
"""Files that are neither read nor refused with a place, and what came of them."""


@functools.cache
def shipped(folder: str) -> list[str]:
    """The texts of the shipped files that need no other package."""
    texts = [path.read_text() for path in sorted((ROOT / folder).glob("*.yaml"))]
    return [text for text in texts if "package:" not in text]


def damage(full: bool) -> list[Figure]:
    """10,000 files, or 100."""
    found = outcomes(10_000 if full else 100)
    known = ("read", "refused", "hang", "NaN", "no place")
    return [
        Figure("tracebacks", sum(n for kind, n in found.items() if kind not in known), 0),
        Figure(f"longer than {HANG} s", found["hang"], 0),
        Figure("errors without file and line", found["no place"], 0),
        Figure("models with NaN", found["NaN"], 0),
        Figure("refused with file and line", found["refused"], None),
        Figure("read and built", found["read"], None),
    ]


ROWS = (
    Row(
        "damaged files",
        "10,000 copies of the shipped robot and experiment files with one to three random edits "
        "each of lines, values and characters; read, checked and built as a model",
        damage,
        longer=True,
    ),
)
