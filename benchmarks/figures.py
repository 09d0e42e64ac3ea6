"""Figures as whole processes: every style and format against ``stats``, and 10,000 layers in full."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from processes import interleave, table

NETWORK: Final = "densenet121"
RUNS: Final = 7
LAYERS: Final = 10_000
FAMILIES: Final = ("alexnet", "vgg16", "googlenet", "resnet50", "densenet121")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        draw = ["archspec", "draw", NETWORK, "-o"]
        commands = {"stats": ["archspec", "stats", NETWORK]} | {
            suffix: [*draw, f"{folder}/figure.{suffix}"]
            for suffix in ("svg", "html", "tex", "json", "mmd", "dot", "pdf", "png")
        }
        for style in ("blocks", "full", "dense", "volumes", "table"):
            commands[f"svg {style}"] = [*draw, f"{folder}/{style}.svg", "--style", style]
        table(interleave(commands, RUNS), "stats")
        print()
        for name in FAMILIES:
            file = Path(folder, f"{name}.svg")
            interleave({name: ["archspec", "draw", name, "-o", str(file)]}, 1)
            print(f"{name:12} {file.stat().st_size / 1000:6.1f} kB of SVG")
        print()
        spec = Path(folder, "long.yaml")
        spec.write_text(_long(), "utf-8")
        long = {
            "stats": ["archspec", "stats", str(spec)],
            "full": ["archspec", "draw", str(spec), "--style", "full", "-o", f"{folder}/l.svg"],
        }
        print(f"{LAYERS:,} layers")
        table(interleave(long, 3), "stats")


def _long() -> str:
    """A chain that does not fold: neighbours differ."""
    layers = "".join(
        f"  conv{k}: {{op: Conv2d, out_channels: {8 + k % 2}, kernel_size: 3, padding: 1}}\n"
        f"  relu{k}: ReLU\n"
        for k in range(LAYERS // 2)
    )
    return f"archspec: 1\nname: long\ninput: [8, 16, 16]\nlayers:\n{layers}"


if __name__ == "__main__":
    main()
