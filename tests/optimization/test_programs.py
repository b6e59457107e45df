"""Programs are compiled once on a machine, and never taken for one another."""

import gc
import os
import subprocess
import sys

import jax
import numpy as np
import pytest

from robodiff.optimization import kept
from robodiff.optimization.freed import without_collector
from robodiff.optimization.moves import norm
from robodiff.optimization.programs import Program
from robodiff.physics.kernel import KERNELS, kernel

X = np.arange(6.0).reshape(2, 3)
LIKE = np.zeros(3)


def known(*arguments) -> bool:
    return Program(norm, *arguments).is_known


def test_a_program_is_found_again_and_gives_the_same(folder):
    assert not known(X, LIKE)
    first = Program(norm, X, LIKE).finish()(X, LIKE)
    found = Program(norm, X, LIKE)
    assert found.is_known
    np.testing.assert_array_equal(found.finish()(X, LIKE), first)
    np.testing.assert_allclose(first, np.sqrt(np.sum(X**2, axis=0)))


def test_what_is_known_is_not_traced(folder, monkeypatch):
    Program(norm, X, LIKE).finish()
    monkeypatch.setattr(Program, "_trace", lambda self: pytest.fail("traced"))
    found = Program(norm, X, LIKE)
    found.trace()
    np.testing.assert_allclose(found.finish()(X, LIKE), np.sqrt(np.sum(X**2, axis=0)))


@pytest.mark.skipif(not KERNELS, reason="XLA keeps kernels from jax 0.11 on")
def test_a_kernel_that_xla_refuses_is_compiled_as_a_plain_program(monkeypatch, caplog):
    def large_sum(x, y):
        return kernel(lambda x, y: np.sin(1.0) * (x @ y) + (x @ y) ** 2, x, y)

    x, y = np.arange(1681.0).reshape(41, 41), np.arange(369.0).reshape(41, 9)
    wrongly = iter((True, False)).__next__
    monkeypatch.setattr("robodiff.physics.kernel.FEWEST", 1)
    monkeypatch.setattr("robodiff.physics.kernel.calls_no_library", wrongly)
    monkeypatch.setattr("robodiff.optimization.programs.compiler_options", lambda **_: {})
    ours = Program(large_sum, x, y).finish()(x, y)
    np.testing.assert_allclose(ours, np.sin(1.0) * (x @ y) + (x @ y) ** 2)
    assert "compiled without kernels" in caplog.text


@pytest.mark.skipif(not KERNELS, reason="XLA keeps kernels from jax 0.11 on")
@pytest.mark.parametrize("alone", [False, True])
def test_loops_of_kernels_that_are_better_alone_are_not_made_whole(alone, monkeypatch):
    def loop(x):
        step = lambda x, _: (kernel(jax.numpy.sin, x, alone=alone), None)  # noqa: E731
        return jax.lax.scan(step, x, length=30)[0]

    monkeypatch.setattr("robodiff.physics.kernel.LEAST", 0)
    program = Program(loop, LIKE + 1.0).finish()
    np.testing.assert_allclose(program(LIKE + 1.0), loop(LIKE + 1.0))
    of_the_program = program.as_text().split("ENTRY")[1]
    assert ("while(" in of_the_program) == alone


def test_other_shapes_and_types_are_other_programs(folder):
    Program(norm, X, LIKE).finish()
    assert known(X + 1, LIKE)
    assert not known(X[:, :2], LIKE[:2])
    assert not known(X.astype(np.float32), LIKE)
    assert not known({"x": X}, LIKE)


@pytest.mark.parametrize(
    "harm", [lambda text: text[:-1], lambda text: b"", lambda text: text[::-1]]
)
def test_a_broken_file_is_replaced(folder, harm):
    Program(norm, X, LIKE).finish()
    (file,) = folder.iterdir()
    file.write_bytes(harm(file.read_bytes()))
    np.testing.assert_allclose(Program(norm, X, LIKE).finish()(X, LIKE)[0], 3.0)
    monkey = Program(norm, X, LIKE)
    assert monkey.is_known
    np.testing.assert_allclose(monkey.finish()(X, LIKE)[0], 3.0)


def test_what_was_made_of_a_file_is_not_kept(folder, tmp_path):
    path = tmp_path / "scale.txt"
    path.write_text("2")

    def own(x, like):
        return norm(np.loadtxt(path) * x, like)

    for _ in range(2):
        program = Program(own, X, LIKE)
        assert not program.is_known
        np.testing.assert_allclose(program.finish()(X, LIKE)[0], 6.0)
    assert not folder.exists()


def test_the_last_ones_used_are_kept(folder, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    for columns in (1, 2):
        Program(norm, X[:, :columns], LIKE[:columns]).finish()
        os.utime(next(folder.iterdir()), (columns, columns))
    Program(norm, X, LIKE).finish()
    assert [known(X[:, :columns], LIKE[:columns]) for columns in (1, 2, 3)] == [False, True, True]


def test_nothing_is_kept_without_a_folder(monkeypatch):
    monkeypatch.setenv("ROBODIFF_COMPILE_CACHE", "off")
    assert not jax.config.values["jax_compilation_cache_dir"]
    program = Program(norm, X, LIKE)
    monkeypatch.setattr(kept, "write", lambda *_: pytest.fail("written"))
    np.testing.assert_allclose(program.finish()(X, LIKE)[0], 3.0)


@pytest.mark.parametrize("enabled", [True, False])
def test_collector_is_as_it_was_after_a_failure(enabled):
    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(ZeroDivisionError), without_collector():
            1 / gc.isenabled()  # False: tracing fails
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()


SEARCH = """
import jax
import robodiff as rd
settings = ["optimizer.starts=4", "optimizer.iterations=2", "task.duration=0.2"]
experiment = rd.load_experiment("configs/cartpole.yaml", settings)
notes = []
found = [step.loss.hex() for step in rd.co_optimize(experiment, notify=notes.append)]
entries = rd.certify(experiment, quick=True).parameters.values()
found += [float(value).hex() for entry in entries for value in (entry.reverse, entry.forward)]
print(any(note.startswith("compiling") for note in notes), *found)
"""


@pytest.mark.slow
def test_a_second_search_and_certificate_compile_nothing_and_find_the_same(tmp_path):
    # Four starts on two of three devices, and a certificate on one.
    environment = os.environ | {
        "JAX_NUM_CPU_DEVICES": "3", "JAX_COMPILATION_CACHE_DIR": str(tmp_path),
    }  # fmt: skip
    first, second = (
        subprocess.check_output([sys.executable, "-c", SEARCH], text=True, env=environment).split()
        for _ in range(2)
    )
    assert (first[0], second[0]) == ("True", "False")
    assert first[1:] == second[1:]
    assert len(first) > 10
