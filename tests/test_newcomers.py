"""Mistakes of people who write their first specs: the message alone is enough to mend each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import pytest

from archspec.diagnostics import SpecError
from archspec.diagnostics.render.terminal import render
from archspec.workspace.load import loads

CLASSIFIER: Final = """\
archspec: 1
input: [3, 32, 32]
params: {width: 16}
layers:
  conv: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}
  relu: ReLU
  pool: {op: MaxPool2d, kernel_size: 2}
  flat: Flatten
  fc: {op: Linear, out_features: 10}
expect: {params: 41418}
"""
BRANCHES: Final = """\
archspec: 1
input: [16, 32, 32]
layers:
  left: {op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  right: {op: Conv2d, out_channels: 16, kernel_size: 1, from: input}
  both: {op: Add, from: [left, right]}
  relu: ReLU
"""
INCEPTION: Final = BRANCHES.replace("Add", "Concat")
GROUPED: Final = CLASSIFIER.replace("padding: 1}", "padding: 1, groups: 1}")


@final
@dataclass(frozen=True, slots=True)
class Mistake:
    """A spec that is right, the part of it that somebody got wrong, and the message for it."""

    spec: str
    right: str
    wrong: str
    message: str
    fix: str | None = None
    """The mended line, where it is printed."""

    @property
    def text(self) -> str:
        assert self.spec.count(self.right) == 1
        return self.spec.replace(self.right, self.wrong)


MISTAKES: Final = {
    "a forgotten Flatten": Mistake(
        CLASSIFIER,
        "  flat: Flatten\n",
        "",
        "shape: Linear reads a vector, not a map of 16×16×16\n"
        "put a Flatten before it: 16·16·16 = 4096 features",
    ),
    "channels that do not add up": Mistake(
        BRANCHES,
        "out_channels: 16, kernel_size: 1",
        "out_channels: 32, kernel_size: 1",
        "shape: Add needs equal shapes, but input 1 is 16×32×32 and input 2 is 32×32×32: "
        "16 ≠ 32 channels\n"
        "a Conv2d with kernel_size: 1 and out_channels: 32 makes them equal",
    ),
    "a wrong stride before a Concat": Mistake(
        INCEPTION,
        "kernel_size: 3, padding: 1",
        "kernel_size: 3, stride: 2, padding: 1",
        "shape: Concat needs one height and width, but input 1 is 16×16×16 and input 2 "
        "is 16×32×32: 16 ≠ 32 in height, 16 ≠ 32 in width\n"
        "strides, paddings and poolings must bring both to one height and width",
    ),
    "a misspelt op": Mistake(
        CLASSIFIER,
        "  relu: ReLU",
        "  relu: Relu",
        "unknown-op: there is no op or block 'Relu'\ndid you mean 'ReLU'?",
        fix="relu: ReLU",
    ),
    "a misspelt argument": Mistake(
        CLASSIFIER,
        "out_channels: width",
        "out_chanels: width",
        "unknown-argument: Conv2d has no argument 'out_chanels'\ndid you mean 'out_channels'?",
        fix="conv: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}",
    ),
    "one channel for three": Mistake(
        CLASSIFIER,
        "input: [3, 32, 32]",
        "input: [1, 32, 32]",
        "expect: params of network: 41,130, not 41,418 (-288)\n"
        "an input of 3 channels has 41,418 params",
        fix="input: [3, 32, 32]",
    ),
    "groups that do not divide": Mistake(
        GROUPED,
        "groups: 1",
        "groups: 2",
        "shape: 3 channels do not divide into 2 groups: 3 = 1·2 + 1\ngroups: 1 divides them",
    ),
    "a kernel larger than the map": Mistake(
        CLASSIFIER,
        "MaxPool2d, kernel_size: 2",
        "MaxPool2d, kernel_size: 64",
        "shape: a 64×64 kernel does not fit a 32×32 input: height floor((32 + 2·0 − 64) "
        "/ 64) + 1 is below 1\n"
        "in height a kernel_size of at most 32 fits, or a padding of at least 16",
    ),
    "a layer that stands further down": Mistake(
        BRANCHES,
        "kernel_size: 3, padding: 1",
        "kernel_size: 3, padding: 1, from: relu",
        "unknown-layer: there is no layer 'relu' above in this scope\n"
        "'relu' is further down; a layer reads those above it",
    ),
    "a tab": Mistake(
        CLASSIFIER,
        "  relu: ReLU",
        "\trelu: ReLU",
        "bad-yaml: a tab where only spaces are allowed\nindent with spaces",
        fix="relu: ReLU",
    ),
    "a missing colon": Mistake(
        CLASSIFIER,
        "  relu: ReLU",
        "  relu ReLU",
        "bad-yaml: a line without a colon\na line is `key: value`, or `- item`",
        fix="relu: ReLU",
    ),
    "no space after a colon": Mistake(
        CLASSIFIER,
        "  relu: ReLU",
        "  relu:ReLU",
        "bad-yaml: a line without a colon\nwrite a space after the colon: relu: ReLU",
        fix="relu: ReLU",
    ),
    "yes for true": Mistake(
        CLASSIFIER.replace("padding: 1}", "padding: 1, bias: true}"),
        "bias: true",
        "bias: yes",
        "bad-scalar: 'yes' is not a boolean here\nwrite true",
        fix="conv: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, bias: true}",
    ),
    "an argument that the graph knows": Mistake(
        CLASSIFIER,
        "Conv2d, out_channels",
        "Conv2d, in_channels: 3, out_channels",
        "inferred-argument: Conv2d knows 'in_channels' from its input\nremove it",
        fix="conv: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}",
    ),
    "a slash for a whole number": Mistake(
        CLASSIFIER.replace("width,", "width // 1,"),
        "width // 1",
        "width / 1",
        "bad-argument: 'out_channels' of Conv2d is 16.0, which is not a whole number\n"
        "divide with // to get a whole number",
        fix="conv: {op: Conv2d, out_channels: width // 1, kernel_size: 3, padding: 1}",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_it_is_reported(mistake: Mistake) -> None:
    with pytest.raises(SpecError) as caught:
        loads(mistake.text)
    (found,) = caught.value.diagnostics
    assert f"{found.code}: {found.message}\n{found.help}" == mistake.message


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_the_mended_text_compiles(mistake: Mistake) -> None:
    """The right one, and, where a line is printed, the wrong one with that line."""
    assert loads(mistake.spec).layers
    with pytest.raises(SpecError) as caught:
        loads(mistake.text)
    (found,) = caught.value.diagnostics
    if mistake.fix is None:
        assert found.fix is None
        return
    assert found.fix is not None
    assert render(found, color=False).endswith(f"= fix: {mistake.fix}")
    assert found.fix.whole == mistake.spec


def test_an_override_without_effect() -> None:
    """What is set is read only by a layer that is absent; with that one there it has its effect."""
    text = CLASSIFIER.replace("{width: 16}", "{width: 16, deep: false, rate: 0.1}")
    text = text.replace("expect: {params: 41418}\n", "")
    text = text.replace("  flat:", "  drop: {op: Dropout, p: rate, when: deep}\n  flat:")
    with pytest.raises(SpecError) as caught:
        loads(text, rate=0.5)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.help) == (
        "override-without-effect",
        "'rate' is set, but nothing in this network reads it",
        "remove the setting, or set what makes the network read it",
    )
    assert len(loads(text).layers) + 1 == len(loads(text, rate=0.5, deep=True).layers)


@pytest.mark.parametrize(
    ("layer", "help"),
    [
        (
            "{op: Conv2d, filters: 4, kernel_size: 1}",
            "it is called 'out_channels' here, as in torch.nn",
        ),
        (
            "{op: Conv2d, out_channels: 4, kernel_size: 1, activation: relu}",
            "that is a separate layer, written below this one: relu: ReLU",
        ),
        ("{op: ReLU, nte: hello}", "did you mean 'note'?"),
    ],
)
def test_words_of_other_libraries_are_understood(layer: str, help: str) -> None:
    with pytest.raises(SpecError) as caught:
        loads(f"archspec: 1\nname: net\ninput: [3, 8, 8]\nlayers: {{a: {layer}}}\n")
    assert caught.value.diagnostics[0].help == help
