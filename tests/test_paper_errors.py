"""Errors that are easily made when a paper becomes a spec: the zoo would not compile with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from archspec.diagnostics import SpecError
from archspec.workspace.load import load, loads
from archspec.workspace.locate import zoo_folder

if TYPE_CHECKING:
    pass


def messages(text: str) -> list[str]:
    """Messages of all diagnostics of a text."""
    with pytest.raises(SpecError) as caught:
        loads(text)
    assert all(diagnostic.span for diagnostic in caught.value.diagnostics)
    return [f"{diagnostic.code}: {diagnostic.message}" for diagnostic in caught.value.diagnostics]


def change(file: str, pattern: str, replacement: str) -> str:
    """The text of a spec with one place changed."""
    text, places = re.subn(pattern, replacement, (zoo_folder() / file).read_text("utf-8"))
    assert places
    return text


def test_inception_with_the_printed_projections_is_caught() -> None:
    text = change("bn_inception.yaml", r"(inception4c: .*proj: )96", r"\g<1>128")
    found = messages(text)
    assert "expect: 'inception4c' gives [608, 14, 14], not [576, 14, 14]" in found
    assert any(line.startswith("expect: params of bn_inception: ") for line in found)


@pytest.mark.parametrize("file", ["googlenet.yaml", "googlenet_v1.yaml"])
def test_googlenet_with_poolings_that_round_down_is_caught(file: str) -> None:
    if file == "googlenet.yaml":
        text = change(file, "ceil_mode: true", "ceil_mode: false")
    else:
        text = change(
            file, "\nedits:\n", "\\g<0>  - {set: {op: MaxPool2d}, to: {ceil_mode: false}}\n"
        )
    found = messages(text)
    assert "expect: 'inception3a' gives [256, 27, 27], not [256, 28, 28]" in found
    assert "expect: 'inception5b' gives [1024, 6, 6], not [1024, 7, 7]" in found


def test_alexnet_without_padding_for_224_pixels_is_caught() -> None:
    found = messages(change("alexnet_2012.yaml", r"input: \[3, 227, 227\]", "input: [3, 224, 224]"))
    assert "expect: 'conv1' gives [96, 54, 54], not [96, 55, 55]" in found
    assert "expect: 'pool5' gives [256, 5, 5], not [256, 6, 6]" in found


def test_a_block_larger_than_the_map_is_caught() -> None:
    with pytest.raises(SpecError) as caught:
        load("resnet50_dropblock", input=[3, 192, 192])
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "shape"
    assert diagnostic.message == "a 7×7 block does not fit a 6×6 map"
    assert diagnostic.help == "a block_size of at most 6"


def test_a_dropout_of_everything_is_caught() -> None:
    found = messages(change("alexnet_2012.yaml", "dropout: 0.5", "dropout: 1.0"))
    assert found == ["bad-argument: Dropout: p = 1 drops everything"]
