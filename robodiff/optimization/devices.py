"""An update spread over devices: each computes its share of the starts, which never interact.

The same program runs on the cores of one machine, on several accelerators, and on several hosts
(after `jax.distributed.initialize()`, with one process a host).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import numpy as np
from jax.extend.core import jaxpr_as_fun
from jax.sharding import Mesh, NamedSharding, PartitionSpec


def share_out(update: Callable[..., Any], population: Any, *rest: Any) -> Any:
    """`update(population, *rest)`, jitted, with the starts (the last axis of every array of
    `population` and of what is returned) shared out over as many devices as divide them.

    `population` and `rest` may hold shapes alone.
    """
    starts = max(leaf.shape[-1] for leaf in jax.tree.leaves(population) if leaf.ndim)
    devices = jax.devices()[: number_of_devices(starts, jax.device_count())]
    if len(devices) == 1:
        return jax.jit(update)
    mesh = Mesh(np.array(devices), ("starts",))

    def places(tree: Any) -> Any:
        return jax.tree.map(lambda leaf: _last_axis(leaf.ndim), tree)

    # Traced once, for the share of one device: what is returned has to be known beforehand.
    share = jax.tree.map(lambda leaf: _share(leaf, len(devices)), population)
    traced, result = jax.make_jaxpr(update, return_shape=True)(share, *rest)
    structure, run = jax.tree.structure(result), jaxpr_as_fun(traced)

    @wraps(update)
    def update_share(*arguments: Any) -> Any:
        return jax.tree.unflatten(structure, run(*jax.tree.leaves(arguments)))

    whole = jax.tree.map(lambda _: PartitionSpec(), rest)
    into, out = (places(population), *whole), places(result)
    spread = jax.shard_map(update_share, mesh=mesh, in_specs=into, out_specs=out, check_vma=False)
    on = jax.tree.map(lambda spec: NamedSharding(mesh, spec), (into, out), is_leaf=_is_spec)
    return jax.jit(spread, in_shardings=on[0], out_shardings=on[1])


def number_of_devices(starts: int, available: int) -> int:
    """The most devices that get equal shares."""
    return max(count for count in range(1, available + 1) if starts % count == 0)


def fetch(tree: Any) -> Any:
    """Arrays of all devices, of other hosts too, as numpy arrays here."""
    if jax.process_count() == 1:
        return jax.device_get(tree)
    from jax.experimental import multihost_utils

    return multihost_utils.process_allgather(tree, tiled=True)


def _share(leaf: Any, devices: int) -> jax.ShapeDtypeStruct:
    shape = (*leaf.shape[:-1], leaf.shape[-1] // devices) if leaf.ndim else leaf.shape
    return jax.ShapeDtypeStruct(shape, leaf.dtype)


def _last_axis(rank: int) -> PartitionSpec:
    return PartitionSpec(*[None] * (rank - 1), "starts") if rank else PartitionSpec()


def _is_spec(leaf: Any) -> bool:
    return isinstance(leaf, PartitionSpec)
