"""What a controller is: trainable parameters, and a command from them, the time and the state."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from robodiff.controllers.rows import place_rows
from robodiff.physics.model import State


@dataclass(frozen=True, eq=False)
class Controller:
    """Static structure; the numbers are in the parameters, a nested dict of arrays.

    Batched calls carry a trailing batch axis on every array of parameters and state.
    """

    name: str
    """Name in parameters and plots."""
    nu: int
    """Length of the robot's command."""

    @property
    def open_loop(self) -> bool:
        """Whether the command depends on time alone."""
        raise NotImplementedError

    def initial(self, key=None) -> dict:
        """Initial parameters (single). Without a key: the nominal start, free of noise."""
        raise NotImplementedError

    def labels(self, parameters=None) -> dict:
        """The same structure, with the name of each scalar in arrays of strings."""
        raise NotImplementedError

    def command(self, parameters: dict, time, state: State | None) -> Float[Array, "nu B"]:
        """The command at a time, in the unit of each actuator; open loops need no state."""
        raise NotImplementedError

    def commands(self, parameters: dict, times: Float[Array, " T"]) -> Float[Array, "T nu B"]:
        """An open-loop controller at many times at once; `ValueError` for any other."""
        if not self.open_loop:
            raise ValueError(f"controller {self.name!r} needs the state")
        return jax.vmap(lambda time: self.command(parameters, time, None))(times)


@dataclass(frozen=True)
class Parameter:
    """One array of parameters."""

    name: str
    """Key in the parameters."""
    value: np.ndarray
    """Nominal value, in multiples of the part's scale where it is a command."""
    axes: tuple[tuple[str, ...], ...] = ()
    """Name of each row, column ...; same shape as `value`."""
    noise: float = 0.0
    """Standard deviation of the noise on a random start."""
    fixed: bool = False
    """Whether it keeps its nominal value."""

    def initial(self, key) -> Float[Array, "..."]:
        """Nominal value, with noise when there is a key."""
        value = jnp.asarray(self.value, dtype=float)
        if key is None or self.noise == 0.0:
            return value
        key = jax.random.fold_in(key, zlib.crc32(self.name.encode()))
        return value + self.noise * jax.random.normal(key, value.shape, value.dtype)

    def labels(self) -> np.ndarray:
        """Names such as amplitude[hip_left], in the shape of the value."""
        if not self.axes:
            return np.array(self.name)
        grid = np.meshgrid(*map(np.array, self.axes), indexing="ij")
        places = zip(*map(np.ravel, grid), strict=True)
        names = [f"{self.name}[{', '.join(place)}]" for place in places]
        return np.array(names).reshape(np.shape(self.value))


@dataclass(frozen=True, eq=False)
class Part(Controller):
    """A controller with parameters of its own, for some of the actuators."""

    rows: tuple[int, ...]
    """Index in the command of each actuator that it drives."""
    scale: np.ndarray
    """[n, 1] size of one unit of output [unit of the command]."""
    limit: np.ndarray | None
    """[n, 1] smooth bound on the command, inf for none [its unit]; None for none at all."""
    table: tuple[Parameter, ...]
    """Parameters, fixed ones included."""

    @property
    def open_loop(self) -> bool:
        return True

    def initial(self, key=None) -> dict:
        return {p.name: p.initial(key) for p in self.table if not p.fixed}

    def labels(self, parameters=None) -> dict:
        return {p.name: p.labels() for p in self.table if not p.fixed}

    def values(self, parameters: dict) -> dict[str, Array]:
        """Parameters with the fixed ones added."""
        fixed = {p.name: p.initial(None)[..., None] for p in self.table if p.fixed}
        return {**fixed, **parameters}

    def output(self, values: dict[str, Array], time, state) -> Float[Array, "n B"]:
        """What the kind of controller computes, in multiples of `scale`."""
        raise NotImplementedError

    def command(self, parameters: dict, time, state: State | None) -> Float[Array, "nu B"]:
        command = self.output(self.values(parameters), time, state)
        if np.any(self.scale != 1.0):
            command = command * self.scale
        if self.limit is not None:
            finite = np.isfinite(self.limit)
            limit = np.where(finite, self.limit, 1.0)
            command = jnp.where(finite, limit * jnp.tanh(command / limit), command)
        return place_rows(command, self.rows, self.nu)


def constant(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Numbers as a constant column that broadcasts against [n, B]."""
    return np.asarray(values, dtype=float)[:, None]
