"""The README as a package index shows it: what leads into the repository is named, not linked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from hatchling.metadata.plugin.interface import MetadataHookInterface

PICTURE: Final = re.compile(r"^!\[[^]]*\]\((?!https?:)[^)]*\)\n\n?", re.MULTILINE)
LINK: Final = re.compile(r"\[([^]]*)\]\((?!https?:|#)([^)]*)\)")


class Readme(MetadataHookInterface):
    """Makes the description of the distribution."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = (Path(self.root) / "README.md").read_text("utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": standalone(text)}


def standalone(text: str) -> str:
    """A Markdown text without links to files beside it."""
    return LINK.sub(r"\1 (`\2`)", PICTURE.sub("", text))
