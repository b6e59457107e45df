"""How much memory a compiled program will take, told before it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax


def planned_memory(program: Any) -> int | None:
    """Bytes of all arrays of a compiled program, on all its devices, by XLA's plan; None where
    XLA does not tell."""
    plan = program.memory_analysis()
    if plan is None:
        return None
    sizes = (plan.argument_size_in_bytes, plan.output_size_in_bytes, plan.temp_size_in_bytes)
    devices = {device for leaf in jax.tree.leaves(program.input_shardings[0])
               for device in leaf.device_set}  # fmt: skip
    return max(len(devices), 1) * sum(sizes)


def free_memory() -> int | None:
    """Bytes that this machine can still give; None where it does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return 1024 * found[0] if found else None


def forecast(program: Any) -> str:
    """What to tell people: the plan, and what to do where it exceeds the machine."""
    planned, free = planned_memory(program), free_memory()
    if planned is None:
        return "memory of an update: not told by XLA"
    told = f"memory of an update: {_readable(planned)}"
    if free is None or planned < free or jax.default_backend() != "cpu":
        return told
    return (
        f"{told}, but only {_readable(free)} are free: lower optimizer.starts or"
        " task.start_noise.copies"
    )


def _readable(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
