"""The pictures of the documents are what the commands beside them draw now."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from archspec.figures.request import STYLES

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
GALLERY = ROOT / "docs" / "gallery.md"
GENERATOR = runpy.run_path(str(ROOT / "docs" / "generate_gallery.py"))
COMMITTED: dict[str, str] = GENERATOR["committed_commands"]()


@pytest.mark.parametrize("name", COMMITTED)
def test_a_picture_is_what_its_command_draws(
    name: str, golden: Callable[[Path, str], None]
) -> None:
    drawn: dict[str, bytes] = GENERATOR["draw"]({name: COMMITTED[name]})
    golden(IMAGES / name, drawn[name].decode())
    assert (IMAGES / name).read_bytes() == drawn[name]


def test_every_picture_is_shown() -> None:
    assert {path.name for path in IMAGES.iterdir()} == set(COMMITTED)


def test_documents_draw_a_picture_by_one_command() -> None:
    texts = [document.read_text("utf-8") for document in GENERATOR["documents"]()]
    for name, command in COMMITTED.items():
        showing = [text for text in texts if f"images/{name})" in text]
        assert {GENERATOR["commands"](text)[name] for text in showing} == {command}, name


def test_the_gallery_shows_every_style() -> None:
    text = GALLERY.read_text("utf-8")
    missing = {style for style in STYLES if style != "paper" and f"--style {style}" not in text}
    assert missing == {"text"}, "a text is no picture"
    assert "--diff" in text


def test_the_gallery_has_a_picture_below_every_command() -> None:
    text = GALLERY.read_text("utf-8")
    names = list(GENERATOR["commands"](text))
    assert len(names) == text.count("$ archspec draw") >= 14
    shown: str = GENERATOR["with_pictures"](text)
    after = [part.partition("```\n\n")[2] for part in shown.split("$ archspec draw")[1:]]
    for name, part in zip(names, after, strict=True):
        assert name in part.splitlines()[0]


def test_a_command_that_fails_draws_nothing() -> None:
    with pytest.raises(Exception, match="non-zero exit status"):
        GENERATOR["draw"]({"a.svg": "archspec draw no_such_network -o a.svg"})
