"""Brax: its pipelines `generalized`, `spring` and `positional`."""

from __future__ import annotations

import xml.etree.ElementTree as xml
from importlib import import_module

from benchmarks.case import Case, Job
from benchmarks.program import Program
from benchmarks.systems.compiled import scanned

VERSIONS = ("brax", "mujoco", "jax", "jaxlib")


def prepare(case: Case, job: Job, pipeline: str = "generalized") -> Program:
    """The program of a job."""
    from brax.io import mjcf

    system = mjcf.loads(simplified(case.mjcf))
    engine = import_module(f"brax.{pipeline}.pipeline")

    def start(q, v):
        return engine.init(system, q, v)

    def step(state, command):
        state = engine.step(system, state, command)
        return state, (state.q, state.qd)

    return scanned(case, job, start, step)


def simplified(mjcf: str) -> str:
    """MJCF without what Brax refuses: its integrator, its friction cone and priorities."""
    root = xml.fromstring(mjcf)
    for option in root.iter("option"):
        for key in ("integrator", "cone", "impratio"):
            option.attrib.pop(key, None)
    for geom in root.iter("geom"):
        geom.attrib.pop("priority", None)
    return xml.tostring(root, encoding="unicode")
