"""Time and memory of counting very deep networks: a spec that repeats to 100,000 layers."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from processes import interleave

ARCHSPEC = str(Path(sys.executable).parent / "archspec")
BLOCKS = """archspec: 1
name: deep
input: [8, 8, 8]
layers:
  body:
    repeat: {n}
    layers:
      conv: {{op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}}
      relu: ReLU
"""
DENSE = """archspec: 1
name: dense
input: [8, 8, 8]
layers:
  body:
    repeat: {n}
    layers:
      conv: {{op: Conv2d, out_channels: 8, kernel_size: 1}}
      cat: {{op: Concat, from: [input, conv]}}
"""


def main(runs: int = 3) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for title, text in (("blocks", BLOCKS), ("concatenations", DENSE)):
            commands = {}
            for copies in (5_000, 50_000):
                path = Path(folder, f"{title}{copies}.yaml")
                path.write_text(text.format(n=copies))
                commands[str(copies)] = [ARCHSPEC, "stats", str(path), "--format", "json"]
            commands["start"] = [ARCHSPEC, "stats", "alexnet", "--format", "json"]
            costs = interleave(commands, runs)
            start = costs["start"].seconds
            few, many = costs["5000"], costs["50000"]
            ratio = (many.seconds - start) / (few.seconds - start) / 10
            print(
                f"{title}: 10,000 layers {few.seconds:.2f} s; 100,000 layers {many.seconds:.2f} s, "
                f"{many.mebibytes:.0f} MiB; time per layer {ratio:.2f} of that at 10,000"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
