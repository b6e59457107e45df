"""Compiled programs, read: where XLA on CPU may write over what it still has to read.

XLA lets a kernel write its result in the place of an operand that it reads entry by entry. It does
not see that another operand is the same memory behind an optimization barrier; if that one is read
in another order, its entries may be gone by then (jax 0.10.1; later ones drop barriers before).
"""

import re

INSTRUCTION = re.compile(r"\s+(?:ROOT )?%([\w.\-]+) = (\(.*?\)|\S+) ([\w\-]+)\((.*)")


def overwritten_operands(program: str) -> list[str]:
    """Kernels of an optimized program that read one memory by two names, by one of them not entry
    by entry."""
    parts = re.split(r"\n(?=(?:ENTRY )?%[\w.\-]+ \()", program)
    computations = {_name(part): _instructions(part) for part in parts}
    return [
        name
        for instructions in computations.values()
        for name, (kind, operands, line) in instructions.items()
        if kind == "fusion"
        and _reads_what_it_writes(instructions, name, operands, computations[_called(line)])
    ]


def _name(computation: str) -> str:
    found = re.match(r"\n?(?:ENTRY )?%([\w.\-]+)", computation)
    return found.group(1) if found else ""


def _called(line: str) -> str:
    return re.findall(r"calls=%([\w.\-]+)", line)[0]


def _instructions(computation: str) -> dict[str, tuple[str, list[str], str]]:
    """Name: kind, operands and the line of each instruction."""
    found = [INSTRUCTION.match(line) for line in computation.splitlines()]
    return {
        m.group(1): (m.group(3), re.findall(r"%([\w.\-]+)", m.group(4).split("), ")[0]), m.string)
        for m in found
        if m
    }


def _shape(line: str) -> str:
    return INSTRUCTION.match(line).group(2).split("{")[0]  # type: ignore[union-attr]


MOVING = ("concatenate", "dynamic-slice", "dynamic-update-slice", "gather", "pad", "reduce",
          "reverse", "scatter", "slice", "transpose")  # fmt: skip


def _is_moved(computation: dict, number: int) -> bool:
    """Whether entries of an operand go into other entries of the result."""
    known = [name for name, (kind, _, line) in computation.items()
             if kind == "parameter" and f"parameter({number})" in line]  # fmt: skip
    size = _sizes(computation[known[0]][2])
    for name in known:  # grows by what is computed from it
        for user, (kind, operands, line) in computation.items():
            if name in operands and user not in known:
                if kind in MOVING or _sizes(line) != size:
                    return True
                known.append(user)
    return False


def _sizes(line: str) -> tuple[str, ...]:
    """Lengths of the axes, but for those of length one, whatever the type of number."""
    lengths = re.findall(r"\d+", _shape(line).partition("[")[2])
    return tuple(length for length in lengths if length != "1")


def _reads_what_it_writes(
    instructions: dict, name: str, operands: list[str], computation: dict
) -> bool:
    """Whether an operand in whose place the result may go is read by another name too, moved."""
    result = _shape(instructions[name][2])
    places = [_memory(instructions, operand) for operand in operands]
    for place in {place for place in places if places.count(place) > 1}:
        numbers = [number for number, other in enumerate(places) if other == place]
        may_be_written = any(
            operands[number] in instructions and _shape(instructions[operands[number]][2]) == result
            for number in numbers
        )
        if may_be_written and any(_is_moved(computation, number) for number in numbers):
            return True
    return False


def _memory(instructions: dict, name: str) -> tuple[str, tuple[int, ...]]:
    """The instruction that wrote an operand, seen through barriers, and the entry of its tuple."""
    path: tuple[int, ...] = ()
    while name in instructions:
        kind, operands, line = instructions[name]
        if kind in ("opt-barrier", "bitcast"):
            name = operands[0]
        elif kind == "get-tuple-element":
            path = (int(re.findall(r"index=(\d+)", line)[0]), *path)
            name = operands[0]
        elif kind == "tuple" and path:
            name, path = operands[path[0]], path[1:]
        else:
            break
    return name, path
