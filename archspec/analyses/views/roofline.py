"""An estimate of time: each layer takes as long as its arithmetic or its traffic, whichever is longer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, final

from archspec.analyses.precision import PrecisionName
from archspec.analyses.stats import Stats
from archspec.analyses.views.measures import Measured
from archspec.diagnostics import failure, near

Bound = Literal["arithmetic", "memory"]
_HALF: Final = ("float16", "bfloat16", "mixed")
_NUMBER: Final = r"(\d{1,9}(?:\.\d{1,6})?)"


@final
@dataclass(frozen=True, slots=True)
class Device:
    """The peaks of a device, as its data sheet has them, for dense matrices."""

    name: str
    flops: Mapping[str, float]
    """Floating-point operations in a second, by precision."""
    bandwidth: float
    """Bytes in a second to and from its memory."""
    source: str = "given"


def _device(
    name: str, full: float, half: float, integer: float, bandwidth: float, source: str
) -> Device:
    """In teraflops and gigabytes a second."""
    flops = {"float32": full, "int8": integer, **dict.fromkeys(_HALF, half)}
    peaks = {key: value * 1e12 for key, value in flops.items() if value}
    return Device(name, MappingProxyType(peaks), bandwidth * 1e9, source)


_KNOWN: Final = (
    _device("v100", 15.7, 125, 0, 900, "NVIDIA V100 SXM2 data sheet"),
    _device("t4", 8.1, 65, 130, 320, "NVIDIA T4 data sheet"),
    _device("a100", 19.5, 312, 624, 2039, "NVIDIA A100 80GB SXM data sheet"),
    _device("h100", 67, 989.5, 1979, 3350, "NVIDIA H100 SXM data sheet"),
    _device("h200", 67, 989.5, 1979, 4800, "NVIDIA H200 SXM data sheet"),
    _device("rtx3090", 35.6, 71, 284, 936, "NVIDIA GA102 whitepaper, float32 accumulation"),
    _device("rtx4090", 82.6, 165.2, 660.6, 1008, "NVIDIA Ada whitepaper, float32 accumulation"),
)
DEVICES: Final[Mapping[str, Device]] = MappingProxyType({each.name: each for each in _KNOWN})
"""Those that are known by name."""
ASSUMPTIONS: Final = (
    "assumes that every kernel reaches the peak of the device, in arithmetic and in bandwidth",
    "assumes that each layer reads its inputs from memory and writes its output to it: nothing is "
    "fused, nothing stays in a cache",
)


@final
@dataclass(frozen=True, slots=True)
class LayerTime:
    """The least time that one layer can take."""

    name: str
    operations: int
    moved: int
    """Bytes that are read and written."""
    arithmetic: float
    """Seconds of the operations."""
    traffic: float
    """Seconds of the bytes."""

    @property
    def seconds(self) -> float:
        return max(self.arithmetic, self.traffic)

    @property
    def bound(self) -> Bound:
        return "memory" if self.traffic > self.arithmetic else "arithmetic"


@final
@dataclass(frozen=True, slots=True)
class Roofline:
    """The layers of a network on a device, in order (Williams et al. 2009, "Roofline")."""

    stats: Stats
    device: Device
    layers: tuple[LayerTime, ...]

    @property
    def seconds(self) -> float:
        """Of one layer after the other."""
        return sum(layer.seconds for layer in self.layers)

    def share(self, bound: Bound) -> float:
        """Which part of the time is bound so."""
        of_bound = sum(layer.seconds for layer in self.layers if layer.bound == bound)
        return of_bound / self.seconds if self.seconds else 0.0

    @property
    def ridge(self) -> float:
        """Operations a byte from which on the arithmetic is the bound."""
        return self.device.flops[self.stats.dtype] / self.device.bandwidth


def roofline(stats: Stats, device: Device) -> Roofline:
    """An estimate of a forward pass. Raises SpecError for a precision whose peak is not known."""
    if stats.dtype not in device.flops:
        help = f"--dtype {' or '.join(device.flops)}"
        raise failure(
            "bad-option", f"the peak of {device.name} in {stats.dtype} is not known", help=help
        )
    measured, peak = Measured(stats), device.flops[stats.dtype]
    layers = []
    for node in stats.graph.layers:
        operations = stats.batch * (2 * node.cost.macs + node.cost.elementwise)
        moved = measured.read(node) + measured.written(node)
        if node.op.view:
            operations = 0
        times = operations / peak, moved / device.bandwidth
        layers.append(LayerTime(node.path, operations, moved, *times))
    return Roofline(stats, device, tuple(layers))


def device_of(text: str, dtype: PrecisionName) -> Device:
    """``a100``, or peaks of one's own: ``19.5TFLOPS,1555GB/s``. Raises SpecError."""
    found = re.fullmatch(rf"{_NUMBER}\s*TFLOPS,\s*{_NUMBER}\s*GB/s", text.strip(), re.IGNORECASE)
    if found is not None and float(found[1]) and float(found[2]):
        peaks: Mapping[str, float] = MappingProxyType({dtype: float(found[1]) * 1e12})
        return Device(text.strip(), peaks, float(found[2]) * 1e9)
    if text.lower() in DEVICES:
        return DEVICES[text.lower()]
    help = near(text, DEVICES) or f"{', '.join(DEVICES)}, or peaks: 19.5TFLOPS,1555GB/s"
    raise failure("bad-option", f"there is no device '{text:.40}'", help=help)
