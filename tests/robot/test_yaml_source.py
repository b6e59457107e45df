"""The YAML reader: YAML 1.2 scalars, marks, overrides, and refusal of hostile files."""

import contextlib
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from robodiff.errors import InputError
from robodiff.robot.yaml_source import Section, check, parse_yaml, read_yaml


class Part(Section):
    mass: float
    count: int = 1


class Whole(Section):
    name: str
    parts: list[Part] = Field(default_factory=list)


def problems_of(function, *arguments):
    with pytest.raises(InputError) as caught:
        function(*arguments)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3), ("no", "no"), ("on", "on"), ("true", True), ("0o17", 15), ("0x1F", 31),
        ("010", 10), ("1_000", "1_000"), ("12:30", "12:30"), ("~", None), ("-.5", -0.5),
        (".inf", float("inf")), ('"3"', "3"), ("2020-01-01", "2020-01-01"),
    ],
)  # fmt: skip
def test_scalars_follow_yaml_1_2(text, value):
    assert parse_yaml(f"a: {text}").data == {"a": value}


def test_marks_point_at_values():
    source = parse_yaml("a:\n  - b: 1\n    c: [2, 33]\n")
    assert source.mark(("a", 0, "b")) == (2, 8)
    assert source.mark(("a", 0, "c", 1)) == (3, 12)
    assert source.mark(("a", 0, "c", 1, "deeper")) == (3, 12)


def test_all_mistakes_are_told_at_once_in_file_order():
    source = parse_yaml("nam: x\nparts:\n- {mass: heavy}\n- {mass: 1, cuont: 2}\n", "f.yaml")
    assert [str(problem) for problem in problems_of(check, source, Whole)] == [
        "f.yaml:1:1: name: missing key 'name'",
        "f.yaml:1:1: nam: unknown key (did you mean name?)",
        "f.yaml:3:10: parts[0].mass: should be a valid number, not 'heavy'",
        "f.yaml:4:13: parts[1].cuont: unknown key (did you mean count?)",
    ]


def test_duplicate_keys_are_mistakes():
    (problem,) = problems_of(check, parse_yaml("name: a\nname: b\n"), Whole)
    assert (problem.line, problem.column, problem.suggestion) == (2, 1, "first on line 1")


def test_overrides_replace_values_and_take_the_blame():
    source = parse_yaml("name: a\nparts: [{mass: 1}]\n")
    assert check(source.with_overrides(["parts[0].mass=2e0", "name=b"]), Whole).parts[0].mass == 2
    (problem,) = problems_of(check, source.with_overrides(["parts.0.mass=much"]), Whole)
    assert problem.file == "override 'parts.0.mass=much'"
    assert source.data["parts"][0]["mass"] == 1


@pytest.mark.parametrize("override", ["name", "=3", "name.x=3", "parts.7.mass=1", "parts.x=1"])
def test_overrides_without_a_place_are_refused(override):
    assert problems_of(parse_yaml("name: a\nparts: []").with_overrides, [override])


BOMB = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)


@pytest.mark.parametrize(
    "text",
    [
        "[1", "a: b: c", "\x00\x01", "[" * 50_000, "{a: " * 5000, BOMB, "a: !!python/object:os.x 1",
        "a: 1\n---\nb: 2", "a: *b", "a: &a [*a]", "? [1]\n: 2", "%YAML 9.9\n---\na", "\t- a", "@",
    ],
)  # fmt: skip
def test_text_that_is_not_plain_yaml_is_refused(text):
    assert problems_of(parse_yaml, text)


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"just words", b"- a\n- list\n"])
def test_files_without_keys_are_refused(tmp_path, content):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    assert problems_of(check, read_yaml(path), Whole)


@pytest.mark.parametrize("unit", [b"\xff\x00\x9c", b"a: 1, ", b"- 3\n"])
def test_ten_megabytes_of_garbage_are_refused_fast(tmp_path, unit):
    path = tmp_path / "x.yaml"
    path.write_bytes(unit * (10_000_000 // len(unit)))
    start = time.perf_counter()
    assert problems_of(read_yaml, path)
    assert time.perf_counter() - start < 5


def test_missing_files_and_folders_are_refused(tmp_path):
    assert problems_of(read_yaml, tmp_path / "none.yaml")
    assert problems_of(read_yaml, tmp_path)
    (tmp_path / "binary").write_bytes(os.urandom(1000))
    assert problems_of(read_yaml, tmp_path / "binary")


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_parses_or_is_refused(text):
    with contextlib.suppress(InputError):
        check(parse_yaml(text), Whole)
