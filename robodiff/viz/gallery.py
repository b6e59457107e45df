"""All pictures of a motion or of a run, written to a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from robodiff.viz.animation import save_animation
from robodiff.viz.history_plots import History, plot_design, plot_loss
from robodiff.viz.motion_plots import plot_contact_forces, plot_joints
from robodiff.viz.recording import Recording
from robodiff.viz.stroboscope import plot_stroboscope
from robodiff.viz.style import save


def draw_motion(recordings: list[Recording], folder: Path) -> Iterator[Path]:
    """Draw joints, contact forces, stroboscope (`plots/*.png`) and `animation.gif`.

    Yields each file when it is written. What a robot has not (joints, shapes, contact) is left out.
    """
    topology = recordings[0].topology
    plots = folder / "plots"
    if {"hinge", "slide"} & set(topology.joint_types):
        yield save(plot_joints(recordings), plots / "joints.png")
    if any(r.contact_force.shape[1] or r.pair_force is not None for r in recordings):
        yield save(plot_contact_forces(recordings), plots / "contact_forces.png")
    if topology.shape_kinds:
        yield save(plot_stroboscope(recordings), plots / "stroboscope.png")
        yield save_animation(recordings, folder / "animation.gif")


def draw_history(
    history: History,
    bounds: dict[str, tuple[float, float]],
    units: dict[str, str],
    folder: Path,
) -> Iterator[Path]:
    """Draw `plots/loss.png` and `plots/design.png`; yields each file when it is written."""
    if history:
        yield save(plot_loss(history), folder / "plots" / "loss.png")
    if history and bounds:
        yield save(plot_design(history, bounds, units), folder / "plots" / "design.png")
