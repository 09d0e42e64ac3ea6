"""Counting and drawing without torch, against importing torch and against torchinfo."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from processes import interleave, table

ARCHSPEC = str(Path(sys.executable).parent / "archspec")
SPEC = str(Path(__file__).parent.parent / "specs" / "densenet121.yaml")
TORCHINFO = (
    "import torchvision, torchinfo\n"
    "print(torchinfo.summary(torchvision.models.densenet121(), (1, 3, 224, 224), verbose=0))"
)


def main(runs: int = 7) -> None:
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "import torch": [sys.executable, "-c", "import torch"],
            "archspec --help": [ARCHSPEC, "--help"],
            "archspec stats": [ARCHSPEC, "stats", SPEC],
            "archspec draw": [ARCHSPEC, "draw", SPEC, "-o", f"{folder}/densenet121.svg"],
            "torchinfo": [sys.executable, "-c", TORCHINFO],
        }
        table(interleave(commands, runs), "import torch")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
