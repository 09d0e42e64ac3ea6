"""What stands under the volumes: what their sides mean, and what is not drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archspec.describe.layers import paper_name
from archspec.figures.fonts.metrics import ASCENT
from archspec.figures.layout import small_print
from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.styles.volumes.choice.labelled_layers import is_skipped
from archspec.figures.styles.volumes.choice.main_path import MainPath
from archspec.figures.styles.volumes.choice.volume import Strand, Volume

MAX_WORDS: Final = 8


def caption(
    path: MainPath,
    strands: Sequence[Strand],
    shown: Sequence[Strand],
    options: Options,
    room: float,
    *,
    is_u: bool,
    has_windows: bool,
) -> Panel:
    """Of the strands that are shown: those of the network, or both towers of one as one."""
    size = options.sizes.small
    pitch = size * 1.45
    before, after = ([v for strand in each for v in strand.volumes] for each in (strands, shown))
    sentences = [*_sentences(before, after, is_u=is_u, has_windows=has_windows)]
    if words := _omissions(path, has_skips=any(strand.skips for strand in strands)):
        sentences.append(f"Not drawn: {', '.join(words)}.")
    lines = small_print.paragraph(" ".join(sentences), 0, size * ASCENT, size, room, pitch)
    return Panel(max(line.width for line in lines), pitch * len(lines), tuple(lines))


def _sentences(
    volumes: Sequence[Volume], shown: Sequence[Volume], *, is_u: bool, has_windows: bool
) -> Iterator[str]:
    is_double = any(volume.twin for volume in shown)
    if all(volume.is_vector for volume in shown):
        yield "Height: features (log)."
    else:
        towers = " of one tower" if is_double else ""
        height = "length" if any(volume.output.rank == 1 for volume in shown) else "resolution"
        yield f"Height: {height} (log). Width: channels{towers} (square root)."
    if any(volume.slabs for volume in shown):
        yield "A slab for each layer or block."
    if any(volume.twin and volume.meets for volume in shown):
        yield "Dashed: the towers meet."
    if not is_double and any(volume.twin for volume in volumes):
        yield "Two towers are drawn as one."
    if has_windows:
        yield "Small windows: of what one pixel of the next volume is made."
    if is_u:
        yield "Beside the arrows: what makes the next volume."
    elif any(volume.below for volume in shown):
        yield "Over the arrows: what makes the next volume; under them: what comes before it."
    else:
        yield "Over the arrows: what makes the next volume."


def _omissions(path: MainPath, *, has_skips: bool) -> list[str]:
    passed = [paper_name(node.op) for node in path.nodes if is_skipped(node)]
    words = list(dict.fromkeys(passed))[:MAX_WORDS]
    others = "other branches and shortcuts" if has_skips else "branches and shortcuts"
    return words if path.twins is not None else [*words, others]
