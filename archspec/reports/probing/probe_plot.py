"""The layers of networks as a plot: over depth, or over a training."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.reports.probing.over_depth import depth_figure
from archspec.reports.probing.over_training import training_figure
from archspec.reports.run.plotting import PlotFormat, as_bytes, plot_style
from archspec.training.probing.states import Probe


def probe_plot(probes: Sequence[Probe], format: PlotFormat) -> bytes:
    """Over the steps of trainings, where one of the networks was probed more than once. Raises
    SpecError."""
    with plot_style():
        over_time = any(len(probe.states) > 1 for probe in probes)
        figure = training_figure(probes) if over_time else depth_figure(probes)
        return as_bytes(figure, format)
