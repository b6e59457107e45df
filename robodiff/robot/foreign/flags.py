"""What the flags of an MJCF file switch off, taken out of the compiled model."""

from __future__ import annotations

from typing import Any

SWITCHES = {
    "CONTACT": ("geom_contype", "geom_conaffinity"),
    "LIMIT": ("jnt_limited", "tendon_limited"),
    "FRICTIONLOSS": ("dof_frictionloss", "tendon_frictionloss"),
    "EQUALITY": ("eq_active0",),
    "SPRING": ("jnt_stiffness", "tendon_stiffness"),
    "DAMPER": ("dof_damping", "tendon_damping"),
    "CLAMPCTRL": ("actuator_ctrllimited",),
    "GRAVITY": ("body_gravcomp",),
}
"""Arrays of `MjModel` that are 0 where a flag is off; gravity itself is read by `gravity`."""
CONSTRAINTS = ("CONTACT", "LIMIT", "FRICTIONLOSS", "EQUALITY")
HARMLESS = {"WARMSTART", "REFSAFE", "SENSOR", "MIDPHASE", "EULERDAMP", "AUTORESET", "NATIVECCD",
            "ISLAND", "FILTERPARENT", "MULTICCD"}  # fmt: skip
"""Flags that change no force."""


def switched_off(mujoco: Any, model: Any) -> list[str]:
    """Names of the flags that are off, such as CONTACT."""
    flags = mujoco.mjtDisableBit.__members__.items()
    return [
        name.removeprefix("mjDSBL_")
        for name, flag in flags
        if name.startswith("mjDSBL_") and model.opt.disableflags & int(flag)
    ]


def apply_flags(mujoco: Any, model: Any) -> None:
    """Take out what is off. Without springs and dampers nothing passive is left in MuJoCo."""
    off = switched_off(mujoco, model)
    for name in [*off, *(CONSTRAINTS if "CONSTRAINT" in off else ())]:
        for array in SWITCHES.get(name, ()):
            getattr(model, array)[:] = 0
    if {"SPRING", "DAMPER"} <= set(off) or "PASSIVE" in off:
        for name in ("SPRING", "DAMPER", "GRAVITY"):
            for array in SWITCHES[name]:
                getattr(model, array)[:] = 0
        model.opt.density = model.opt.viscosity = 0.0
