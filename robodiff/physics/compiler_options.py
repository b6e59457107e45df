"""What to tell XLA so that rollouts compile and run fast (measured in docs/performance.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import jax

NO_LIBRARY = "xla_cpu_experimental_ynn_fusion_type"
"""Which sums XLA leaves to YNNPACK, a library; none where it is empty."""
LEFT_OUT = "xla_disable_hlo_passes"
"""Passes over a program that XLA leaves out."""
WHOLE_LOOPS = "small-while-loop-hoisting"
"""The pass that makes one machine function of a whole loop over little."""
OPTIONS: dict[str, str | bool] = {
    NO_LIBRARY: "",
    LEFT_OUT: "hlo-verifier",
    "xla_backend_optimization_level": "1",
    "xla_llvm_disable_expensive_passes": True,
}
"""Without fusions of small sums, which cost a batched gradient half of its speed; without XLA's
check of its own work, some 5 % of a compilation. With the lightest optimization of machine code: a
third less compile time, and batches run faster."""

OLDER_OPTIONS: dict[str, str | bool] = {
    LEFT_OUT: f"hlo-verifier,cse_barrier_expander,{WHOLE_LOOPS}"
}
"""For jax before 0.11: keep optimization barriers until kernels are fused, as later ones do; the
one part of its CPU backend that knows no barriers is that for small loops. A walker's gradient runs
2 to 6 times faster."""


@cache
def compiler_options(*, whole_loops: bool = True) -> dict[str, str | bool]:
    """Options for `jax.jit(f, compiler_options=compiler_options())` where f rolls out: what suits
    this jax and backend.

    Args: whole_loops, whether XLA may make one machine function of a whole loop over little, where
    it can; without, a loop calls one for each of its operations.

    On CPU gradients of batches take twice as long without them, on jax before 0.11 up to six times.
    Nowhere else are there any.
    """
    if jax.default_backend() != "cpu":
        return {}
    options = OPTIONS if jax.__version_info__ >= (0, 11) else OPTIONS | OLDER_OPTIONS
    if not whole_loops and WHOLE_LOOPS not in str(options[LEFT_OUT]):
        options = options | {LEFT_OUT: f"{options[LEFT_OUT]},{WHOLE_LOOPS}"}
    if _knows(options):
        return options
    return {name: value for name, value in options.items() if _knows({name: value})}


def _knows(options: dict[str, str | bool]) -> bool:
    try:
        jax.jit(lambda x: x + 1).lower(0.0).compile(options)
    except Exception:  # an option that this XLA does not have: the type of error varies
        return False
    return True


_promised: ContextVar[dict[str, str | bool]] = ContextVar("_promised", default={})  # noqa: B039
"""The options with which what is lowered now will be compiled; JAX does not tell."""


@contextmanager
def compiled_with(options: dict[str, str | bool]) -> Iterator[None]:
    """Whatever is lowered here will be compiled with these options, which kernels need to know."""
    token = _promised.set(options)
    try:
        yield
    finally:
        _promised.reset(token)


def calls_no_library() -> bool:
    """Whether what is lowered now is known to be compiled without fusions of YNNPACK."""
    return NO_LIBRARY in _promised.get()


def makes_whole_loops() -> bool:
    """Whether XLA may make one machine function of a loop in what is lowered now."""
    return WHOLE_LOOPS not in str(_promised.get().get(LEFT_OUT))
