"""Draws the pictures that the documents show: ``python docs/generate_gallery.py`` writes docs/images.

The commands stand beside the pictures. Those of gallery.md are drawn when the site is built.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

DOCS: Final = Path(__file__).parent
IMAGES: Final = DOCS / "images"
GALLERY: Final = DOCS / "gallery.md"
COMMAND: Final = re.compile(r"archspec draw [^`\n]*?-o ([\w-]+\.(?:svg|html))[^`\n]*")
SHOWN: Final = re.compile(r"\]\((?:docs/)?images/([\w-]+\.svg)\)")
FENCE: Final = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    """Those that show pictures on GitHub."""
    return [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))]


def commands(text: str) -> dict[str, str]:
    """The commands of a text, by the file that each writes."""
    return {found[1]: found[0] for found in COMMAND.finditer(text)}


def committed_commands() -> dict[str, str]:
    """The pictures of docs/images, each with its command in the document that shows it."""
    found: dict[str, str] = {}
    for document in documents():
        text = document.read_text("utf-8")
        known = commands(text)
        found |= {name: known[name] for name in SHOWN.findall(text)}
    return found


def draw(commands: Mapping[str, str]) -> dict[str, bytes]:
    """Files by their names, each written by its command."""
    with TemporaryDirectory() as folder:
        for command in commands.values():
            call = [sys.executable, "-m", *shlex.split(command)]
            subprocess.run(call, cwd=folder, check=True, timeout=120)
        return {name: (Path(folder) / name).read_bytes() for name in commands}


def with_pictures(text: str) -> str:
    """The gallery as it stands on the site: below each command what it draws."""
    return FENCE.sub(lambda fence: "\n\n".join([fence[0], *map(_shown, commands(fence[1]))]), text)


def _shown(name: str) -> str:
    """A picture, or a page in the page."""
    if name.endswith(".svg"):
        return f"![{Path(name).stem}, drawn by the command above](gallery/{name})"
    link = f"[{name}, by itself](gallery/{name})"
    return f'<iframe src="{name}" title="{name}" width="100%" height="720"></iframe>\n\n{link}'


if __name__ == "__main__":
    for old in IMAGES.glob("*.svg"):
        old.unlink()
    for name, picture in draw(committed_commands()).items():
        (IMAGES / name).write_bytes(picture)
