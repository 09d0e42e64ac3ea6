"""What stands under the volumes: what their sides mean, and what is not drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archspec.describe.layers import paper_name
from archspec.figures.fonts.metrics import ASCENT
from archspec.figures.layout import small_print
from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.styles.volumes.labelled_layers import is_skipped
from archspec.figures.styles.volumes.main_path import MainPath
from archspec.figures.styles.volumes.volume import Volume

MAX_WORDS: Final = 8


def caption(
    path: MainPath,
    volumes: Sequence[Volume],
    shown: Sequence[Volume],
    options: Options,
    room: float,
) -> Panel:
    """Of the volumes that are shown: those of the path, or both of its towers as one."""
    size = options.sizes.small
    pitch = size * 1.45
    text = " ".join(_sentences(path, volumes, shown))
    lines = small_print.paragraph(text, 0, size * ASCENT, size, room, pitch)
    return Panel(max(line.width for line in lines), pitch * len(lines), tuple(lines))


def _sentences(path: MainPath, volumes: Sequence[Volume], shown: Sequence[Volume]) -> Iterator[str]:
    is_double = any(volume.twin for volume in shown)
    if all(volume.is_vector for volume in shown):
        yield "Height: features (log)."
    else:
        towers = " of one tower" if is_double else ""
        height = "length" if any(volume.output.rank == 1 for volume in shown) else "resolution"
        yield f"Height: {height} (log). Width: channels{towers} (square root)."
    if any(volume.twin and volume.meets for volume in shown):
        yield "Dashed: the towers meet."
    if not is_double and any(volume.twin for volume in volumes):
        yield "Two towers are drawn as one."
    if any(volume.below for volume in shown):
        yield "Over the arrows: what makes the next volume; under them: what comes before it."
    else:
        yield "Over the arrows: what makes the next volume."
    if words := _omissions(path):
        yield f"Not drawn: {', '.join(words)}."


def _omissions(path: MainPath) -> list[str]:
    passed = [paper_name(node.op) for node in path.nodes if is_skipped(node)]
    words = list(dict.fromkeys(passed))[:MAX_WORDS]
    return words if path.twins is not None else [*words, "branches and shortcuts"]
